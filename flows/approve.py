"""Approve figures: sign the figures of one framework and year off, as the current release has them, and freeze them.

What was signed off is never changed. A figure that has another value since is restated by a second
approval with a reason.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb

from flows.configure import Settings
from flows.freeze import (
    FIGURE_FACTS,
    FIGURE_KEY,
    Approval,
    Figure,
    Key,
    append_approval,
    figure_key,
    latest_figures,
    read_approvals,
)
from flows.home import Home
from flows.point import Release, now, verify
from flows.query import open_release

A_FIGURE_APART = 1e-9
"""Values closer than this are one figure, as in the macro `same_figure`: two builds may add up in another order."""

WITHDRAWN = "It was signed off before, and the release has no such figure any more."
SHOWN_AT_MOST = 5


class ApprovalError(Exception):
    """Figures are not signed off; the message says why and what to do. Nothing was recorded."""


@dataclass(frozen=True)
class Change:
    """One figure that is not what was signed off: as it was, and as it is (`now` is None where it is gone)."""

    before: Figure
    now: Figure | None


@dataclass(frozen=True)
class Signing:
    """What an approval signs, or would sign. `approval` is None where nothing was written."""

    framework: str
    reporting_year: str
    release_id: str
    new: Sequence[Figure] = field(default_factory=list)
    changed: Sequence[Change] = field(default_factory=list)
    unchanged_count: int = 0
    not_there: Sequence[str] = field(default_factory=list)
    approval: Approval | None = None

    @property
    def is_nothing_to_do(self) -> bool:
        """Whether everything is signed off as it stands."""
        return not self.new and not self.changed


def approve(
    settings: Settings,
    home: Home,
    framework: str,
    year: str,
    who: str,
    *,
    reason: str | None = None,
    restate: bool = False,
) -> Signing:
    """Sign a framework's figures of one year off, for the whole trust, as the current release has them.

    Hold the home's lock. Figures that are signed off as they stand are left alone; those that have another value since,
    or are gone, are signed again only with `restate` and a reason. `year` is a year to 31 March, as `2024/25`.

    Raises ApprovalError where there is nothing to sign, QueryError where there is no release, LedgerDamaged where the
    ledger is not as it was written, ReleaseError where the release's files are not as they were published.
    """
    if not who.strip():
        raise ApprovalError("Who signs? Say it with --by NAME: the name stays in the record on purpose.")
    if restate and not (reason or "").strip():
        raise ApprovalError('A restatement needs its reason: --restate --reason "…". Readers of the figures will ask.')
    signing, release = _compare(settings, home, framework, year)
    if signing.is_nothing_to_do:
        return signing
    if signing.changed and not restate:
        raise ApprovalError(_changed_since(signing))
    verify(home, release.release_id)
    figures = [
        *({**figure, "is_restated": False} for figure in signing.new),
        *({**(change.now or _withdrawn(change.before)), "is_restated": True} for change in signing.changed),
    ]
    approval = Approval(
        approval_number=len(read_approvals(home)) + 1,
        approved_at=now(),
        approved_by=who.strip(),
        reason=(reason or "").strip() or None,
        organisation_code=settings.organisation.ods_code,
        framework_key=signing.framework,
        reporting_year=signing.reporting_year,
        release_id=release.release_id,
        content_hash=release.content_hash or "",
        figures=figures,
    )
    append_approval(home, approval)
    return Signing(**{**vars(signing), "approval": approval})


def preview(settings: Settings, home: Home, framework: str, year: str) -> Signing:
    """What `approve` would sign now; nothing is written. Raises as `approve` does."""
    return _compare(settings, home, framework, year)[0]


def _compare(settings: Settings, home: Home, framework: str, year: str) -> tuple[Signing, Release]:
    """The current release's figures of a framework and year beside the last word of the ledger on each."""
    code = settings.organisation.ods_code
    with open_release(home) as (release, con):
        _refuse_old_release(con, release)
        framework = _known_framework(con, framework)
        year = _known_year(con, code, framework, year)
        figures = _figures(con, code, framework, year)
        not_there = _without_figure(con, code, framework, year)
    if all(figure["value"] is None and figure["value_text"] is None for figure in figures):
        reasons = sorted({str(figure["not_computed_because"]) for figure in figures})
        raise ApprovalError(
            f"Nothing of {framework} {year} could be computed, so there is nothing to sign: {reasons[0]}"
        )
    signed = {
        key: figure
        for key, figure in latest_figures(read_approvals(home), code).items()
        if figure["framework_key"] == framework and figure["reporting_year"] == year
    }
    new, changed = _sorted_out(figures, signed)
    return (
        Signing(
            framework=framework,
            reporting_year=year,
            release_id=release.release_id,
            new=new,
            changed=changed,
            unchanged_count=len(figures) - len(new) - sum(change.now is not None for change in changed),
            not_there=not_there,
        ),
        release,
    )


def _sorted_out(figures: Sequence[Figure], signed: Mapping[Key, Figure]) -> tuple[list[Figure], list[Change]]:
    there = {figure_key(figure): figure for figure in figures}
    new = [figure for key, figure in there.items() if key not in signed]
    changed = [
        Change(before, there.get(key))
        for key, before in signed.items()
        if not is_same(before, there.get(key) or _withdrawn(before))
    ]
    return new, changed


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two records of a figure are one: the same definition, counts and value; words about it may differ."""
    texts = ("definition_version", "value_text")
    numbers = ("value", "numerator", "denominator", "reference_numerator", "reference_denominator")
    return all(one[name] == other[name] for name in texts) and all(_near(one[name], other[name]) for name in numbers)


def _near(one: float | str | None, other: float | str | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(float(one), float(other), rel_tol=0, abs_tol=A_FIGURE_APART)


def _withdrawn(before: Figure) -> Figure:
    key = {name: before[name] for name in FIGURE_KEY}
    return key | dict.fromkeys(FIGURE_FACTS) | {"unit": before["unit"], "not_computed_because": WITHDRAWN}


def _refuse_old_release(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    if not con.execute("select 1 from duckdb_tables() where table_name = 'figure_status'").fetchone():
        raise ApprovalError(
            f"Release {release.release_id} was made by an older Parity and does not say what can be signed off. "
            "Run `parity nightly` first."
        )


def _known_framework(con: duckdb.DuckDBPyConnection, framework: str) -> str:
    """The framework as the marts call it, however it was typed."""
    known = [
        str(row[0])
        for row in con.execute(
            "select lower(replace(framework, ' ', '_')) as framework from indicator_catalogue "
            "group by all order by min(position)"
        ).fetchall()
    ]
    typed = "_".join(framework.casefold().replace("-", " ").replace("_", " ").split())
    if typed in known:
        return typed
    near = difflib.get_close_matches(typed, known, n=2)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ApprovalError(f"There is no framework {framework!r}.{meant} There are: {', '.join(known)}.")


def _known_year(con: duckdb.DuckDBPyConnection, code: str, framework: str, year: str) -> str:
    years = [
        str(row[0])
        for row in con.execute(
            "select distinct reporting_year from figure_status where organisation_code = ? and framework = ? "
            "and definition_version is not null order by reporting_year",
            [code, framework],
        ).fetchall()
    ]
    if not years:
        raise ApprovalError(f"This release has no figure of {framework} that can be signed off.")
    wanted = re.fullmatch(r"(\d{4})\s*[/-]\s*(?:\d\d)?(\d\d)", year.strip())
    named = f"{wanted[1]}/{wanted[2]}" if wanted else year
    if named in years:
        return named
    shape = "" if wanted else " A year is written as 2024/25: the year to 31 March 2025."
    raise ApprovalError(f"{framework} has no figures of {year}.{shape} There are figures of {', '.join(years)}.")


def _figures(con: duckdb.DuckDBPyConnection, code: str, framework: str, year: str) -> list[Figure]:
    names = [*FIGURE_KEY, *FIGURE_FACTS]
    columns = ", ".join('"group"' if name == "group_key" else name for name in names)
    rows = con.execute(
        f"select {columns} from figure_status where organisation_code = ? and framework = ? and reporting_year = ? "
        "and definition_version is not null order by all",
        [code, framework, year],
    ).fetchall()
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _without_figure(con: duckdb.DuckDBPyConnection, code: str, framework: str, year: str) -> list[str]:
    """Indicators of the framework that the year has no figure of."""
    rows = con.execute(
        "select indicator_id from indicator_catalogue where lower(replace(framework, ' ', '_')) = ? "
        "and is_current_definition and indicator_id not in (select indicator_id from figure_status "
        "where organisation_code = ? and reporting_year = ? and definition_version is not null) order by position",
        [framework, code, year],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _plain(value: Any) -> Any:
    """A value as JSON holds it without loss: counts as decimal texts, dates as ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if value is None or isinstance(value, float | str) else str(value)


def _changed_since(signing: Signing) -> str:
    count = len(signing.changed)
    told = "; ".join(said(change) for change in signing.changed[:SHOWN_AT_MOST])
    more = f"; and {count - SHOWN_AT_MOST:,} more" if count > SHOWN_AT_MOST else ""
    return (
        f"{count:,} figure{'s' if count > 1 else ''} of {signing.framework} {signing.reporting_year} changed since "
        f"they were signed off: {told}{more}. Nothing was recorded. To sign the new values off beside the old ones: "
        f'parity approve {signing.framework} --year {signing.reporting_year} --by NAME --restate --reason "…"'
    )


def said(change: Change) -> str:
    """One change in a few words: which figure, what it was, and what it is."""
    figure = change.before
    against = "" if not figure["reference_group"] else f" against {figure['reference_group']}"
    where = "" if figure["stratum"] == "all" else f", {figure['stratum']}"
    before, after = _shown(figure), "no longer computed" if change.now is None else _shown(change.now)
    return (
        f"{figure['indicator_id']} {figure['measure']} {figure['group_key']}{against}{where}: {before} is now {after}"
    )


def _shown(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return figure["value_text"] or "not computed"
    counts = f" ({figure['numerator']} of {figure['denominator']})" if figure["numerator"] is not None else ""
    return f"{figure['value']:.6g}{counts}"
