"""What each metric is called, what it means for the picture, and what to do about it.

The metrics: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-list.html
"""

from alerts.advice_texts import BACKUP, ENCODER, NETWORK, ONWARD, PICTURE, RECEIVER, TRANSPORT, Advice
from alerts.event_advice import EVENT_ADVICE

_ADVICE = {
    "SourcePacketLossPercent": Advice(
        "Packet loss",
        "Packets of the source do not arrive; viewers may see blocks, freezes or hear gaps.",
        (
            NETWORK,
            "Lower the encoder's bit rate, or use a protocol that repairs loss (SRT, RIST, Zixi, RTP-FEC).",
            BACKUP,
        ),
    ),
    "SourceNotRecoveredPackets": Advice(
        "Lost packets",
        "Packets were lost and could not be repaired; viewers may see blocks, freezes or hear gaps.",
        (NETWORK, "Raise the latency of the source, so that there is time to send packets again.", BACKUP),
    ),
    "SourceJitter": Advice(
        "Jitter",
        "Packets arrive unevenly; buffers may run empty and the picture may stutter.",
        (NETWORK, "Raise the receiver's buffer (the maximum latency of the source)."),
    ),
    "SourceBitRate": Advice(
        "Bit rate",
        "The source sends less than it should; the picture may be frozen, black or of low quality.",
        (
            ENCODER,
            "Compare the encoder's bit rate with the nominal bit rate that is configured for the flow.",
            NETWORK,
        ),
    ),
    "SourceConnected": Advice("Connection", "The source is not connected.", (ENCODER, NETWORK, BACKUP)),
    "SourceRoundTripTime": Advice(
        "Round-trip time",
        "The way to the source has become long against its latency; lost packets may come too late when sent again.",
        ("Raise the latency of the source to at least four round trips.", NETWORK),
    ),
    "SourceTSSyncLoss": Advice("Transport stream sync", "The transport stream loses its sync.", (TRANSPORT, NETWORK)),
    "SourcePATError": Advice("Program table (PAT)", "The stream's program table is missing or late.", (TRANSPORT,)),
    "SourcePMTError": Advice("Program map (PMT)", "The stream's program map is missing or late.", (TRANSPORT,)),
    "SourceContinuityCounter": Advice(
        "Continuity", "Transport stream packets are missing or out of order.", (NETWORK, TRANSPORT)
    ),
    "FailoverSwitches": Advice(
        "Source switches",
        "The flow switches between its sources.",
        ("Check both sources: one of them comes and goes.", NETWORK),
    ),
    "MergeActive": Advice(
        "Redundancy",
        "Only one of the merged sources arrives; viewers see no difference until that one fails too.",
        ("Bring the missing source back.", "Check that both sources are binary-identical."),
    ),
    "BlackFramesBreaching": Advice("Black picture", "The picture is black.", (PICTURE, BACKUP)),
    "FrozenFramesBreaching": Advice("Frozen picture", "The picture stands still.", (PICTURE, BACKUP)),
    "SilentAudioBreaching": Advice(
        "Silence", "The sound is silent.", ("Check the audio at the source and its routing.",)
    ),
    "VideoStreamMissing": Advice("Video missing", "The stream has no video.", (TRANSPORT, BACKUP)),
    "AudioStreamMissing": Advice("Audio missing", "The stream has no audio.", (TRANSPORT, BACKUP)),
    "OutputConnected": Advice("Output", "A receiver is not connected to its output.", (RECEIVER,)),
    "OutputDisconnections": Advice(
        "Output", "Receivers lose their connection to an output again and again.", (RECEIVER, ONWARD)
    ),
    "OutputNotRecoveredPackets": Advice(
        "Output", "Packets of an output were lost and could not be repaired; its receiver may see blocks.", (ONWARD,)
    ),
    "NoData": Advice(
        "No data",
        "The flow is active and reports no measurements: most likely no stream arrives.",
        (ENCODER, "Check that the source's address is inside the flow's allow list.", NETWORK, BACKUP),
    ),
    "FlowError": Advice(
        "Flow in error",
        "MediaConnect reports the flow's status as ERROR; it carries nothing.",
        ("Read the flow's messages in the console.", "Check AWS's service health for the Region.", BACKUP),
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
    return (
        _ADVICE.get(metric)
        or EVENT_ADVICE.get(metric)
        or Advice(
            metric,
            "The value is beyond the threshold that is configured for it.",
            ("Open the dashboard and compare with the flow's other metrics.", ENCODER, NETWORK),
        )
    )
