"""The outbox: a message is written there whole before it is sent, and leaves it only with every channel's receipt."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from flows.alert.send import Channel, Endpoint, Written, channels, send
from flows.configure import Settings
from flows.home import Home
from flows.record import flush_folder, write_whole

NOBODY = "Nobody is configured to receive it: set alerts.email_to, or PARITY_TEAMS_WEBHOOK."
"""Why a message waits that no channel is there for."""

_LOCK_SECONDS = 120.0


@dataclass(frozen=True)
class Receipt:
    """What one channel did with one message so far. `last_error` holds no secret."""

    delivered_at: str | None = None
    attempts: int = 0
    last_attempt_at: str | None = None
    last_error: str = ""


@dataclass(frozen=True)
class Alert:
    """One message with its receipts, as it lies in the outbox or among the sent ones. Times are ISO 8601 in UTC."""

    written: Written
    purpose: Literal["night", "late", "test"]
    written_at: str
    run_id: str | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    note: str = ""

    @property
    def message_id(self) -> str:
        """The id under which a repeat is recognised."""
        return self.written.message_id

    @property
    def errors(self) -> dict[str, str]:
        """Each channel that has not taken it, with its last error."""
        return {name: one.last_error for name, one in self.receipts.items() if one.delivered_at is None}

    @property
    def delivered(self) -> bool:
        """Every channel that was asked gave its receipt, and at least one was."""
        return bool(self.receipts) and all(one.delivered_at for one in self.receipts.values())

    def as_record(self) -> dict[str, Any]:
        """What the run's record keeps: id, subject, purpose and receipts; not the text."""
        return {
            "message_id": self.message_id,
            "subject": self.written.subject,
            "purpose": self.purpose,
            "written_at": self.written_at,
            "run_id": self.run_id,
            "delivered": self.delivered,
            "channels": {name: dataclasses.asdict(one) for name, one in sorted(self.receipts.items())},
            "note": self.note,
        }


def put(home: Home, alert: Alert) -> None:
    """Write a message into the outbox, whole and flushed to disk, before anything is sent."""
    _write(_waiting(home, alert.message_id), alert)


def find(home: Home, message_id: str) -> Alert | None:
    """The message of this id, waiting or sent."""
    for path in (_waiting(home, message_id), _sent(home, message_id)):
        if (alert := _try(path)) is not None:
            return alert
    return None


def pending(home: Home) -> list[Alert]:
    """Messages that wait for a receipt, oldest first."""
    return _read_all(home.outbox)


def sent(home: Home) -> list[Alert]:
    """Messages that every channel took, oldest first."""
    return _read_all(home.outbox / "sent")


def deliver(settings: Settings, home: Home, message_ids: list[str], now: datetime.datetime) -> list[Alert]:
    """Try each waiting message at every configured channel that has not taken it yet, and keep what became of it.

    A channel that cannot be reached is asked once, not once a message. A message that every configured channel has
    taken moves to `outbox/sent/`. Returns the messages as they stand now; those of ids that do not wait are left out.
    """
    attempt = _Round(settings, home, channels(settings), now)
    with _alone(home) as mine:
        waiting = [path for one in message_ids if (path := _waiting(home, one)).is_file()]
        if not mine:
            return [_read(path) for path in waiting]
        return [attempt.deliver(_read(path)) for path in waiting]


def send_unkept(settings: Settings, alert: Alert, now: datetime.datetime) -> Alert:
    """Ask every configured channel once for a message that no disk could keep; nothing is written anywhere.

    For a full or read-only disk alone: a message that is not kept cannot be tried again.
    """
    at = now.isoformat(timespec="seconds")
    receipts = {}
    for channel in channels(settings):
        answer = send(settings, channel, alert.written)
        receipts[channel.name] = Receipt(at if answer.delivered else None, 1, at, answer.error)
    return dataclasses.replace(alert, receipts=receipts, note="" if receipts else NOBODY)


def ask_again(home: Home, alert: Alert) -> None:
    """Put a message back into the outbox with no receipt, so that every channel is asked again under the same id."""
    again = {name: dataclasses.replace(one, delivered_at=None) for name, one in alert.receipts.items()}
    put(home, dataclasses.replace(alert, receipts=again))
    _sent(home, alert.message_id).unlink(missing_ok=True)


def withdraw(home: Home, message_id: str) -> None:
    """Take a message out of the outbox unsent. For test messages only: they are of no use tomorrow."""
    _waiting(home, message_id).unlink(missing_ok=True)


@dataclass
class _Round:
    """One pass over the outbox: who is asked, and which endpoints turned out to be down."""

    settings: Settings
    home: Home
    asked: list[Channel]
    now: datetime.datetime
    down: dict[Endpoint, str] = field(default_factory=dict)

    def deliver(self, alert: Alert) -> Alert:
        # A channel that is no longer configured cannot give its receipt: it is forgotten unless it already did.
        names = {channel.name for channel in self.asked}
        kept = {name: one for name, one in alert.receipts.items() if name in names or one.delivered_at}
        alert = dataclasses.replace(alert, receipts=kept, note="" if self.asked else NOBODY)
        for channel in self.asked:
            before = alert.receipts.get(channel.name, Receipt())
            if before.delivered_at is None:
                after = self._ask(channel, alert, before)
                alert = dataclasses.replace(alert, receipts={**alert.receipts, channel.name: after})
                _write(_waiting(self.home, alert.message_id), alert)
        return self._put_away(alert)

    def _ask(self, channel: Channel, alert: Alert, before: Receipt) -> Receipt:
        if channel.endpoint in self.down:
            return dataclasses.replace(before, last_error=self.down[channel.endpoint])
        answer = send(self.settings, channel, alert.written)
        if answer.unreachable:
            self.down[channel.endpoint] = answer.error
        at = self.now.isoformat(timespec="seconds")
        return Receipt(at if answer.delivered else None, before.attempts + 1, at, answer.error)

    def _put_away(self, alert: Alert) -> Alert:
        waiting = _waiting(self.home, alert.message_id)
        if not (self.asked and alert.delivered):
            _write(waiting, alert)
            return alert
        _write(_sent(self.home, alert.message_id), alert)
        waiting.unlink()
        flush_folder(self.home.outbox)
        return alert


@contextmanager
def _alone(home: Home) -> Iterator[bool]:
    """Only one process delivers at a time, so that none sends what another is sending. False where it is not ours."""
    try:
        with FileLock(home.outbox / ".delivering", timeout=_LOCK_SECONDS, mode=0o600):
            yield True
    except Timeout:
        yield False


def _waiting(home: Home, message_id: str) -> Path:
    return home.outbox / f"{message_id}.json"


def _sent(home: Home, message_id: str) -> Path:
    return home.outbox / "sent" / f"{message_id}.json"


def _write(path: Path, alert: Alert) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, json.dumps(dataclasses.asdict(alert), indent=2, ensure_ascii=False))


def _read(path: Path) -> Alert:
    read = json.loads(path.read_text(encoding="utf-8"))
    receipts = {name: Receipt(**one) for name, one in read["receipts"].items()}
    return Alert(**{**read, "written": Written(**read["written"]), "receipts": receipts})


def unreadable(home: Home) -> list[str]:
    """Names of outbox files that are no message any more, so that somebody can look: they are never sent or removed."""
    return sorted(path.name for path in _files(home.outbox) if _try(path) is None)


def _read_all(folder: Path) -> list[Alert]:
    found = [alert for path in _files(folder) if (alert := _try(path)) is not None]
    return sorted(found, key=lambda one: (one.written_at, one.message_id))


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("[!.]*.json")) if folder.is_dir() else []


def _try(path: Path) -> Alert | None:
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
