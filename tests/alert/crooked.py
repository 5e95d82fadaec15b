"""Servers on this machine that do what servers do on bad days: stay silent, dribble, break off, ask to wait."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.alert.servers import TeamsServer

Talk = Callable[[socket.socket], None]
DRIBBLE = 0.03
"""Seconds between two bytes: far within any time-out, and never done."""


class Crooked:
    """A server that talks as its `fault` says, and as it should where that is None, or on other connections.

    `only_on` is the number of the one connection that has the fault, from 1; None: every one.
    """

    def __init__(self, faults: dict[str, Talk], honest: Talk, pem: Path | None = None) -> None:
        self.fault: str | None = None
        self.only_on: int | None = None
        self.connections = 0
        self._faults, self._honest = faults, honest
        self._context: ssl.SSLContext | None = None
        if pem is not None:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            fault = self.fault if self.only_on in (None, self.connections) else None
            threading.Thread(target=self._talk, args=(connection, fault), daemon=True).start()

    def _talk(self, connection: socket.socket, fault: str | None) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            if self._context is None or (fault or "").startswith("tls"):
                self._faults.get(fault or "", self._honest)(connection)
                return
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._faults.get(fault or "", self._honest)(secured)


def silent(connection: socket.socket) -> None:
    """Take the connection and never answer."""
    while connection.recv(4096):
        pass


def dribble(text: bytes) -> Talk:
    """Answer byte by byte, for ever."""

    def talk(connection: socket.socket) -> None:
        for place in range(10_000):
            connection.sendall(text[place : place + 1] or b"x")
            time.sleep(DRIBBLE)

    return talk


def flood(connection: socket.socket) -> None:
    """Send for ever, as fast as it is taken, and never an end of line."""
    while True:
        connection.sendall(b"250-" + b"x" * 65536)


def hang_up(connection: socket.socket) -> None:
    """Break off at once."""


class CrookedMail(Crooked):
    """A mail server. `taken` are the messages that it had in full, whether or not it said so."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        super().__init__(
            {
                "silent": silent,
                "dribbles its greeting": dribble(b"220 mail.trust.test"),
                "floods": flood,
                "hangs up": hang_up,
                "is busy": lambda one: one.sendall(b"421 4.3.2 too busy\r\n"),
                "is no mail server": lambda one: one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                "hangs up after RCPT": lambda one: self._converse(one, end="RCPT"),
                "hangs up at DATA": lambda one: self._converse(one, end="DATA"),
                "hangs up in the text": lambda one: self._converse(one, end="text"),
                "hangs up before its reply": lambda one: self._converse(one, end="reply"),
                "dribbles its reply": lambda one: self._converse(one, end="dribble"),
                "hangs up before QUIT": lambda one: self._converse(one, end="quit"),
                "dribbles after QUIT": lambda one: self._converse(one, end="bye"),
                "500": lambda one: self._converse(one, reply=b"554 5.3.0 broken\r\n"),
            },
            self._converse,
        )

    def _converse(self, connection: socket.socket, end: str = "", reply: bytes = b"250 taken\r\n") -> None:
        connection.sendall(b"220 mail.trust.test\r\n")
        lines = connection.makefile("rb")
        while line := lines.readline():
            verb = line[:4].upper().decode("latin-1").strip()
            if verb == end == "RCPT":
                return
            if verb == "RCPT":
                self.recipients.append(re.findall(r"<(.*?)>", line.decode())[0])
            if verb == "DATA":
                if end == "DATA":
                    return
                connection.sendall(b"354 go on\r\n")
                if end == "text":
                    lines.readline()
                    return
                self._take(iter(lines.readline, b".\r\n"))
                if end == "reply":
                    return
                if end == "dribble":
                    dribble(b"250-")(connection)
                connection.sendall(reply)
                if end == "quit":
                    return
                continue
            if verb == "QUIT":
                dribble(b"221 bye")(connection) if end == "bye" else connection.sendall(b"221 bye\r\n")
                return
            connection.sendall(b"250 OK\r\n")

    def _take(self, lines: Any) -> None:
        read = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        self.taken.append(read)


class CrookedTeams(Crooked):
    """A web server in the place of a Teams workflow. `posts` are the messages that it had in full."""

    def __init__(self, pem: Path) -> None:
        self.posts: list[dict[str, Any]] = []
        accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n"
        super().__init__(
            {
                "silent": silent,
                "hangs up in the request": lambda one: one.recv(20) and None,
                "hangs up before its answer": lambda one: self._answer(one, b""),
                "dribbles its status": lambda one: self._answer(one, b"HTTP/1.1 ", dribble(b" ")),
                "dribbles its headers": lambda one: self._answer(
                    one, b"HTTP/1.1 202 Accepted\r\n", dribble(b"X-Long: x")
                ),
                "floods": lambda one: self._answer(one, b"HTTP/1.1 500 Broken\r\nX-Long: ", flood),
                "hangs up in the body": lambda one: self._answer(one, accepted + b"half"),
                "dribbles its body": lambda one: self._answer(one, accepted, dribble(b"half")),
                "500": lambda one: self._answer(one, b"HTTP/1.1 500 Broken\r\nContent-Length: 9\r\n\r\nhalf"),
                "429": lambda one: self._answer(
                    one, b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
                ),
                "503": lambda one: self._answer(
                    one, b"HTTP/1.1 503 Down\r\nRetry-After: x\r\nContent-Length: 0\r\n\r\n"
                ),
                "tls: no TLS": lambda one: one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                "tls: hangs up": hang_up,
                "tls: silent": silent,
                "tls: dribbles": dribble(b"\x16\x03\x03\x40\x00"),
            },
            lambda one: self._answer(one, b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
            pem,
        )

    @property
    def address(self) -> str:
        """As Teams gives it."""
        return (
            f"https://localhost:{self.port}/workflows/{TeamsServer.WORKFLOW}/triggers/manual/paths/invoke"
            f"?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={TeamsServer.SIGNATURE}"
        )

    def _answer(self, connection: socket.socket, answer: bytes, then: Talk = hang_up) -> None:
        request = connection.makefile("rb")
        head = b"".join(iter(request.readline, b"\r\n")).decode("latin-1")
        length = re.search(r"(?i)content-length: (\d+)", head)
        self.posts.append(json.loads(request.read(int(length[1]) if length else 0)))
        connection.sendall(answer)
        then(connection)
