"""What MediaConnect's events say of a flow, what that means for the picture, and what to do about it.

The events: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-mediaconnect.html
"""

from alerts.advice_texts import BACKUP, ENCODER, NETWORK, PICTURE, TRANSPORT, Advice

EVENT_ADVICE = {
    "FlowAlert": Advice(
        "MediaConnect alert",
        "MediaConnect reports an error of the flow.",
        (
            "Read the flow's alerts in the console: the alert's code says what MediaConnect could not do.",
            "If it is about a source or output, compare its settings with those of the other end.",
            BACKUP,
        ),
    ),
    "FlowHealth": Advice(
        "Flow unhealthy",
        "What the flow carries is missing or damaged; its outputs carry no good picture.",
        (ENCODER, TRANSPORT, NETWORK, BACKUP),
    ),
    "SourceHealth": Advice(
        "Source unhealthy",
        "A source of the flow sends nothing, or a damaged stream; without another source viewers see it.",
        (ENCODER, "Check that the source's address is inside the flow's allow list.", NETWORK, TRANSPORT),
    ),
    "OutputHealth": Advice(
        "Output disconnected",
        "An output of the flow reaches nobody; the others are not affected by it.",
        (
            "Check that the receiver of the output is running and listens on the output's address and port.",
            "Check the way from the flow to the receiver: firewall, allow list, passphrase, VPC interface.",
        ),
    ),
    "ContentQuality": Advice(
        "Content quality",
        "The picture is black or frozen, the sound is silent, or one of them is missing.",
        (PICTURE, "Check the audio at the source and its routing.", BACKUP),
    ),
    "FailoverSwitch": Advice(
        "Source switched",
        "MediaConnect has switched the flow to another of its sources by itself; viewers may have seen a glitch.",
        ("Check the source that the flow has left: the flow now runs without a backup.", NETWORK),
    ),
}
