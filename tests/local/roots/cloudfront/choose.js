import cf from 'cloudfront';

// The preferred origin first, the other one behind it: what live delivery does with a manifest's request.
async function handler(event) {
  const store = cf.kvs();
  let first = 'first';
  try {
    first = await store.get('preferred');
  } catch (error) {
    console.log('no preference: ' + error);
  }
  cf.createRequestOriginGroup({
    originIds: [{ originId: first }, { originId: first === 'first' ? 'second' : 'first' }],
    failoverCriteria: { statusCodes: [403, 404, 429, 500, 502, 503, 504] },
  });
  return event.request;
}
