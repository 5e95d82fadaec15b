"""Explain a figure from the current release alone: what it means, whom it counts, and how it came about."""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from flows.home import Home
from flows.query import open_release

Row = dict[str, Any]

DEFINITION = (
    *("title", "framework", "number", "definition", "population", "exclusions", "numerator", "denominator"),
    *("minority_group", "reference_group", "ratio_direction", "better_when", "period_rule", "small_number_rule"),
    *("source_data", "guidance_reference", "source", "mart"),
)
CONFORMED = ("indicator_values", "indicator_comparisons", "indicator_exclusions")
RECORDS = ("raw.loads", "raw.approved_figures")
"""Sources that are no landing files: every model of staging reads the load record."""
NEAR = 6
"""So many names are offered in place of one that is not there."""


class NotExplained(Exception):
    """There is no such figure in the release; the message names those nearest to what was asked for."""


@dataclass(frozen=True)
class Asked:
    """Which figure to explain.

    What is None is chosen: the whole trust, the latest date, the current definition, every group. `unit` is a
    directorate or a team; `year` is as `2024/25`; `version` is the definition's.
    """

    indicator_id: str
    year: str | None = None
    unit: str | None = None
    stratum: str | None = None
    group: str | None = None
    as_at: datetime.date | None = None
    version: str | None = None


def explain(home: Home, asked: Asked) -> Row:
    """Everything that the current release tells of one figure, as plain values that JSON can hold.

    Keys: `definition`, `figure` (what was asked for, as found), `values`, `comparisons`, `status`, `left_out`,
    `inputs`, `models`, `not_computed_because`, `release`. Raises NotExplained where the release has no such indicator,
    version, year, date, unit, stratum or group, and QueryError where there is no release.
    """
    with open_release(home) as (release, con):
        looked = _Looked(con)
        definition = _definition(looked, asked)
        told: Row = {
            "release": {"release_id": release.release_id, "published_at": release.manifest.get("published_at")},
            "definition": definition,
        }
        if not definition["is_computed"]:
            nothing: Row = {
                "figure": None,
                "values": [],
                "comparisons": [],
                "status": None,
                "left_out": [],
                "inputs": [],
            }
            return told | nothing | {"models": [], "not_computed_because": definition["not_computed_because"]}
        place = _place(looked, asked, definition)
        values, comparisons = _figures(looked, asked, definition, place)
        lineage = _lineage(looked, definition)
        return told | {
            "figure": place,
            "values": values,
            "comparisons": comparisons,
            "status": _status(looked, definition, place, [*values, *comparisons]),
            "left_out": _left_out(looked, definition, place, lineage),
            "inputs": _inputs(looked, definition, place, comparisons, lineage),
            "models": [one for one in lineage if one["kind"] == "model"],
            "not_computed_because": _reasons(values, comparisons),
        }


class _Looked:
    """A release's tables, asked with values and answered with rows by column name."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        found = con.execute(
            "select table_name from duckdb_tables() where database_name = 'parity' and schema_name = 'marts'"
        )
        self.tables = {str(name) for (name,) in found.fetchall()}

    def rows(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """Every row of the answer, its columns by name, as JSON can hold them."""
        found = self.con.execute(sql, named or list(values))
        names = [str(column[0]) for column in found.description or ()]
        return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]

    def texts(self, sql: str, *values: Any) -> list[str]:
        """The first column of the answer."""
        return [str(row[0]) for row in self.con.execute(sql, list(values)).fetchall()]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return float(value)


def _definition(looked: _Looked, asked: Asked) -> Row:
    known = looked.texts("select indicator_id from indicator_catalogue group by all order by min(position)")
    wanted = "_".join(re.split(r"[\s_-]+", asked.indicator_id.strip().casefold()))
    if wanted not in known:
        raise NotExplained(_unknown_indicator(looked, asked.indicator_id, wanted, known))
    versions = looked.rows(
        "select * from indicator_catalogue where indicator_id = ? order by definition_version", wanted
    )
    chosen = [
        one
        for one in versions
        if (one["definition_version"] == asked.version if asked.version else one["is_current_definition"])
    ]
    if not chosen:
        names = ", ".join(str(one["definition_version"]) for one in versions)
        raise NotExplained(f"{wanted} has no definition {asked.version!r}. It has: {names}.")
    one = chosen[0]
    return {
        "indicator_id": wanted,
        "definition_version": one["definition_version"],
        "is_current_definition": one["is_current_definition"],
        "other_versions": [
            row["definition_version"] for row in versions if row["definition_version"] != one["definition_version"]
        ],
        "is_computed": one["is_computed"],
        "not_computed_because": one["not_computed_because"],
        "rolling_years": one["rolling_years"],
        **{name: one[name] for name in DEFINITION},
    }


def _unknown_indicator(looked: _Looked, typed: str, wanted: str, known: Sequence[str]) -> str:
    """The nearest ids: by spelling, by beginning, or by a word of the title."""
    titled = looked.texts(
        "select indicator_id from indicator_catalogue where title ilike '%' || ? || '%' group by all "
        "order by min(position)",
        typed.strip(),
    )
    begun = [one for one in known if one.startswith(wanted)]
    near = list(dict.fromkeys([*begun, *difflib.get_close_matches(wanted, known, n=NEAR, cutoff=0.6), *titled]))[:NEAR]
    meant = f" Did you mean {', '.join(near)}?" if near else ""
    return (
        f"There is no indicator {typed!r}.{meant} All of them: "
        'parity sql "select indicator_id, title from indicator_catalogue order by position"'
    )


def _place(looked: _Looked, asked: Asked, definition: Row) -> Row:
    """Organisation, date, unit and stratum of the figure, as the release has them."""
    key = (definition["indicator_id"], definition["definition_version"])
    dates = looked.rows(
        "select distinct organisation_code, reporting_year, as_at_date from indicator_values "
        "where indicator_id = ? and definition_version = ? order by as_at_date",
        *key,
    )
    if not dates:
        raise NotExplained(
            f"This release has no figure of {key[0]}, version {key[1]}. It needs: {definition['source_data']}."
        )
    date = _date(asked, definition["indicator_id"], dates)
    unit = _unit(looked, asked, key, str(date["as_at_date"]))
    strata = looked.texts(
        "select distinct stratum from indicator_values where indicator_id = ? and definition_version = ? "
        "and as_at_date = ? and organisation_unit_level = ? and organisation_unit = ? order by stratum",
        *key,
        date["as_at_date"],
        unit["organisation_unit_level"],
        unit["organisation_unit"],
    )
    return {**date, **unit, "stratum": _stratum(asked, strata), "strata": strata}


def _date(asked: Asked, indicator_id: str, dates: Sequence[Row]) -> Row:
    years = list(dict.fromkeys(str(one["reporting_year"]) for one in dates))
    named = re.fullmatch(r"(\d{4})\s*[/-]\s*(?:\d\d)?(\d\d)", (asked.year or "").strip())
    year = f"{named[1]}/{named[2]}" if named else asked.year
    if year is not None and year not in years:
        raise NotExplained(f"{indicator_id} has no figures of {asked.year}. There are figures of {', '.join(years)}.")
    of_year = [one for one in dates if year is None or one["reporting_year"] == year]
    if asked.as_at is None:
        return of_year[-1]
    wanted = asked.as_at.isoformat()
    for one in of_year:
        if one["as_at_date"] == wanted:
            return one
    near = sorted(of_year, key=lambda one: abs(datetime.date.fromisoformat(one["as_at_date"]) - asked.as_at))[:NEAR]  # type: ignore[operator]
    raise NotExplained(
        f"{indicator_id} has no figure as at {wanted}. The nearest dates: "
        f"{', '.join(sorted(str(one['as_at_date']) for one in near))}."
    )


def _unit(looked: _Looked, asked: Asked, key: tuple[str, str], as_at: str) -> Row:
    units = looked.rows(
        "select distinct organisation_unit_level, organisation_unit, organisation_unit_parent from indicator_values "
        "where indicator_id = ? and definition_version = ? and as_at_date = ? "
        "order by organisation_unit_level = 'team', organisation_unit",
        *key,
        as_at,
    )
    wanted = " ".join((asked.unit or "trust").casefold().split())
    found = [one for one in units if str(one["organisation_unit"]).casefold() == wanted]
    if found:
        return found[0]
    if asked.unit is None:
        raise NotExplained(f"{key[0]} has no figure of the whole trust at {as_at}. Name a unit with --unit.")
    names = [str(one["organisation_unit"]) for one in units]
    shown = _near(asked.unit, names) or [
        str(one["organisation_unit"]) for one in units if one["organisation_unit_level"] != "team"
    ]
    if names == ["trust"]:
        raise NotExplained(f"{key[0]} is computed for the whole trust only, because its source knows no directorates.")
    raise NotExplained(f"{key[0]} has no unit {asked.unit!r} at {as_at}. There are: {', '.join(shown)}.")


def _stratum(asked: Asked, strata: Sequence[str]) -> str | None:
    """The stratum that was asked for; everyone where there is such a stratum; None means each of them."""
    if asked.stratum is None:
        return "all" if "all" in strata else None
    wanted = re.sub(r"\s*/\s*", " / ", " ".join(asked.stratum.casefold().split()))
    for one in strata:
        if wanted == one.casefold():
            return one
    shown = _near(wanted, strata) or list(strata)[: 4 * NEAR]
    raise NotExplained(f"There is no stratum {asked.stratum!r} here. There are: {', '.join(shown)}.")


def _near(typed: str, names: Sequence[str]) -> list[str]:
    folded = {one.casefold(): one for one in names}
    wanted = typed.casefold()
    near = [folded[one] for one in folded if wanted in one]
    near += [folded[one] for one in difflib.get_close_matches(wanted, folded, n=NEAR, cutoff=0.5)]
    return list(dict.fromkeys(near))[: 2 * NEAR]


def _figures(looked: _Looked, asked: Asked, definition: Row, place: Row) -> tuple[list[Row], list[Row]]:
    values, comparisons = (_rows_of(looked, table, definition, place) for table in CONFORMED[:2])
    if asked.group is None:
        return values, comparisons
    wanted = "_".join(re.split(r"[\s_-]+", asked.group.strip().casefold()))
    groups = {str(one["group"]) for one in values} | {str(one["group"]) for one in comparisons}
    found = [one for one in groups if one.casefold() in (wanted, asked.group.strip().casefold())]
    if not found:
        raise NotExplained(f"There is no group {asked.group!r} here. There are: {', '.join(sorted(groups))}.")
    chosen = found[0]
    return (
        [one for one in values if one["group"] == chosen],
        [one for one in comparisons if chosen in (one["group"], one["reference_group"])],
    )


def _rows_of(looked: _Looked, table: str, definition: Row, place: Row) -> list[Row]:
    """The figure's rows of one conformed table, in the order of the vocabulary, their group called `group`."""
    is_values = table == "indicator_values"
    return looked.rows(
        f"""
        with figures as (
            select {"*, '' as against" if is_values else '*, minority_group as "group", reference_group as against'}
            from {table}
        )
        select figures.* exclude (against)
        from figures
        left join indicator_vocabulary as words
            on words.conformed_table = '{table}' and words.indicator_id = figures.indicator_id
            and words.measure = figures.measure and words."group" = figures."group"
            and words.reference_group = figures.against and words.stratum = figures.stratum
            and words.organisation_unit_level = figures.organisation_unit_level
        where figures.indicator_id = $indicator_id and figures.definition_version = $definition_version
            and figures.as_at_date = $as_at_date and figures.organisation_unit_level = $organisation_unit_level
            and figures.organisation_unit = $organisation_unit
            and ($stratum is null or figures.stratum = $stratum)
        order by words.stratum_position, figures.stratum, figures.measure, words.group_position, "group", against
        """,
        **{name: definition[name] for name in ("indicator_id", "definition_version")},
        **{name: place[name] for name in ("as_at_date", "organisation_unit_level", "organisation_unit", "stratum")},
    )


def _status(looked: _Looked, definition: Row, place: Row, figures: Sequence[Row]) -> Row | None:
    """Whether the trust's figures of this date are draft, approved or changed, counted, and who signed them last.

    Each of `figures` has its own; in a release from before anything could be signed off all are draft.
    """
    for one in figures:
        one.setdefault("status", "draft")
    if "figure_status" not in looked.tables:
        return None
    rows = looked.rows(
        "select * from figure_status where organisation_code = ? and indicator_id = ? and as_at_date = ?",
        place["organisation_code"],
        definition["indicator_id"],
        place["as_at_date"],
    )
    by_key = {
        (one["stratum"], one["measure"], one["group"], one["reference_group"]): one
        for one in rows
        if one["definition_version"] == definition["definition_version"]
    }
    counts: dict[str, int] = {}
    for one in by_key.values():
        counts[one["status"]] = counts.get(one["status"], 0) + 1
    signed = [one for one in by_key.values() if one["approval_number"] is not None]
    last = max(signed, key=lambda one: int(one["approval_number"])) if signed else None
    return {
        "counts": counts,
        "is_signed_off_at_this_date": bool(by_key),
        "approved_by": last["approved_by"] if last else None,
        "approved_at": last["approved_at"] if last else None,
        "approved_release_id": last["approved_release_id"] if last else None,
        "restated_count": max((int(one["restated_count"]) for one in signed), default=0),
    }


def _left_out(looked: _Looked, definition: Row, place: Row, lineage: Sequence[Row]) -> list[Row]:
    """Whom the figure leaves out, by reason: for its unit, else for the whole trust.

    Where it is made of staff and does not tell itself who is out of scope, `quality_scope` does.
    """
    left: list[Row] = []
    if "indicator_exclusions" in looked.tables:
        rows = looked.rows(
            "select organisation_unit_level, organisation_unit, reason_label as reason, counted, "
            "excluded_count as count "
            "from indicator_exclusions where indicator_id = ? and definition_version = ? and as_at_date = ? "
            "and (organisation_unit_level = 'trust' or (organisation_unit_level = ? and organisation_unit = ?)) "
            "order by excluded_count desc, reason_label",
            definition["indicator_id"],
            definition["definition_version"],
            place["as_at_date"],
            place["organisation_unit_level"],
            place["organisation_unit"],
        )
        of_unit = [one for one in rows if one["organisation_unit"] == place["organisation_unit"]]
        left = [{**one, "told_by": "indicator_exclusions"} for one in of_unit or rows]
    uses_staff = any(one["name"] == "raw.esr_staff_list" for one in lineage)
    if uses_staff and "quality_scope" in looked.tables:
        scope = [
            {"organisation_unit_level": "trust", "organisation_unit": "trust", **one, "told_by": "quality_scope"}
            for one in looked.rows(
                "select reason_label as reason, 'people of the snapshot' as counted, person_count as count "
                "from quality_scope where organisation_code = ? and snapshot_date = ? and reason <> 'in_scope' "
                "order by person_count desc, reason_label",
                place["organisation_code"],
                place["as_at_date"],
            )
        ]
        told = {one["reason"] for one in left if one["counted"] == "people"}
        left += [] if told & {one["reason"] for one in scope} else scope
    return left


def _lineage(looked: _Looked, definition: Row) -> list[Row]:
    """What made the figure, from the files to the conformed tables, each after all that it reads.

    Models are shared: of what feeds other indicators as well, only what holds this one's files is told.
    """
    if "release_models" not in looked.tables:
        return []
    nodes = {str(one["name"]): one for one in looked.rows("select * from release_models")}
    for one in nodes.values():
        one["depends_on"] = json.loads(one["depends_on"] or "[]")
    marts = {name for name in re.split(r"[,;]\s*", str(definition["mart"] or "")) if name in nodes}
    wanted = set().union(*(_above(nodes, mart) | {mart} for mart in marts))
    for mart in marts:
        wanted |= _between(nodes, {mart}) or _between(nodes, {*nodes[mart]["depends_on"]} - set(CONFORMED))
    files = {name for name, one in nodes.items() if one["kind"] == "source" and name not in RECORDS}
    sources = {name: (_above(nodes, name) | {name}) & files for name in wanted}
    needed = _needed(looked, definition, set().union(*(sources[mart] for mart in marts)))
    own = [name for name in _in_order(nodes, wanted) if sources[name] <= needed or sources[name] >= needed]
    return [nodes[name] for name in own if nodes[name]["kind"] in ("model", "source")]


def _between(nodes: Mapping[str, Row], begun: set[str]) -> set[str]:
    """What leads from some nodes to the conformed tables, these included."""
    tables = [table for table in CONFORMED if table in nodes]
    reached = {name for table in tables for name in _above(nodes, table) | {table}}
    return {name for name in reached if _above(nodes, name) & begun}


def _needed(looked: _Looked, definition: Row, reached: set[str]) -> set[str]:
    """The sources that the indicator needs, among those that its marts reach; one that nobody needs counts too."""
    rows = looked.rows("select dataset, needed_by from quality_sources") if "quality_sources" in looked.tables else []
    others = {
        f"raw.{one['dataset']}"
        for one in rows
        if one["needed_by"] and definition["indicator_id"] not in str(one["needed_by"]).split(", ")
    }
    return reached - others


def _above(nodes: Mapping[str, Row], name: str) -> set[str]:
    """Everything that a node reads, and what that reads."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for one in nodes[waiting.pop()]["depends_on"]:
            if one in nodes and one not in found:
                found.add(one)
                waiting.append(one)
    return found


def _in_order(nodes: Mapping[str, Row], wanted: set[str]) -> list[str]:
    """Each name after all that it reads; ties by name."""
    done: dict[str, None] = {}

    def place(name: str) -> None:
        for one in sorted(nodes[name]["depends_on"]):
            if one in wanted and one not in done:
                place(one)
        done[name] = None

    for name in sorted(wanted):
        if name not in done:
            place(name)
    return list(done)


def _inputs(
    looked: _Looked, definition: Row, place: Row, comparisons: Sequence[Row], lineage: Sequence[Row]
) -> list[Row]:
    """The files of the figure's own date and period, and of the year before where a comparison looks back."""
    datasets = {str(one["name"]).removeprefix("raw.") for one in lineage if one["kind"] == "source"}
    as_at = datetime.date.fromisoformat(str(place["as_at_date"]))
    years = int(definition["rolling_years"] or 1) if str(definition["period_rule"]).startswith("Year to") else 0
    earlier = {one["previous_as_at_date"] for one in comparisons if one["previous_as_at_date"]}
    found = []
    for one in looked.rows("select * from release_inputs order by dataset, as_at_date"):
        if one["dataset"] not in datasets:
            continue
        date = datetime.date.fromisoformat(str(one["as_at_date"]))
        if date == as_at:
            used = "the figure"
        elif _is_within(date, as_at, years):
            used = "its period"
        elif any(_is_within(date, datetime.date.fromisoformat(str(day)), years) for day in earlier):
            used = "the year before"
        else:
            continue
        names = ("dataset", "as_at_date", "file_name", "sha256", "rows_loaded", "rows_rejected", "load_id", "version")
        found.append({"used_for": used, **{name: one[name] for name in names}})
    return found


def _is_within(date: datetime.date, as_at: datetime.date, years: int) -> bool:
    """Whether a file's date is the figure's own, or within so many years up to it."""
    before = as_at.replace(year=as_at.year - years, day=28 if (as_at.month, as_at.day) == (2, 29) else as_at.day)
    return date == as_at or before < date < as_at


def _reasons(values: Sequence[Row], comparisons: Sequence[Row]) -> str | None:
    """Why nothing of it could be computed, where nothing could."""
    rows = [*values, *comparisons]
    if any(one["value"] is not None or one.get("value_text") for one in rows):
        return None
    reasons = dict.fromkeys(str(one["not_computed_because"]) for one in rows if one["not_computed_because"])
    return " ".join(reasons) or "The release has no row of it."
