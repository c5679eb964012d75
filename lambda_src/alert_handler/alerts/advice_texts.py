"""What is advised for more than one metric."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """`title` names the metric for people, `meaning` is one sentence, `actions` are in the order to try them."""

    title: str
    meaning: str
    actions: tuple[str, ...]


ENCODER = "Check that the encoder is running and sends to the flow's ingest address and port."
NETWORK = (
    "Check the network between encoder and flow: other traffic on the uplink, the provider's status, a traceroute."
)
TRANSPORT = "Check the encoder's and multiplexer's transport stream output; play the stream at the source."
PICTURE = "Look at the picture at the source: camera, router, encoder input."
RECEIVER = "Check that the receiver runs and is reached: address, port, the output's allow list and its key."
ONWARD = "Check the network between flow and receiver."
BACKUP = (
    "If viewers are affected, switch to the backup source or feed. Do not restart a flow that still carries a picture."
)
