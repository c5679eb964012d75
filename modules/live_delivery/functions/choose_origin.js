import cf from 'cloudfront';

// Which Region a viewer is served from first; the other one stands behind it. Terraform puts the settings in:
// origins in configured order ({id, region, latitude, longitude}), countries (country -> Region), preferred (Region or
// "auto"), location, quality, read_timeout (seconds, or null), status_codes.
//
// It fails open: whatever goes wrong here, the request goes to the origin group as it is configured. Written in what
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html lists.
const settings = __SETTINGS__;

async function handler(event) {
  const request = event.request;
  try {
    const preferred = await preferredRegion();
    const byOperator = withRegion(preferred);
    const first = byOperator >= 0 ? byOperator : byLocation(request.headers);
    route(first, settings.quality && byOperator < 0);
  } catch (error) {
    console.log('origin not chosen: ' + error);
  }
  return request;
}

// What `headend prefer` has said: a Region, or "auto". A store that does not answer leaves it to the settings.
async function preferredRegion() {
  try {
    return await cf.kvs().get('preferred_region');
  } catch (error) {
    if (String(error).indexOf('KeyNotFound') < 0) {
      console.log('preference not read: ' + error);
    }
    return settings.preferred;
  }
}

function withRegion(region) {
  for (let index = 0; index < settings.origins.length; index += 1) {
    if (settings.origins[index].region === region) {
      return index;
    }
  }
  return -1;
}

// The origin of the viewer's country where one is set, else the nearer one; the first where nothing is known.
function byLocation(headers) {
  if (!settings.location) {
    return 0;
  }
  const country = text(headers, 'cloudfront-viewer-country');
  const named = settings.countries.hasOwnProperty(country) ? withRegion(settings.countries[country]) : -1;
  if (named >= 0) {
    return named;
  }
  const latitude = parseFloat(text(headers, 'cloudfront-viewer-latitude'));
  const longitude = parseFloat(text(headers, 'cloudfront-viewer-longitude'));
  if (isNaN(latitude) || isNaN(longitude)) {
    return 0;
  }
  const toFirst = nearness(settings.origins[0], latitude, longitude);
  const toSecond = nearness(settings.origins[1], latitude, longitude);
  return toSecond > toFirst ? 1 : 0;
}

function text(headers, name) {
  return headers[name] ? headers[name].value : '';
}

// The cosine of the angle between two places on the globe: the larger, the nearer.
function nearness(origin, latitude, longitude) {
  const radians = Math.PI / 180;
  const here = latitude * radians;
  const there = origin.latitude * radians;
  const apart = (longitude - origin.longitude) * radians;
  return Math.sin(here) * Math.sin(there) + Math.cos(here) * Math.cos(there) * Math.cos(apart);
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html
function route(first, byQuality) {
  if (first === 0 && !byQuality) {
    // The configured group does it. The provider cannot say how long S3 may take to answer; this can, for the first origin.
    if (settings.read_timeout) {
      cf.updateRequestOrigin({ timeouts: { readTimeout: settings.read_timeout } });
    }
    return;
  }
  cf.createRequestOriginGroup({
    originIds: [{ originId: settings.origins[first].id }, { originId: settings.origins[1 - first].id }],
    selectionCriteria: byQuality ? 'media-quality-score' : 'default',
    failoverCriteria: { statusCodes: settings.status_codes },
  });
}
