"""A running helper process, and the application's end of the channel to it.

Flows in: nothing. Flows out: a process that waits for settings, or the reason why there is none.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

from moesif_declarative.startup import Compiled

_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from moesif_declarative.process.helper import main; main(int(sys.argv[1]))"
)
# A terminal's Ctrl-C and a service manager's SIGTERM are meant for the application: it ends as it
# will, and the helper after it. Ignored signals stay ignored in what a process becomes.
_SHIELD = ["/bin/sh", "-c", 'trap "" INT TERM HUP; exec "$@"', "moesif-helper"]


@dataclass(slots=True, eq=False)
class Peer:
    """A helper.

    Attributes:
        channel: The connected socket.
        process: The process.
        taken: Events that were written to the channel.
        compiled: The settings that the helper was told last.
    """

    channel: socket.socket
    process: subprocess.Popen[bytes]
    taken: int = 0
    compiled: Compiled | None = None
    started_at: float = field(default_factory=time.monotonic)

    def age_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_at

    def leave(self) -> None:
        """Close the channel: the helper delivers what it holds, and ends."""
        with contextlib.suppress(OSError):
            self.channel.shutdown(socket.SHUT_RDWR)
        self.channel.close()

    def wait(self, timeout: float) -> None:
        """Wait for the helper's end; one that goes on is left to itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)

    def forget(self) -> None:
        """Let go of what is the parent's, in a forked child."""
        self.channel.close()
        self.process.returncode = 0  # not ours to wait for


def start_peer() -> Peer:
    """Start a helper with this interpreter and its import path.

    Raises:
        OSError: It could not be started.
    """
    if not os.access(sys.executable, os.X_OK):
        raise OSError(f"the helper process could not be started: no {sys.executable!r} to run")
    mine, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and code; nothing is quoted
                [*_SHIELD, sys.executable, "-c", _CODE, str(descriptor), json.dumps(sys.path)],
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            mine.close()
            raise OSError(f"the helper process could not be started: {error}") from error
    return Peer(mine, process)
