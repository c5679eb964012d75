"""What MediaLive tells the media plane of the local cloud: whoever runs encoders puts its own object here.

`cloud.part(MediaLive).plane = MyPlane()`. The calls come one after the other, outside of MediaLive's lock, on a thread
that counts as work of the cloud; what they raise is reported and changes no state.
"""

from __future__ import annotations

from headend.localcloud.medialive.channel_model import LiveChannel


class ChannelPlane:
    """Does nothing: states and events work without pictures."""

    def channel_started(self, channel: LiveChannel) -> None:
        """The channel has come to RUNNING; `channel.settings` is what it encodes, `channel.paused` what is silent."""

    def channel_stopped(self, channel: LiveChannel) -> None:
        """The channel stops: it is STOPPING, and comes to IDLE after this has returned."""

    def pipelines_paused(self, channel: LiveChannel, paused: frozenset[str]) -> None:
        """From now on exactly these pipelines are paused (PIPELINE_0, PIPELINE_1); all others send."""
