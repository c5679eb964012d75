"""The server process behind `headend local up`: `python -m headend.localcloud --port P --state-dir DIR`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.clock import iso

WATCH_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop or until the parent process is gone. 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m headend.localcloud")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--state-dir", type=Path, default=Path("build/local"), help="where state.json and the logs go")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of its clock in one real second")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        cloud = LocalCloudServer(options.port, options.state_dir)
    except (OSError, SystemExit):  # werkzeug turns "address in use" into SystemExit
        sys.stderr.write(
            f"port {options.port} on 127.0.0.1 is taken: choose another with --port, or 0 for a free one\n"
        )
        return 1
    cloud.clock.set_speed(options.speed)
    state_file = write_state(cloud)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=cloud.shutdown).start())
    if options.parent_pid:
        threading.Thread(target=_watch, args=(cloud, options.parent_pid), name="parent-watch", daemon=True).start()
    try:
        cloud.serve()
        cloud.shutdown()
    finally:
        state_file.unlink(missing_ok=True)
    return 0


def write_state(cloud: LocalCloudServer) -> Path:
    """Write `state.json`, by which other processes find the server. Returns its path."""
    path = cloud.state_dir / "state.json"
    state = {
        "pid": os.getpid(),
        "port": cloud.port,
        "endpoint": cloud.endpoint,
        "started": iso(cloud.clock.now()),
        "timeline": str(cloud.timeline.path),
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path


def _watch(cloud: LocalCloudServer, parent: int) -> None:
    """Shut down when `parent` has ended, even when nobody has collected its exit status."""
    was_child = os.getppid() == parent
    while not cloud.stopping.is_set():
        cloud.stopping.wait(WATCH_SECONDS)  # says "set" too when the clock wakes those who wait on it
        if (was_child and os.getppid() != parent) or not alive(parent):
            cloud.shutdown()


def alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
