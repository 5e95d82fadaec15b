"""Compose the one message of a run: a subject that says what it means, and the same facts as text, HTML and card."""

from __future__ import annotations

import datetime
import html
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flows.alert.look import Shown
from flows.alert.remember import Standing, Told
from flows.alert.send import Written
from flows.configure import Settings
from flows.record import Finding

_LONGEST_REASON = 110
_PLACES_SHOWN = 20
_PROBLEMS_SHOWN = 60
_CARD_BYTES = 20_000
"""Teams refuses a message of more than 28 KB; the rest is left for the envelope and for what follows the problems."""

_MEANS = {
    "withheld": "stops publication",
    "refused": "file refused",
    "rejected": "rows rejected",
    "unmapped": "unknown values",
    "late": "late",
    "broken": "broken",
    "restated": "earlier figures restated",
    "noticed": "needs a look",
}


@dataclass(frozen=True)
class Occasion:
    """What a message is about: how the run ended (or `late`, where there was none), its id, and the time it is told."""

    outcome: str
    run_id: str | None
    now: datetime.datetime


@dataclass(frozen=True)
class Block:
    """One problem, ready to be shown: a heading and its lines, each of one line of text, and whether figures wait."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    stops: bool = False


@dataclass(frozen=True)
class Draft:
    """A message before it is put into a form: every text in it is one line already."""

    subject: str
    headline: str
    facts: list[tuple[str, str]]
    counted: str
    blocks: list[Block]
    closing: list[str]


def compose(settings: Settings, message_id: str, occasion: Occasion, told: Told, now_shown: Shown | None) -> Written:
    """The message of a run. Holds the fields of its findings and nothing else of the data."""
    zone = ZoneInfo(settings.schedule.timezone)
    facts = [
        ("What happened", _happened(occasion, told, zone)),
        ("What readers see now", _seen_by_readers(now_shown, zone)),
    ]
    blocks = [_block(one, zone) for one in told.problems[:_PROBLEMS_SHOWN]]
    closing = _closing(settings, message_id, occasion, told, zone)
    headline = one_line(f"{settings.organisation.name} ({settings.organisation.ods_code}), {_day(occasion.now, zone)}")
    counted = _counted(len(told.problems), "thing needs", "things need") + " a person" if told.problems else ""
    subject = one_line(_subject(occasion, told, now_shown, zone))
    return _written(message_id, Draft(subject, headline, facts, counted, blocks, closing))


def compose_test(settings: Settings, message_id: str, now: datetime.datetime) -> Written:
    """A message that only proves that the way to its reader is open."""
    zone = ZoneInfo(settings.schedule.timezone)
    name = one_line(f"{settings.organisation.name} ({settings.organisation.ods_code}), {_day(now, zone)}")
    facts = [
        ("What happened", "Somebody asked Parity for a test message. Nothing is wrong."),
        ("What to do", "Nothing. Alerts of the night will reach you here."),
    ]
    draft = Draft("Parity: test message, nothing is wrong", name, facts, "", [], [f"Message {message_id}."])
    return _written(message_id, draft)


def one_line(text: str) -> str:
    """Text as one harmless line: no line break can start a header, no invisible character can turn the text around."""
    kept = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Zs") else letter for letter in text)
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in ("Cf", "Cs")).split())


def moment(at: datetime.datetime, zone: ZoneInfo) -> str:
    """A time as a person reads it: `2 April 2025, 03:31`, on the trust's clock."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"


def _subject(occasion: Occasion, told: Told, now_shown: Shown | None, zone: ZoneInfo) -> str:
    return f"Parity: {_gist(occasion, told, now_shown, zone)}{_reason(told)}"


def _gist(occasion: Occasion, told: Told, now_shown: Shown | None, zone: ZoneInfo) -> str:
    still = bool(told.due) and not told.new and not told.over
    stays = _stays(occasion, now_shown, zone)
    if occasion.outcome == "withheld":
        return (
            f"reminder, figures are still withheld; {stays}" if still else f"tonight's figures were withheld; {stays}"
        )
    if occasion.outcome == "broken":
        return f"reminder, the night still breaks off; {stays}" if still else f"the night broke off; {stays}"
    if occasion.outcome == "late":
        return f"reminder, still no night has finished; {stays}" if still else f"no night has finished; {stays}"
    if told.over:
        clear = "all clear, " if not told.problems else ""
        return clear + ("nights finish again" if told.over == "late" else _again(occasion))
    done = "tonight's figures are published" if occasion.outcome == "published" else f"nothing new tonight, {stays}"
    return f"reminder, {done}" if still else done


def _again(occasion: Occasion) -> str:
    if occasion.outcome == "published":
        return "figures are published again"
    return "the night works again and found nothing new"


def _reason(told: Told) -> str:
    """The first sentence of the first problem, and how many more problems there are."""
    if not told.problems:
        return ""
    first = one_line(told.problems[0].finding.sentence or told.problems[0].finding.name.replace("_", " "))
    first = _cut(re.split(r"(?<=[.!?])\s", first)[0].rstrip("."), _LONGEST_REASON)
    more = len(told.problems) - 1
    return f" — {first}" + (f" (and {more} more)" if more else "")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _stays(occasion: Occasion, now_shown: Shown | None, zone: ZoneInfo) -> str:
    if now_shown is None:
        return "nothing is published yet"
    if now_shown.published_at is None:
        return "the last release stays"
    published = now_shown.published_at.astimezone(zone).date()
    if (occasion.now.astimezone(zone).date() - published).days == 1:
        return "yesterday's release stays"
    return f"the release of {published.day} {published:%B %Y} stays"


def _happened(occasion: Occasion, told: Told, zone: ZoneInfo) -> str:
    said = {
        "published": "Tonight's figures passed the checks and are published.",
        "nothing_new": "Nothing new had arrived, so nothing was published.",
        "withheld": "Tonight's figures did not pass the checks and were withheld.",
        "broken": "The night broke off before it could publish.",
        "late": "No night has finished in time. The scheduler may have stopped, or the machine may have been off.",
    }[occasion.outcome]
    if told.over and told.over_since:
        since = moment(datetime.datetime.fromisoformat(told.over_since), zone)
        was = {
            "withheld": "Figures had been withheld",
            "broken": "Nights had broken off",
            "late": "No night had finished",
        }
        said += f" {was[told.over]} since the message of {since}."
    return said


def _seen_by_readers(now_shown: Shown | None, zone: ZoneInfo) -> str:
    if now_shown is None:
        return "Nothing has been published yet."
    if now_shown.problem is not None:
        return f"Release {now_shown.release_id} is pointed to, but {now_shown.problem}."
    said = f"Release {now_shown.release_id}"
    if now_shown.published_at is not None:
        said += f", published {moment(now_shown.published_at, zone)}"
    if now_shown.as_of_date is not None:
        said += f", judged as of {now_shown.as_of_date.day} {now_shown.as_of_date:%B %Y}"
    return said + "."


def _block(one: Standing, zone: ZoneInfo) -> Block:
    finding = one.finding
    since = moment(datetime.datetime.fromisoformat(one.first_seen), zone)
    lines = [
        ("Check", f"{finding.name} ({_meaning(finding)})"),
        ("Counts", ", ".join(f"{_plain(name)} {count:,}" for name, count in finding.counts.items())),
        ("Where", _places(finding.places)),
        ("Owner", finding.owner),
        ("Next step", finding.next_step),
        ("Standing", f"since {since}" if one.last_sent else "new"),
    ]
    shown = tuple((label, one_line(text)) for label, text in lines if text)
    return Block(one_line(finding.sentence or finding.name.replace("_", " ")), shown, _stops(finding))


def _meaning(finding: Finding) -> str:
    """What is wrong and how much it weighs: only a failed check or a broken night stops publication."""
    urgent = _MEANS["withheld"] if _stops(finding) else "urgent"
    weight = finding.severity if finding.severity != "critical" else urgent
    return ", ".join(dict.fromkeys((_MEANS[finding.kind], weight)))


def _stops(finding: Finding) -> bool:
    return finding.severity == "critical" and finding.kind in ("withheld", "broken")


def _plain(name: str) -> str:
    return name.removesuffix("_count").replace("_", " ")


def _places(places: Sequence[str]) -> str:
    """A place may have commas of its own: a file, a heading and lines."""
    more = len(places) - _PLACES_SHOWN
    return "; ".join(places[:_PLACES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _closing(settings: Settings, message_id: str, occasion: Occasion, told: Told, zone: ZoneInfo) -> list[str]:
    lines = []
    if (left := len(told.problems) - _PROBLEMS_SHOWN) > 0:
        lines.append(f"{left} more are shown by `parity status`.")
    standing = {one.finding.name for one in told.problems}
    if solved := {one.finding.name for one in told.solved} - standing:
        lines.append("No longer found: " + ", ".join(sorted(map(one_line, solved))) + ".")
    if told.problems:
        lines.append(f"What stands is told again after {_counted(settings.alerts.remind_after_days, 'day', 'days')}.")
    lines.append(
        f"{f'Run {occasion.run_id}. ' if occasion.run_id else ''}Message {message_id}, {moment(occasion.now, zone)}."
    )
    return lines


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _day(at: datetime.datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y}"


def _written(message_id: str, draft: Draft) -> Written:
    return Written(message_id, draft.subject, _as_text(draft), _as_html(draft), _as_card(draft))


def _as_text(draft: Draft) -> str:
    parts = [draft.headline, "\n".join(f"{label}: {text}" for label, text in draft.facts)]
    if draft.counted:
        parts.append(draft.counted)
    for number, block in enumerate(draft.blocks, start=1):
        parts.append("\n".join([f"{number}. {block.heading}", *(f"   {label}: {text}" for label, text in block.lines)]))
    parts.append("\n".join(draft.closing))
    return "\n\n".join(parts) + "\n"


_STYLES = {
    "page": "margin:0;padding:0;background-color:#f0f4f5;",
    "sheet": "width:100%;max-width:640px;background-color:#ffffff;border-top:8px solid {edge};",
    "inside": "padding:24px 20px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px;color:#212b32;"
    "overflow-wrap:anywhere;word-break:break-word;",
    "title": "margin:0 0 16px;font-size:20px;line-height:28px;font-weight:bold;color:#212b32;",
    "counted": "margin:24px 0 8px;font-size:18px;line-height:26px;font-weight:bold;color:#212b32;",
    "line": "margin:0 0 12px;",
    "problem": "width:100%;margin:0 0 16px;border-left:6px solid {edge};background-color:#f0f4f5;",
    "told": "padding:12px 16px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px;color:#212b32;"
    "overflow-wrap:anywhere;word-break:break-word;",
    "heading": "margin:0 0 8px;font-size:16px;line-height:24px;font-weight:bold;color:#212b32;",
    "detail": "margin:0 0 4px;font-size:15px;line-height:22px;",
    "closing": "margin:0 0 8px;font-size:14px;line-height:20px;color:#3f525f;",
}
"""Of each part of the mail, on the part itself: many mail programs read no style sheet. Contrast is 4.5:1 or more."""

_DARK = """@media (prefers-color-scheme: dark) {
.page { background-color: #12181b !important; }
.sheet { background-color: #1d262b !important; }
.problem { background-color: #2a353b !important; }
.inside, .title, .counted, .told, .heading { color: #f0f4f5 !important; }
.closing { color: #c9d2d8 !important; }
}"""
"""For mail programs that do read one: dark where the reader's screen is. It names no size and no place."""

_EDGES = {"stops": "#b5281c", "warning": "#b25e00", "good": "#005eb8"}
"""The colour of an edge, which says nothing that the words beside it do not say."""


def _as_html(draft: Draft) -> str:
    """The same lines as the text, for a mail program: no picture, no script, no address, a table to hold its width."""
    parts = [_element("h1", "title", _escaped(draft.headline))]
    parts += [_labelled("line", label, text) for label, text in draft.facts]
    if draft.counted:
        parts.append(_element("h2", "counted", _escaped(draft.counted)))
    parts += [_problem(number, block) for number, block in enumerate(draft.blocks, start=1)]
    parts += [_element("p", "closing", _escaped(line)) for line in draft.closing]
    edge = "stops" if any(block.stops for block in draft.blocks) else "good"
    inside = "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{_escaped(draft.subject)}</title>
<style>
{_DARK}
</style>
</head>
<body class="page" style="{_STYLES["page"]}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table role="presentation" class="sheet" width="640" cellpadding="0" cellspacing="0" border="0" \
style="{_STYLES["sheet"].format(edge=_EDGES[edge])}"><tr><td class="inside" align="left" style="{_STYLES["inside"]}">
{inside}
</td></tr></table>
</td></tr></table>
</body>
</html>
"""


def _problem(number: int, block: Block) -> str:
    """One problem in a box of its own; a table, because some mail programs give no other box an edge."""
    edge = _EDGES["stops" if block.stops else "warning"]
    heading = _element("h3", "heading", f"{number}. {_escaped(block.heading)}")
    lines = "\n".join(_labelled("detail", label, text) for label, text in block.lines)
    return (
        '<table role="presentation" class="problem" width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="{_STYLES["problem"].format(edge=edge)}"><tr><td class="told" style="{_STYLES["told"]}">\n'
        f"{heading}\n{lines}\n</td></tr></table>"
    )


def _labelled(name: str, label: str, text: str) -> str:
    return _element("p", name, f"<strong>{_escaped(label)}:</strong> {_escaped(text)}")


def _element(tag: str, name: str, inside: str) -> str:
    return f'<{tag} class="{name}" style="{_STYLES[name]}">{inside}</{tag}>'


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)


def _as_card(draft: Draft) -> dict[str, Any]:
    """An Adaptive Card of text runs only: unlike text blocks, they never read Markdown or mentions in a name."""
    body = [_runs(("", draft.subject), size="Large", heading=True), _runs(("", draft.headline))]
    body += [_runs(fact) for fact in draft.facts]
    if draft.counted:
        body.append(_runs(("", draft.counted), size="Medium", heading=True))
    spent, shown = 0, 0
    for number, block in enumerate(draft.blocks, start=1):
        item = {
            "type": "Container",
            "separator": True,
            "items": [_runs((f"{number}. {block.heading}", "")), *(_runs(line) for line in block.lines)],
        }
        spent += len(json.dumps(item))
        if spent > _CARD_BYTES:
            break
        body.append(item)
        shown = number
    if shown < len(draft.blocks):
        body.append(_runs(("", f"{len(draft.blocks) - shown} more are in the e-mail and shown by `parity status`.")))
    body += [_runs(("", line)) for line in draft.closing]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": "en-GB",
        "fallbackText": draft.subject,
        "body": body,
        "msteams": {"width": "full"},
    }


def _runs(line: tuple[str, str], size: str = "Default", heading: bool = False) -> dict[str, Any]:
    label, text = line
    runs = []
    if label:
        runs.append({"type": "TextRun", "text": f"{label}: " if text else label, "weight": "Bolder"})
    if text:
        runs.append({"type": "TextRun", "text": text, "size": size, "weight": "Bolder" if heading else "Default"})
    return {"type": "RichTextBlock", "inlines": runs}
