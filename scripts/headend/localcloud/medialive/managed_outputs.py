"""The outputs that MediaLive adds to the flows of an input of type MEDIACONNECT, and takes off with the input.

Nobody has asked MediaConnect for them: DescribeFlow shows them with the input's ARN, and they count among the flow's.

Sources: https://docs.aws.amazon.com/mediaconnect/latest/api/API_Output.html (mediaLiveInputArn)
https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html (ManagedAddOutput)
"""

from __future__ import annotations

from headend.localcloud.mediaconnect.media_connect import MediaConnect, MediaConnectError
from headend.localcloud.medialive.channel_model import LiveInput

KEY = "mediaLiveInputArn"


def follow(media: MediaConnect, held: LiveInput) -> None:
    """Let exactly the flows that the input has now have an output for it."""
    wanted = [str(flow["FlowArn"]) for flow in held.settings.get("MediaConnectFlows") or []]
    if held.state == "DELETED":
        wanted = []
    for flow in list(media.flows()):
        has = any(output.get(KEY) == held.arn for output in flow.outputs)
        if has and flow.flow_arn not in wanted:
            flow.outputs = [output for output in flow.outputs if output.get(KEY) != held.arn]
        elif not has and flow.flow_arn in wanted:
            flow.add_output({"name": f"medialive-{held.id}", KEY: held.arn})
        else:
            continue
        touch(media, flow.region, flow.flow_arn)


def touch(media: MediaConnect, region: str, arn: str) -> None:
    """An output of the flow changes: a flow on air passes through UPDATING."""
    try:
        media.call("UpdateFlow", region, {"FlowArn": arn})
    except MediaConnectError:
        return  # it is gone, or between two states: MediaLive tries again later
