"""Threads of moto's interpreter, and their waits for each other.

They are work of the cloud, so that a stepped clock waits for them, except while they wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

ENVIRONMENT = f"{moto_patches.PARSER}.asl.eval.environment:Environment"
ENDS = ("set_ended", "set_error", "set_timed_out", "set_stop")


def start(cloud: LocalCloudServer, name: str, work: Callable[[], object]) -> threading.Thread:
    """Run `work` on a thread of its own that counts as busy from now on."""
    counted = cloud.clock.begin(name)

    def run() -> None:
        with cloud.clock.doing(counted):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the last place where a thread's error can be seen
                cloud.report(name, error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def wait(cloud: LocalCloudServer, event: threading.Event) -> None:
    """Wait for other threads of the interpreter, however long they take; meanwhile the clock may move."""
    with cloud.clock.parked(event.is_set):
        event.wait()


def when_it_ends(env: Any, action: Callable[[], None]) -> None:
    """Do `action`, which must be quick, once this environment of moto's no longer runs; at once if it does not."""
    actions = vars(env).setdefault("at_the_end", [])
    actions.append(action)
    if not env.is_running():
        action()


def _ending(name: str) -> Callable[..., None]:
    def end(self: Any, *arguments: Any, **named: Any) -> None:
        moto_patches.original(ENVIRONMENT, name)(self, *arguments, **named)
        if isinstance(self._program_state, ProgramRunning) or self._program_state is None:
            return
        self.program_state_event.set()  # moto clears it again: who had not begun to wait would never hear of it
        for action in vars(self).pop("at_the_end", []):
            action()

    return end


def apply() -> None:
    """Let whoever waits in an environment hear of its end."""
    for name in ENDS:
        moto_patches.replace(ENVIRONMENT, name, _ending(name))
