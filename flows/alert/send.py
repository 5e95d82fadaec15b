"""Hand one message to one channel through apprise, and say plainly whether it was taken. No secret leaves here."""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from flows.configure import Settings

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

Endpoint = Literal["smtp", "teams"]

_LONGEST_ERROR = 240
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Channel:
    """One receiver that gives a receipt of its own: an e-mail address, or the Teams workflow."""

    name: str
    endpoint: Endpoint
    address: str = ""


@dataclass(frozen=True)
class Written:
    """A message as it is sent: one subject, three bodies, one id that a repeat keeps. Holds no person's values."""

    message_id: str
    subject: str
    text: str
    html: str
    card: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What became of one attempt. `unreachable` means that no other message will reach this endpoint now either."""

    delivered: bool
    error: str = ""
    unreachable: bool = False


def channels(settings: Settings) -> list[Channel]:
    """Every receiver that the settings and the environment name; none is no error."""
    found = [Channel(f"email:{address}", "smtp", address) for address in dict.fromkeys(settings.alerts.email_to)]
    if settings.teams_webhook is not None:
        found.append(Channel("teams", "teams"))
    return found


def send(settings: Settings, channel: Channel, message: Written) -> Answer:
    """Try one channel once, within `alerts.timeout_seconds` for each answer waited for. Never raises.

    After `alerts.attempt_seconds` in all the connection is cut, whatever it is doing.
    """
    make = _email if channel.endpoint == "smtp" else _teams
    body = message.html if channel.endpoint == "smtp" else message.text
    try:
        with _one_at_a_time, _listening() as said:
            plugin = make(settings, channel, message)
            with _within(settings.alerts.attempt_seconds) as watch:
                delivered = plugin.notify(body=body, title=message.subject)
        return Answer(True) if delivered else _why(settings, channel, said, watch.is_over)
    except _NotReady as error:
        return Answer(False, str(error))
    except Exception as error:  # a library's own fault must not cost the night its record
        return Answer(False, f"The message could not be sent ({type(error).__name__}).")


class _NotReady(Exception):
    """A setting is missing or wrong; the message names it without its value."""


def _email(settings: Settings, channel: Channel, message: Written) -> NotifyBase:
    from apprise.plugins.email import base

    class Email(base.NotifyEmail):
        """An e-mail whose Message-ID and text are the message's own. The library makes an id anew at each attempt."""

        def send(self, *args: Any, **kwargs: Any) -> bool:
            sender = str(self.from_addr[1])
            stable = f"<{message.message_id}@{sender.partition('@')[2]}>"
            text = _replaced(base, "convert_between", lambda *_, **__: message.text)  # it would read it out of the HTML
            with _replaced(base, "make_msgid", lambda *_, **__: stable), text:
                return bool(base.NotifyEmail.send(self, *args, **kwargs))

    alerts = settings.alerts
    if not alerts.smtp_host or not alerts.email_from:
        raise _NotReady("alerts.smtp_host and alerts.email_from must both be set to send e-mail.")
    login: dict[str, str] = {}
    if alerts.smtp_user:
        if settings.smtp_password is None:
            raise _NotReady("alerts.smtp_user is set, but PARITY_SMTP_PASSWORD is not in the environment.")
        if not (settings.smtp_password.get_secret_value() + alerts.smtp_user).isascii():
            raise _NotReady("alerts.smtp_user or PARITY_SMTP_PASSWORD has a letter that a login by SMTP cannot carry.")
        # apprise decodes percent signs in both, as if they came out of an address.
        login = {"user": quote(alerts.smtp_user), "password": quote(settings.smtp_password.get_secret_value())}
    make: Any = Email
    plugin: NotifyBase = make(
        host=alerts.smtp_host,
        smtp_host=alerts.smtp_host,
        port=alerts.smtp_port,
        secure=alerts.smtp_security != "none",
        secure_mode={"starttls": "starttls", "tls": "ssl", "none": "insecure"}[alerts.smtp_security],
        from_addr=alerts.email_from,
        targets=[channel.address],
        headers={
            "X-Parity-Message-Id": message.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
        **login,
        **_common(settings),
    )
    return plugin


def _teams(settings: Settings, channel: Channel, message: Written) -> NotifyBase:
    from apprise.plugins import workflows

    class Workflow(workflows.NotifyWorkflows):
        """A Teams workflow that is given our own card: the library's cuts long titles and reads Markdown in names."""

        def send(self, *args: Any, **kwargs: Any) -> bool:
            library: Any = workflows.requests  # type: ignore[attr-defined]
            with _replaced(workflows, "requests", _StatusAlone(library, self.logger)):
                return bool(workflows.NotifyWorkflows.send(self, *args, **kwargs))

        def gen_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            attachment = {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": message.card,
            }
            return {"type": "message", "attachments": [attachment]}

    secret = settings.teams_webhook
    written = secret.get_secret_value().strip() if secret else ""
    read = workflows.NotifyWorkflows.parse_native_url(written)
    if read is None and re.match(r"workflows?://", written):
        read = workflows.NotifyWorkflows.parse_url(written)
    if not read or not written.startswith(("https://", "workflow")):
        raise _NotReady("PARITY_TEAMS_WEBHOOK is not the https address of a Teams workflow (…/workflows/…?…&sig=…).")
    try:
        # The address is a secret of its own: a redirect would carry it to another host.
        make: Any = Workflow
        plugin: NotifyBase = make(**{**read, **_common(settings), "redirect": False})
    except TypeError:
        raise _NotReady("PARITY_TEAMS_WEBHOOK has no workflow id or signature that can be read.") from None
    return plugin


class _StatusAlone:
    """The web library for one post: the status says whether the message was taken, so nothing after it is read.

    A line that breaks after a good status would otherwise make a message be sent twice, and a body that never ends
    would hold the night.
    """

    def __init__(self, library: Any, logger: logging.Logger) -> None:
        self._library, self._logger = library, logger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def post(self, *args: Any, **kwargs: Any) -> Any:
        """Post, and hand on the answer with no body."""
        answer = self._library.post(*args, **{**kwargs, "stream": True})
        answer._content = b""
        answer.close()
        if re.fullmatch(r"[0-9]{1,6}", wait := answer.headers.get("Retry-After", "")):
            self._logger.debug(f"retry-after={wait}.")
        return answer


@dataclass
class _Watch:
    """Connections that are cut when the time of an attempt is over."""

    held: list[int] = field(default_factory=list)
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, connection: socket.socket) -> None:
        """Watch a connection that is about to be made. Raises TimeoutError where it is too late for one."""
        with self.lock:
            if self.is_over:
                raise TimeoutError("timed out")
            self.held.append(os.dup(connection.fileno()))

    def cut(self) -> None:
        """End every connection, so that whoever waits for it goes on."""
        with self.lock:
            self.is_over = True
            for descriptor in self.held:
                with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
                    connection.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Forget every connection."""
        with self.lock:
            while self.held:
                os.close(self.held.pop())


@contextmanager
def _within(seconds: float) -> Iterator[_Watch]:
    """Cut every connection that this thread makes meanwhile, once the time is over.

    The libraries' own time-outs begin anew with each byte: a server that answers byte by byte is never late for them.
    """
    watch, mine, real = _Watch(), threading.get_ident(), socket.socket.connect
    timer = threading.Timer(seconds, watch.cut)
    timer.daemon = True

    def connect(connection: socket.socket, address: Any) -> None:
        if threading.get_ident() == mine:
            watch.hold(connection)
        real(connection, address)

    timer.start()
    try:
        with _replaced(socket.socket, "connect", connect):
            yield watch
    finally:
        timer.cancel()
        watch.let_go()


def _common(settings: Settings) -> dict[str, Any]:
    from apprise import AppriseAsset

    asset = AppriseAsset(app_id="Parity", app_desc="Parity", app_url="", async_mode=False, storage_mode="memory")
    return {"asset": asset, "cto": settings.alerts.timeout_seconds, "rto": settings.alerts.timeout_seconds}


@contextmanager
def _replaced(module: Any, name: str, new: Any) -> Iterator[None]:
    """Let a library's module use `new` instead of its own `name` while one message is sent."""
    old = getattr(module, name)
    setattr(module, name, new)
    try:
        yield
    finally:
        setattr(module, name, old)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what apprise says, and keep it and the web library's lines from every log: they hold the signature."""
    from apprise.logger import logger

    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    with _sent_only_to(logger, Ear(), logging.DEBUG):
        web = logging.getLogger("urllib3")
        with _sent_only_to(web, logging.NullHandler(), web.level):
            yield said


@contextmanager
def _sent_only_to(logger: logging.Logger, handler: logging.Handler, level: int) -> Iterator[None]:
    before = (logger.level, logger.propagate, logger.handlers[:], logger.disabled)
    logger.setLevel(level)
    logger.propagate, logger.handlers, logger.disabled = False, [handler], False
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.propagate, logger.handlers, logger.disabled = before[1:]


_NO_CONNECTION = {
    r"timed out|timeout": "did not answer in time",
    r"connection refused": "refused the connection",
    r"name or service not known|failed to resolve|failure in name|no address associated": "was not found by name",
    r"certificate[ _]verify[ _]failed": "showed a certificate that this machine does not trust",
    r"starttls extension not supported": "does not offer STARTTLS",
    r"no route to host|network is unreachable": "cannot be reached from here",
    r"wrong_version_number|wrong version number|record layer failure": "does not speak TLS on this port",
    r"proxy": "could not be reached through the proxy",
    r"connection (reset|aborted|unexpectedly closed)|remote end closed|eof occurred": "broke the connection",
}
"""What libraries say when nothing was taken, and what it means. Their own words hold addresses, so only these leave."""


_ASKS_TO_WAIT = ("429", "503")
"""HTTP statuses of an endpoint that has enough for now: no other message is posted to it in this round."""


def _why(settings: Settings, channel: Channel, said: list[str], is_over: bool) -> Answer:
    """One sentence without secrets. Only the Teams status number and a mail server's own reply are quoted."""
    everything = "\n".join(said)
    who = "The mail server" if channel.endpoint == "smtp" else "The Teams workflow"
    if is_over:
        return Answer(False, f"{who} did not answer in time.", unreachable=True)
    if channel.endpoint == "teams" and (status := re.search(r"error=(\d{3})\b", everything)):
        wait = re.search(r"retry-after=(\d+)", everything)
        asks = f" and asks to be left alone for {wait[1]} seconds" if wait else ""
        said_so = f"{who} answered with HTTP status {status[1]}{asks}."
        return Answer(False, said_so, unreachable=status[1] in _ASKS_TO_WAIT)
    if channel.endpoint == "smtp" and (reply := re.search(r"\(([45]\d\d), b(['\"])(.*?)\2", everything)):
        answered = _without_secrets(settings, f"{reply[1]} {reply[3]}")
        return Answer(False, f"{who} answered: {answered}")
    for pattern, meaning in _NO_CONNECTION.items():
        if re.search(pattern, everything, re.IGNORECASE):
            return Answer(False, f"{who} {meaning}.", unreachable=True)
    if "no Email recipients" in everything:
        return Answer(False, "alerts.email_to: this is no e-mail address that can be written to.")
    return Answer(False, f"{who} did not take the message, and gave no reason that can be repeated here.")


def _without_secrets(settings: Settings, text: str) -> str:
    for secret in (settings.smtp_password, settings.teams_webhook):
        if secret is not None:
            whole = secret.get_secret_value()
            parts = [one for one in re.split(r"[/?&=:.]", whole) if len(one) >= 16]
            for form in (whole, quote(whole, safe=""), *parts):
                text = text.replace(form, "***")
    text = re.sub(r"[\x00-\x1f\x7f\\]+n?", " ", text)
    return text if len(text) <= _LONGEST_ERROR else text[:_LONGEST_ERROR] + " …"
