"""Word: what a figure says, as a sentence in plain English. The sentences are a seed; numbers come through show.py."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase

from flows.report.compose import Figure
from flows.report.read import Row, seed
from flows.report.show import MINUS, day, figure, written

Sentence = tuple[str | Figure, ...]
"""A sentence as a page shows it: words, and the figures among them."""

Named = Mapping[str, str | Figure]

MOST_TOLD = 3
"""How many groups of a list a sentence names."""

PARITY = {"difference": 0, "mean_pay_gap": 0, "median_pay_gap": 0, "mean_bonus_gap": 0, "median_bonus_gap": 0}
"""Where neither group is ahead; of other comparisons it is 1 where the unit is a ratio, and nowhere else."""


def finding(row: Row, named: Named | None = None, beside: Sequence[Row] = ()) -> Sentence:
    """The finding of one row of `shown_values` or `shown_comparisons`: figure, a year earlier, and which way it went.

    `named` may hold `title`, `stratum` and `rating` for sentences that speak of them. `beside` are rows of
    `shown_values` of the same time and place: the reference group's is told where a sentence has room for it.
    """
    told = _named(row, named or {}, beside)
    side = _side(row)
    sentence = _where(row, _fill(_sentence("figure", row, side), told))
    if side in ("hidden", "not_computed"):
        return _finished(sentence, ".")
    return _finished(sentence, *_since(row, told))


def listing(rows: Sequence[Row], labels: Mapping[str, str], kind: str, named: Named | None = None) -> Sentence:
    """What several groups of one measure say together: the largest (`list`), or the lowest and highest (`range`).

    Only figures that are shown are set in order, and where others are hidden the sentence says so. `labels` are the
    names of groups.
    """
    shown = sorted((row for row in rows if row.get("value") is not None), key=lambda row: row["value"], reverse=True)
    if not shown:
        return finding(rows[0], named) if rows else missing("no figure has been computed")
    side = kind if not any(row.get("value_marker") == "[c]" for row in rows) else f"{kind}_part"
    told = dict(_named(shown[0], named or {}, ()))
    told |= {"highest": figure(shown[0]), "highest_group": _label(shown[0], labels)}
    told |= {"lowest": figure(shown[-1]), "lowest_group": _label(shown[-1], labels)}
    pattern = _sentence("figure", shown[0], side)
    groups = [row for row in shown if row["value"]][:MOST_TOLD] or shown[:1]
    before, here, after = pattern.partition("{list}")
    counted = (*_enumerated(groups, labels),) if here else ()
    return _finished(_where(shown[0], (*_fill(before, told), *counted, *_fill(after, told))), ".")


def missing(why: str) -> Sentence:
    """What is said where there is no row at all: `why` is a reason without a full stop."""
    named = {"why": _reason(why)}
    return _finished(_fill(_sentence("figure", {"indicator_id": "", "measure": ""}, "missing"), named), ".")


def said(sentence: Sentence) -> str:
    """The sentence as plain text."""
    return "".join(part if isinstance(part, str) else part.text for part in sentence)


# Which sentence.


def _sentence(part: str, row: Row, side: str) -> str:
    for one in seed("report/finding_sentences"):
        is_fit = one["part"] == part and side == one["side"] and fnmatchcase(row["measure"], one["measure"])
        if is_fit and any(fnmatchcase(row["indicator_id"], name) for name in one["indicators"].split(";")):
            return one["sentence"]
    raise LookupError(f"seeds/report/finding_sentences.csv has no {part} for {side} of any measure. Add a row for *.")


def _side(row: Row, column: str = "value") -> str:
    number = row.get(column)
    if number is None:
        if row.get("value_text"):
            return "text"
        return "hidden" if row.get("value_marker") == "[c]" else "not_computed"
    parity = parity_of(row)
    if parity is None:
        return "plain"
    if _written(number, row) == _written(parity, row):
        return "parity"
    return "above" if number > parity else "below"


def parity_of(row: Row) -> int | None:
    """Where neither group is ahead: a ratio's 1, a difference's 0; None where the value is of one group alone."""
    if "minority_group" not in row:
        return None
    return PARITY.get(row["measure"], 1 if row["unit"] == "ratio" else None)


def _written(number: float | Decimal | int, row: Row) -> str:
    return written(number, _table(row), row)


def _table(row: Row) -> str:
    return "indicator_comparisons" if "minority_group" in row else "indicator_values"


# What is filled in.


def _named(row: Row, named: Named, beside: Sequence[Row]) -> dict[str, str | Figure]:
    minority, reference = (
        str(row.get("minority_group") or row.get("group") or ""),
        str(row.get("reference_group") or ""),
    )
    told: dict[str, str | Figure] = {
        "value": figure(row),
        "size": _unsigned(figure(row)),
        "year": str(row["reporting_year"]),
        "date": day(row["as_at_date"]),
        "survey": str(row["as_at_date"].year),
        "why": _reason(str(row.get("not_computed_because") or row.get("marker_reason") or "it was not computed")),
    }
    for name, group in (("minority", minority), ("reference", reference)):
        told |= {name: _noun(group, "staff")}
        told |= {f"{name}_{form}": _noun(group, form) for form in ("applicants", "people")}
    if row.get("previous_value") is not None:
        told |= {"previous": figure(row, "previous_value"), "previous_size": _unsigned(figure(row, "previous_value"))}
    for other in beside:
        is_reference = other["group"] == reference != minority and other["measure"] == row["measure"]
        if is_reference and other["value"] is not None:
            told |= {"reference_value": figure(other), "minority_sampled": _noun(minority, "staff")}
    told |= named
    if "stratum" in named:
        told["stratum_lower"] = _lower(said((named["stratum"],)))
    return told


def _noun(group: str, form: str) -> str:
    for one in seed("report/finding_groups"):
        if one["group"] == group:
            return one[form]
    return f"“{group.replace('_', ' ')}”"


def _reason(text: str) -> str:
    return _lower(text).rstrip(".")


def _lower(text: str) -> str:
    """In small letters where it begins a word that is no name: `Voting members`, but `VSM`."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _unsigned(one: Figure) -> Figure:
    """The size of a figure that says its side in words; it is derived, so it has no key."""
    return replace(
        one, text=one.text.lstrip("+" + MINUS), number=None if one.number is None else abs(one.number), key=""
    )


@functools.cache
def _pieces(pattern: str) -> list[str]:
    return [piece for piece in re.split(r"(\{[a-z_]+\}|\[[^\]]*\])", pattern) if piece]


def _fill(pattern: str, named: Named) -> Sentence:
    """The pattern with what its braces name; a part in brackets goes where one of its names is not known."""
    parts: list[str | Figure] = []
    for piece in _pieces(pattern):
        if piece.startswith("{"):
            parts.append(named[piece.strip("{}")])
        elif piece.startswith("["):
            if all(name in named for name in re.findall(r"\{([a-z_]+)\}", piece)):
                parts += _fill(piece[1:-1], named)
        else:
            parts.append(piece)
    return tuple(parts)


def _where(row: Row, sentence: Sentence) -> Sentence:
    """A sentence about a directorate or team names it first."""
    if row.get("organisation_unit_level", "trust") == "trust":
        return sentence
    return (f"in {row['organisation_unit']}, ", *sentence)


def _label(row: Row, labels: Mapping[str, str]) -> str:
    group = str(row.get("minority_group") or row.get("group"))
    return labels.get(group, group)


def _enumerated(rows: Sequence[Row], labels: Mapping[str, str]) -> Iterable[str | Figure]:
    for at, row in enumerate(rows):
        joint = "" if at == 0 else " and " if at == len(rows) - 1 else ", "
        yield from (f"{joint}{_label(row, labels)} (", figure(row), ")")


# How it stood a year earlier, and which way it went.


def _since(row: Row, named: Named) -> Sentence:
    if "previous_value" not in row:
        return (".",)
    if row["previous_value"] is None:
        return (". ", *_fill(_sentence("before", row, "none"), named), ".")
    is_same = _written(row["previous_value"], row) == _written(row["value"], row)
    before = _sentence("before", row, "same" if is_same else _side(row, "previous_value"))
    verdict = _sentence("verdict", row, f"{row['direction_by_threshold']}+{row['direction_tested']}")
    turned = (". ", *_fill(_sentence("turned", row, "*"), named)) if _is_turned(row) else ()
    return ("; ", *_fill(before, named), ". ", *_fill(verdict, named), *turned, ".")


def _is_turned(row: Row) -> bool:
    """Whether a change leads past parity: `improved` alone would hide that the other group is behind now."""
    is_told = bool({row["direction_by_threshold"], row["direction_tested"]} & {"improved", "worsened"})
    return is_told and {_side(row), _side(row, "previous_value")} == {"above", "below"}


def _finished(*parts: str | Figure | Sentence) -> Sentence:
    """One sentence that begins with a capital; neighbouring words are one part."""
    flat: list[str | Figure] = []
    for part in parts:
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, str) and flat and isinstance(flat[-1], str):
                flat[-1] += one
            elif one != "":
                flat.append(one)
    if flat and isinstance(flat[0], str):
        flat[0] = flat[0][:1].upper() + flat[0][1:]
    return tuple(flat)
