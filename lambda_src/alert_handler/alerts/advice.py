"""What each metric is called, what it means for the picture, and what to do about it.

The metrics: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-list.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """`title` names the metric for people, `meaning` is one sentence, `actions` are in the order to try them."""

    title: str
    meaning: str
    actions: tuple[str, ...]


_ENCODER = "Check that the encoder is running and sends to the flow's ingest address and port."
_NETWORK = (
    "Check the network between encoder and flow: other traffic on the uplink, the provider's status, a traceroute."
)
_TRANSPORT = "Check the encoder's and multiplexer's transport stream output; play the stream at the source."
_PICTURE = "Look at the picture at the source: camera, router, encoder input."
_BACKUP = (
    "If viewers are affected, switch to the backup source or feed. Do not restart a flow that still carries a picture."
)

_ADVICE = {
    "SourcePacketLossPercent": Advice(
        "Packet loss",
        "Packets of the source do not arrive; viewers may see blocks, freezes or hear gaps.",
        (
            _NETWORK,
            "Lower the encoder's bit rate, or use a protocol that repairs loss (SRT, RIST, Zixi, RTP-FEC).",
            _BACKUP,
        ),
    ),
    "SourceNotRecoveredPackets": Advice(
        "Lost packets",
        "Packets were lost and could not be repaired; viewers may see blocks, freezes or hear gaps.",
        (_NETWORK, "Raise the latency of the source, so that there is time to send packets again.", _BACKUP),
    ),
    "SourceJitter": Advice(
        "Jitter",
        "Packets arrive unevenly; buffers may run empty and the picture may stutter.",
        (_NETWORK, "Raise the receiver's buffer (the maximum latency of the source)."),
    ),
    "SourceBitRate": Advice(
        "Bit rate",
        "The source sends less than it should; the picture may be frozen, black or of low quality.",
        (
            _ENCODER,
            "Compare the encoder's bit rate with the nominal bit rate that is configured for the flow.",
            _NETWORK,
        ),
    ),
    "SourceConnected": Advice("Connection", "The source is not connected.", (_ENCODER, _NETWORK, _BACKUP)),
    "SourceRoundTripTime": Advice(
        "Round-trip time",
        "The way to the source has become long against its latency; lost packets may come too late when sent again.",
        ("Raise the latency of the source to at least four round trips.", _NETWORK),
    ),
    "SourceTSSyncLoss": Advice("Transport stream sync", "The transport stream loses its sync.", (_TRANSPORT, _NETWORK)),
    "SourcePATError": Advice("Program table (PAT)", "The stream's program table is missing or late.", (_TRANSPORT,)),
    "SourcePMTError": Advice("Program map (PMT)", "The stream's program map is missing or late.", (_TRANSPORT,)),
    "SourceContinuityCounter": Advice(
        "Continuity", "Transport stream packets are missing or out of order.", (_NETWORK, _TRANSPORT)
    ),
    "FailoverSwitches": Advice(
        "Source switches",
        "The flow switches between its sources.",
        ("Check both sources: one of them comes and goes.", _NETWORK),
    ),
    "MergeActive": Advice(
        "Redundancy",
        "Only one of the merged sources arrives; viewers see no difference until that one fails too.",
        ("Bring the missing source back.", "Check that both sources are binary-identical."),
    ),
    "BlackFramesBreaching": Advice("Black picture", "The picture is black.", (_PICTURE, _BACKUP)),
    "FrozenFramesBreaching": Advice("Frozen picture", "The picture stands still.", (_PICTURE, _BACKUP)),
    "SilentAudioBreaching": Advice(
        "Silence", "The sound is silent.", ("Check the audio at the source and its routing.",)
    ),
    "VideoStreamMissing": Advice("Video missing", "The stream has no video.", (_TRANSPORT, _BACKUP)),
    "AudioStreamMissing": Advice("Audio missing", "The stream has no audio.", (_TRANSPORT, _BACKUP)),
    "NoData": Advice(
        "No data",
        "The flow is active and reports no measurements: most likely no stream arrives.",
        (_ENCODER, "Check that the source's address is inside the flow's allow list.", _NETWORK, _BACKUP),
    ),
    "FlowError": Advice(
        "Flow in error",
        "MediaConnect reports the flow's status as ERROR; it carries nothing.",
        ("Read the flow's messages in the console.", "Check AWS's service health for the Region.", _BACKUP),
    ),
}

MONITORING_FAILED = (
    "Look at the flow in the console: nobody has checked it.",
    "Open the execution and read which state failed; the function's log has the details.",
    "UnknownFlow: the flow was deleted or replaced; apply the configuration again.",
    "Throttled: other users of the account call the same APIs; the next transition is checked as usual.",
    "Access denied: the function's role was changed; apply the configuration again.",
)


def advice(metric: str) -> Advice:
    """The advice for a metric; a general one for a metric that is not listed."""
    return _ADVICE.get(metric) or Advice(
        metric,
        "The value is beyond the threshold that is configured for it.",
        ("Open the dashboard and compare with the flow's other metrics.", _ENCODER, _NETWORK),
    )
