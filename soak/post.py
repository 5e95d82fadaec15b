"""A mail server of its own process, which outlives every kill: it answers 250 only once a message is on the disk.

`python -m soak.post <file>` prints its port and appends one line of JSON a message: to whom, its Message-ID, its text.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Delivered:
    """One message as the server took it."""

    to: str
    message_id: str
    text: str


@contextmanager
def post_office(taken: Path) -> Iterator[int]:
    """A server that writes what it takes into a file; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "soak.post", str(taken)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def delivered(taken: Path, to: str) -> list[Delivered]:
    """What was taken for one address, in order."""
    if not taken.exists():
        return []
    lines = [json.loads(line) for line in taken.read_text(encoding="utf-8").splitlines()]
    return [Delivered(**line) for line in lines if line["to"] == to]


class _Taker:
    """What aiosmtpd asks for each message."""

    def __init__(self, taken: Path) -> None:
        self.taken = os.open(taken, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Write the message down and flush it, then take it."""
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = read.get_body(("plain", "html"))
        text = body.get_content() if body is not None else ""
        lines = [
            {"to": to, "message_id": str(read["Message-ID"]), "text": f"{read['Subject']}\n{text}"}
            for to in envelope.rcpt_tos
        ]
        os.write(self.taken, "".join(json.dumps(line) + "\n" for line in lines).encode())
        os.fsync(self.taken)
        return "250 Taken"


def _serve(taken: Path) -> None:
    import socket

    from aiosmtpd.controller import Controller

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(_Taker(taken), hostname="127.0.0.1", port=port)
    controller.start()
    print(port, flush=True)
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
