"""Tell the EDI team once what needs a person: one message a run, kept until every channel gave its receipt."""

from __future__ import annotations

import datetime
import re
import secrets
from typing import Any

from flows.alert.keep import (
    Alert,
    Receipt,
    ask_again,
    deliver,
    find,
    pending,
    put,
    send_unkept,
    sent,
    unreadable,
    withdraw,
)
from flows.alert.look import shown
from flows.alert.remember import SILENCE, Ledger, Standing, fates_after, mark_told, recall, remembered, take_in
from flows.alert.send import channels
from flows.alert.write import Occasion, compose, compose_test
from flows.configure import Settings
from flows.home import Home
from flows.record import Finding, RunRecord

__all__ = [
    "Alert",
    "Ledger",
    "Receipt",
    "Standing",
    "UnknownMessage",
    "alert",
    "channels",
    "pending",
    "recall",
    "retry",
    "send_again",
    "send_test",
    "sent",
    "tell_silence",
    "unreadable",
]


class UnknownMessage(Exception):
    """No message has this id; the message says where ids are listed."""


def alert(settings: Settings, home: Home, run: RunRecord, now: datetime.datetime | None = None) -> list[dict[str, Any]]:
    """Write the one message of a run that has ended, where there is something to tell, and try to deliver it.

    Something is to tell when a problem of severity warning or critical is new or its reminder is due, or when a trouble
    that was told of is over. The message is in the outbox before anything is sent. Calling it again for the same run
    writes no second message. Returns what belongs into the run's record: none or one message with its receipts. What
    could not be delivered is not an error here: it waits, `retry` tries it again, and `pending` shows it. Where no
    disk takes the message, it is sent without being kept, and the next night tells the same again.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    message_id = f"{run.run_id}-night"
    message: Alert | None = None
    try:
        with remembered(home) as ledger:
            message = _compose(settings, home, run, ledger, now)
            if message is None:
                return []
            put(home, message)
            mark_told(ledger, run.outcome, now)
        return [one.as_record() for one in deliver(settings, home, [message_id], now)]
    except OSError:
        message = message or _compose(settings, home, run, recall(home), now)
        return [send_unkept(settings, message, now).as_record()] if message else []


def _compose(settings: Settings, home: Home, run: RunRecord, ledger: Ledger, now: datetime.datetime) -> Alert | None:
    """The message of a run, with the ledger brought up to date; None where there is nothing to tell."""
    told = take_in(ledger, _problems(run), run.outcome, fates_after(home, run), settings=settings, now=now)
    if not told.worth_a_message:
        return None
    written = compose(settings, f"{run.run_id}-night", Occasion(run.outcome, run.run_id, now), told, shown(home))
    return Alert(written, "night", now.isoformat(timespec="seconds"), run.run_id)


def retry(settings: Settings, home: Home, now: datetime.datetime | None = None) -> list[dict[str, Any]]:
    """Try every waiting message again, under its own id, at the channels that have not taken it.

    Returns what became of each, for the run's record.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    waiting = [one.message_id for one in pending(home)]
    return [one.as_record() for one in deliver(settings, home, waiting, now)] if waiting else []


def send_again(settings: Settings, home: Home, message_id: str, now: datetime.datetime | None = None) -> Alert:
    """Send a message once more to every configured channel, under the same id, so that it is known as a repeat.

    Raises UnknownMessage where neither the outbox nor the sent messages have it.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    known = find(home, message_id) if re.fullmatch(r"[A-Za-z0-9_-]+", message_id) else None
    if known is None:
        raise UnknownMessage(f"There is no message {message_id!r}. `parity alerts list` shows every id.")
    ask_again(home, known)
    return deliver(settings, home, [message_id], now)[0]


def send_test(settings: Settings, home: Home, now: datetime.datetime | None = None) -> Alert:
    """Send a test message to every configured channel and say what became of it; what was not taken does not wait."""
    now = now or datetime.datetime.now(datetime.UTC)
    message_id = f"{now:%Y%m%dT%H%M%SZ}_{secrets.token_hex(3)}-test"
    put(home, Alert(compose_test(settings, message_id, now), "test", now.isoformat(timespec="seconds")))
    tried = deliver(settings, home, [message_id], now)[0]
    withdraw(home, message_id)
    return tried


def tell_silence(
    settings: Settings, home: Home, finding: Finding | None, now: datetime.datetime | None = None
) -> list[dict[str, Any]]:
    """Tell that no night has finished, once and then by the rules for reminders. For a caller outside the night.

    Whatever waits in the outbox is tried again as well, because no night does it; with None for a finding, only that.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    try:
        retried = retry(settings, home, now)
    except OSError:  # a disk that keeps no receipt must not silence what follows
        retried = []
    if finding is None:
        return retried
    message: Alert | None = None
    try:
        with remembered(home) as ledger:
            message = _compose_silence(settings, home, finding, ledger, now)
            if message is None:
                return retried
            put(home, message)
            mark_told(ledger, "late", now)
        return [*retried, *(one.as_record() for one in deliver(settings, home, [message.message_id], now))]
    except OSError:
        message = message or _compose_silence(settings, home, finding, recall(home), now)
        return [*retried, send_unkept(settings, message, now).as_record()] if message else retried


def _compose_silence(
    settings: Settings, home: Home, finding: Finding, ledger: Ledger, now: datetime.datetime
) -> Alert | None:
    """The message that no night has finished; None where it was told lately."""
    told = take_in(ledger, [finding], "late", lambda _: "stands", settings=settings, now=now)
    if not any(one.finding.name == SILENCE for one in (*told.new, *told.due)):
        return None
    message_id = f"{now:%Y%m%dT%H%M%SZ}_{secrets.token_hex(3)}-late"
    written = compose(settings, message_id, Occasion("late", None, now), told, shown(home))
    return Alert(written, "late", now.isoformat(timespec="seconds"))


def _problems(run: RunRecord) -> list[Finding]:
    """What a person must hear of: every finding but the informative, and the outcome itself where none explains it."""
    found = [finding for finding in run.findings if finding.severity != "info"]
    if run.outcome in ("withheld", "broken") and not any(finding.severity == "critical" for finding in found):
        found.append(_UNEXPLAINED[run.outcome])
    return found


_UNEXPLAINED = {
    "withheld": Finding(
        "withheld",
        "critical",
        "night_withheld",
        "The figures were withheld, and no check says why.",
        next_step="Read the run's record in private/runs/ and the night's log.",
    ),
    "broken": Finding(
        "broken",
        "critical",
        "night_broken",
        "The night broke off, and no step says why.",
        owner="Whoever runs Parity",
        next_step="Read the run's record in private/runs/ and the night's log, then run the night again.",
    ),
}
