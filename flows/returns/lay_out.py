"""Lay out: the rows, columns and checks of a national return as the seeds have them for a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.report import ReportBroken
from flows.report.read import seed
from flows.returns.work_out import Frame

SeedRow = Mapping[str, str]

TITLES = {
    "wres": "Workforce Race Equality Standard",
    "wdes": "Workforce Disability Equality Standard",
}


@dataclass(frozen=True)
class Layout:
    """One return as its template of one year has it: `rows` with an item number first come as they stand in it."""

    name: str
    template_year: str
    rows: Sequence[SeedRow]
    columns: Sequence[SeedRow]
    checks: Sequence[SeedRow]

    @property
    def asked(self) -> list[SeedRow]:
        """The rows of the return itself."""
        return [row for row in self.rows if row["sheet"] == "return"]

    @property
    def left_out(self) -> list[SeedRow]:
        """Rows of people whom no row of the return holds."""
        return [row for row in self.rows if row["sheet"] == "left_out"]

    @property
    def groups(self) -> list[str]:
        """The groups that a year has a column for, in the order of the columns."""
        return list(dict.fromkeys(column["group"] for column in self.columns if column["role"] == "figure"))

    @property
    def frame(self) -> Frame:
        """What a formula of the return may name."""
        return Frame([row["item"] for row in self.asked], self.groups)

    @property
    def years(self) -> list[str]:
        """`previous` and `current`, in the order of the columns."""
        return list(dict.fromkeys(column["year"] for column in self.columns if column["role"] == "figure"))

    @property
    def uncertain(self) -> list[SeedRow]:
        """The rows of the return that are remembered and not read from a template."""
        return [row for row in self.asked if row["confidence"].startswith("R")]


def lay_out(name: str, year: int) -> Layout:
    """The layout of a return for the year of its snapshot: the newest template that is not of a later year.

    Raises ReportBroken where the seeds have no such return, or say of it what cannot be laid out.
    """
    known = sorted({row["template_year"] for row in seed("returns/return_layouts") if row["return"] == name})
    if not known:
        raise ReportBroken(f"seeds/returns/return_layouts.csv has no row of {name}. Put its template back.")
    chosen = max((one for one in known if int(one) <= year), default=known[0])
    layout = Layout(
        name,
        chosen,
        _of_template("return_layouts", name, chosen),
        _of_template("return_columns", name, chosen),
        _of_template("return_checks", name, chosen),
    )
    _refuse_wrong(layout)
    return layout


def _refuse_wrong(layout: Layout) -> None:
    items = [row["item"] for row in layout.asked]
    twice = sorted({item for item in items if items.count(item) > 1})
    roles = {column["role"] for column in layout.columns}
    for is_wrong, what in (
        (twice, f"return_layouts.csv has item {twice[0] if twice else ''} twice"),
        (not {"label", "figure"} <= roles, "return_columns.csv has no column for labels, or none for figures"),
        (
            not set(layout.years) <= {"previous", "current"},
            "return_columns.csv has a year that is not previous or current",
        ),
        (
            {check["relation"] for check in layout.checks} - {"=", "<="},
            "return_checks.csv has a relation that is not = or <=",
        ),
    ):
        if is_wrong:
            template = f"template {layout.template_year} of {layout.name}"
            raise ReportBroken(f"The {template} cannot be laid out: seeds/returns/{what}. Correct it.")


def _of_template(table: str, name: str, year: str) -> list[SeedRow]:
    found = [row for row in seed(f"returns/{table}") if (row["return"], row["template_year"]) == (name, year)]
    return sorted(found, key=lambda row: int(row["position"]))
