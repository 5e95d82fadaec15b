"""Set out: rows of the conformed tables as tables of a page, with bases and intervals. Columns that say nothing go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flows.report.compose import Cell, Column, Figure, Table, Tag
from flows.report.gather import Known
from flows.report.read import Row, seed
from flows.report.show import day, direction, figure, measure_label
from flows.report.word import parity_of

Told = tuple[str, bool, Callable[[Row], Cell]]
"""A column: its heading, whether it holds numbers, and what a row has in it."""

SAYS_NOTHING = ("[z]", "[x]")

MOST_GROUPS_BESIDE = 8
"""More groups than these do not stand beside each other in one table."""

MOST_WITH_COUNTS = 4
"""Of more groups than these the values alone stand beside each other."""


def set_out(name: str, caption: str, rows: Sequence[Row], columns: Sequence[Told], notes: Sequence[str] = ()) -> Table:
    """A table of rows; a column in which no row has anything is left out."""
    cells = [[tell(row) for _, _, tell in columns] for row in rows]
    kept = [at for at in range(len(columns)) if at == 0 or any(_says(line[at]) for line in cells)]
    if not any(columns[at][1] for at in kept):
        kept = [*range(len(columns))]  # nothing could be computed: each cell says so
    headings = [Column(columns[at][0], columns[at][1]) for at in kept]
    return Table(name, caption, headings, [[line[at] for at in kept] for line in cells], notes)


def _says(cell: Cell) -> bool:
    if isinstance(cell, Tag):
        return cell.tone != "unknown"
    return cell.text not in SAYS_NOTHING if isinstance(cell, Figure) else cell != ""


def number(heading: str, column: str) -> Told:
    """A column of numbers of the conformed tables."""
    return heading, True, lambda row: figure(row, column)


def value_columns(heading: str = "Value") -> list[Told]:
    """How many were counted, out of how many, the value and its interval."""
    return [number("Counted", "numerator"), number("Out of", "denominator"), number(heading, "value"), *interval()]


def interval() -> list[Told]:
    """The two ends of an interval."""
    return [number("95% interval from", "ci_low"), number("95% interval to", "ci_high")]


def comparison_columns(known: Known, rows: Sequence[Row], heading: str) -> list[Told]:
    """Both groups' bases, the value with its interval, a year earlier, and both directions."""
    bases = _bases(known, rows)
    changes: list[Told] = [
        number("A year earlier", "previous_value"),
        ("By the trust’s rule", False, lambda row: direction(row["direction_by_threshold"])),
        ("Told from chance?", False, lambda row: direction(row["direction_tested"], "tested_words")),
    ]
    if not any(row["previous_value"] is not None for row in rows):
        changes = []
    return [*bases, number(heading, "value"), *interval(), *_differences(known, rows), *changes]


def _differences(known: Known, rows: Sequence[Row]) -> list[Told]:
    """Beside the share of a group its difference from the other's, where the release has it."""
    place = ("as_at_date", "organisation_unit_level", "organisation_unit", "stratum", "minority_group")
    found = {tuple(row[name] for name in place): row for row in known.comparisons if row["measure"] == "difference"}

    def tell(row: Row) -> Cell:
        one = found.get(tuple(row[name] for name in place))
        return figure(one) if one else ""

    compared = [
        one["value_measure"] for one in seed("report/finding_measures") if one["comparison_measure"] == "difference"
    ]
    if len({row["measure"] for row in rows}) != 1 or rows[0]["measure"] not in compared:
        return []
    return [(f"Difference from {_small(known.names.group(rows[0]['reference_group']))}", True, tell)]


def _small(label: str) -> str:
    return "workforce" if label == "Workforce" else label


def _bases(known: Known, rows: Sequence[Row]) -> list[Told]:
    """Of one pair of groups the bases go by their names; of several they do not fit into headings."""
    minorities = {row["minority_group"] for row in rows}
    references = {row["reference_group"] for row in rows}
    minority = known.names.group(*minorities) if len(minorities) == 1 else "The group"
    reference = known.names.group(*references) if len(references) == 1 else "Compared with"
    columns = [
        number(f"{minority}: counted", "minority_numerator"),
        number(f"{minority}: out of", "minority_denominator"),
    ]
    if any(_is_of_two(row) and parity_of(row) is not None for row in rows):
        columns += [
            number(f"{reference}: counted", "reference_numerator"),
            number(f"{reference}: out of", "reference_denominator"),
        ]
    return columns


def _is_of_two(row: Row) -> bool:
    names = ("numerator", "denominator")
    return any(row[f"minority_{name}"] != row[f"reference_{name}"] for name in names)


def dated(known: Known) -> list[Told]:
    """The date heads a row of history."""
    return [("Date", False, lambda row: day(row["as_at_date"])), ("Year", False, lambda row: row["reporting_year"])]


def group_of(known: Known) -> Told:
    """The group heads its row."""
    return "Group", False, lambda row: known.names.group(str(row.get("minority_group") or row.get("group")))


def reference_of(known: Known) -> Told:
    """With which group it is compared."""
    return "Compared with", False, lambda row: known.names.group(row["reference_group"])


def measure_of(table: str) -> Told:
    """What is measured."""
    return "Measure", False, lambda row: measure_label(table, row["measure"])


def stratum_of(known: Known, heading: str) -> Told:
    """The stratum heads its row."""
    return heading, False, lambda row: known.names.stratum(row["stratum"])


def beside(  # noqa: PLR0917  what a table of groups beside each other is made of
    known: Known, name: str, caption: str, rows: Sequence[Row], head: Sequence[Told], by: str
) -> Table:
    """Values with the groups beside each other: a line for each `by` (a column of the rows), in their order."""
    groups = sorted({row["group"] for row in rows}, key=known.names.group_place)
    lines: dict[object, dict[str, Row]] = {}
    for row in rows:
        lines.setdefault(row[by], {})[row["group"]] = row
    has_one_base = all(len({row["denominator"] for row in line.values()}) == 1 for line in lines.values())
    columns: list[Told] = list(head)
    for group in groups:
        label = known.names.group(group)
        if len(groups) <= MOST_WITH_COUNTS:
            columns.append((f"{label}: counted", True, _of(lines, by, group, "numerator")))
        if len(groups) <= MOST_WITH_COUNTS and not has_one_base:
            columns.append((f"{label}: out of", True, _of(lines, by, group, "denominator")))
        columns.append((label, True, _of(lines, by, group, "value")))
    if has_one_base:
        columns.append(("Out of", True, lambda row: figure(row, "denominator")))
    firsts = [next(iter(line.values())) for line in lines.values()]
    return set_out(name, caption, firsts, columns)


def _of(lines: dict[object, dict[str, Row]], by: str, group: str, column: str) -> Callable[[Row], Cell]:
    def tell(row: Row) -> Cell:
        found = lines[row[by]].get(group)
        return figure(found, column) if found else ""

    return tell
