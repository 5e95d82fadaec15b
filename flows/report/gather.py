"""Gather: all that is known of one indicator in an edition, in two questions, and the one figure that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from flows.report.read import Figures, Row, seed
from flows.report.show import indicator_number
from flows.report.word import Sentence, finding, listing, missing

CATALOGUE = """
select * from indicator_catalogue
order by framework, position, is_current_definition desc, definition_version
"""

NAMES = """
select distinct
    conformed_table, indicator_id, measure, stratum, stratum_label, stratum_dimension, stratum_position,
    "group", group_label, group_position
from indicator_vocabulary
where organisation_unit_level = 'trust'
"""

ROWS = """
with told as (select unnest($ids) as indicator_id, unnest($strata) as lead_stratum),
newest as (
    select indicator_id, max(as_at_date) as latest from shown_{table}
    where organisation_unit_level = 'trust' group by indicator_id
)
select figures.* from shown_{table} as figures
inner join told on told.indicator_id = figures.indicator_id
inner join newest on newest.indicator_id = figures.indicator_id
where (organisation_unit_level = 'trust' and (stratum = lead_stratum or as_at_date = latest))
    or (organisation_unit_level in ('directorate', $level) and stratum = lead_stratum and as_at_date = latest)
order by as_at_date, organisation_unit_level, lower(organisation_unit), organisation_unit
"""

TABLES = {"indicator_values": "values", "indicator_comparisons": "comparisons"}


@dataclass(frozen=True)
class Lead:
    """The figure that tells an indicator: one of a kind, the largest of a list, or the ends of a range."""

    kind: str
    table: str
    measure: str
    stratum: str
    group: str
    reference: str
    when_missing: str


@dataclass(frozen=True)
class Names:
    """What the strata and groups of one indicator are called, and their order."""

    strata: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    measures: Sequence[str] = ()

    def stratum(self, stratum: str) -> str:
        """Its label."""
        return self.strata.get(stratum, (stratum, "", 0))[0]

    def dimension(self, stratum: str) -> str:
        """By what it divides people: `band`, `pay_quarter`."""
        return self.strata.get(stratum, (stratum, "", 0))[1]

    def stratum_place(self, stratum: str) -> tuple[int, str]:
        """Where it stands in its dimension."""
        return self.strata.get(stratum, (stratum, "", 0))[2], stratum

    def group(self, group: str) -> str:
        """Its label."""
        return self.groups.get(group, (group.replace("_", " ").capitalize(), 0))[0]

    def group_place(self, group: str) -> tuple[int, str]:
        """Where it stands among the groups."""
        return self.groups.get(group, (group, 999))[1], group


@dataclass(frozen=True)
class Known:
    """All that is known of one indicator: its definition, its lead, its rows at the trust, and at its units."""

    definition: Row
    versions: Sequence[Row]
    lead: Lead
    names: Names
    values: Sequence[Row]
    comparisons: Sequence[Row]

    @property
    def id(self) -> str:
        """Its id in the conformed tables."""
        return str(self.definition["indicator_id"])

    @property
    def title(self) -> str:
        """`WRES 2: Appointment from shortlisting`, `WDES 4a(i): Harassment, bullying or abuse from the public`."""
        number = indicator_number(self.definition["number"])
        framework = str(self.definition["framework"])
        return f"{framework} {number}: {self.definition['title']}" if number[:1].isdigit() else self.definition["title"]

    def rows(self, table: str) -> Sequence[Row]:
        """The rows of one conformed table."""
        return self.values if table == "indicator_values" else self.comparisons

    def told(self) -> list[Row]:
        """The rows of the lead at the trust, oldest first; of a list or range every group of every date."""
        return [row for row in at_trust(self.rows(self.lead.table)) if self.is_lead(row)]

    def is_lead(self, row: Row) -> bool:
        """Whether a row is the lead's, whatever its date and unit."""
        same = row["measure"] == self.lead.measure and row["stratum"] == self.lead.stratum
        group = row.get("minority_group") or row.get("group")
        reference = row.get("reference_group", "")
        return same and self.lead.group in ("", group) and (self.lead.reference in ("", reference) or not reference)

    def latest(self) -> list[Row]:
        """The rows of the lead at its newest date: one, or every group of a list or range."""
        told = self.told()
        return [row for row in told if row["as_at_date"] == told[-1]["as_at_date"]]

    def beside(self, row: Row) -> list[Row]:
        """The values of the groups at the same time and place as a row."""
        place = ("as_at_date", "organisation_unit_level", "organisation_unit", "stratum")
        return [one for one in self.values if all(one[name] == row[name] for name in place)]


def gather(figures: Figures, with_teams: bool) -> list[Known]:
    """Every current indicator of the catalogue with its rows, in the order of the catalogue."""
    catalogue = figures.rows(CATALOGUE)
    current = [row for row in catalogue if row["is_current_definition"]]
    names = _names(figures)
    leads = {row["indicator_id"]: lead_of(row, names.get(row["indicator_id"], Names())) for row in current}
    values, comparisons = (_rows(figures, view, leads, with_teams) for view in TABLES.values())
    return [
        Known(
            row,
            [one for one in catalogue if one["indicator_id"] == row["indicator_id"]],
            leads[row["indicator_id"]],
            names.get(row["indicator_id"], Names()),
            values.get(row["indicator_id"], []),
            comparisons.get(row["indicator_id"], []),
        )
        for row in current
    ]


def _rows(figures: Figures, view: str, leads: Mapping[str, Lead], with_teams: bool) -> dict[str, list[Row]]:
    """The rows of one conformed table by indicator: of the lead's stratum at every date, of others at the newest."""
    strata = [lead.stratum for lead in leads.values()]
    level = "team" if with_teams else "directorate"
    found: dict[str, list[Row]] = {}
    for row in figures.rows(ROWS.format(table=view), ids=[*leads], strata=strata, level=level):
        found.setdefault(row["indicator_id"], []).append(row)
    return found


def _names(figures: Figures) -> dict[str, Names]:
    found: dict[str, list[Row]] = {}
    for row in figures.rows(NAMES):
        found.setdefault(row["indicator_id"], []).append(row)
    return {
        indicator_id: Names(
            {row["stratum"]: (row["stratum_label"], row["stratum_dimension"], row["stratum_position"]) for row in rows},
            {row["group"]: (row["group_label"], row["group_position"]) for row in rows},
        )
        for indicator_id, rows in found.items()
    }


def lead_of(definition: Row, names: Names) -> Lead:
    """The figure that tells an indicator: its headline where it has one, else by the rule of its family."""
    for one in seed("report/headline_figures"):
        if one["indicator_id"] == definition["indicator_id"]:
            place = (one["conformed_table"], one["measure"], one["stratum"], one["group"], one["reference_group"])
            return Lead("one", *place, one["when_missing"])
    for one in seed("report/finding_leads"):
        if any(fnmatchcase(definition["indicator_id"], name) for name in one["indicators"].split(";")):
            return _lead_by_rule(one, definition, names)
    return Lead("one", "indicator_values", "", "all", "", "", "no figure of it has been computed yet")


def _lead_by_rule(one: Mapping[str, str], definition: Row, names: Names) -> Lead:
    stratum = one["stratum"]
    if stratum == "*":
        stratum = min(names.strata, key=names.stratum_place, default="all")
    is_one = one["kind"] == "one"
    group = one["group"] or (str(definition["minority_group"] or "") if is_one else "")
    reference = one["reference_group"] or (str(definition["reference_group"] or "") if is_one else "")
    why = "Its data have not been loaded, or none of it may be shown here"
    return Lead(one["kind"], one["conformed_table"], one["measure"], stratum, group, reference, why)


def at_trust(rows: Iterable[Row]) -> list[Row]:
    """The rows of the whole trust."""
    return [row for row in rows if row["organisation_unit_level"] == "trust"]


def told(known: Known, row: Row | None = None) -> Sentence:
    """The finding of an indicator as a sentence: of its lead at the trust, or of one row of a directorate or team."""
    if not known.definition["is_computed"]:
        return ("This indicator is not computed. ", str(known.definition["not_computed_because"] or ""))
    latest = known.latest() if known.told() else []
    if row is None and not latest:
        return missing(known.lead.when_missing)
    named = _said_of(known, row or latest[0])
    if row is None and known.lead.kind != "one":
        groups = {name: label for name, (label, _) in known.names.groups.items()}
        ordered = sorted(latest, key=lambda one: known.names.group_place(one.get("minority_group") or one["group"]))
        return listing(ordered, groups, known.lead.kind, named)
    one = row or latest[-1]
    return finding(one, named, known.beside(one))


def _said_of(known: Known, row: Row) -> dict[str, str]:
    named = {"title": str(known.definition["title"])}
    if row["stratum"] != "all":
        named["stratum"] = known.names.stratum(row["stratum"])
    ratings = [one["value_text"] for one in known.beside(row) if one["measure"] == "rating" and one["value_text"]]
    return named | ({"rating": ratings[0]} if ratings else {})


def value_measure(known: Known, comparison: str) -> str:
    """The measure of `indicator_values` of which a comparison is made."""
    there = {row["measure"] for row in known.values}
    pairs = [one["value_measure"] for one in seed("report/finding_measures") if one["comparison_measure"] == comparison]
    return next((one for one in [comparison, *pairs] if one in there), "")
