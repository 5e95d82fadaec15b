"""Describe every indicator on a page of dbt's documentation, drawn from the seeds of the catalogue.

The pages are dbt exposures, so that each stands beside the lineage of the marts that make it. They are written to
`models/indicator_pages.yml` by `make pages`; a build whose catalogue says otherwise does not start, so that text and
computation cannot part.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from flows.configure import PROJECT

PAGES = Path("models/indicator_pages.yml")
CATALOGUE = Path("seeds/catalogue")
HEADING = "# Made by `make pages` from seeds/catalogue. Change the seeds, not this file.\n"
CONFORMED = ("indicator_values", "indicator_comparisons", "indicator_exclusions")
FACTS = {
    "Population": "population",
    "Left out": "exclusions",
    "Numerator": "numerator",
    "Denominator": "denominator",
    "Compared": "ratio_direction",
    "Better when": "better_when",
    "Period": "period_rule",
    "Rolling years": "rolling_years",
    "Source data": "source_data",
    "Mart": "mart",
    "Small numbers": "small_number_rule",
    "Guidance": "guidance_reference",
    "Reading": "source",
    "Not computed because": "not_computed_because",
}
SECTIONS = {
    "Figures": ("indicator_groups", {"Measure": "measure", "Group": "group_key", "In words": "group_label"}),
    "Comparisons": (
        "indicator_comparison_groups",
        {
            "Measure": "measure",
            "Group": "minority_group",
            "Against": "reference_group",
            "Made by": "comparison_form",
            "Better when": "better_when",
        },
    ),
    "Cut by": (
        "indicator_cuts",
        {
            "Table": "conformed_table",
            "Measure": "measure",
            "Unit": "organisation_unit_level",
            "Stratum": "stratum_dimension",
        },
    ),
}
"""The tables of a page: the seed that each is drawn from, and its columns by heading."""

Row = Mapping[str, str]


class StalePages(Exception):
    """The pages of the indicators do not say what the catalogue says."""


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as they read."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text in block style where it has lines, plain else."""
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)

    def ignore_aliases(self, data: object) -> bool:
        """Lists that are alike are written out each time."""
        return True


_Blocks.add_representer(str, _Blocks.represent_str)


def indicator_pages(project: Path = PROJECT) -> str:
    """The YAML of one exposure per indicator of the catalogue, in the order of the catalogue."""
    definitions = _rows(project, "indicator_definitions")
    pages = [_page(project, versions) for versions in _by_indicator(definitions)]
    return HEADING + yaml.dump({"version": 2, "exposures": pages}, Dumper=_Blocks, sort_keys=False, width=10_000)


def write_pages(project: Path = PROJECT) -> Path:
    """Write the pages where dbt reads them; returns the file."""
    path = project / PAGES
    path.write_text(indicator_pages(project), encoding="utf-8")
    return path


def refuse_stale_pages(project: Path = PROJECT) -> None:
    """Raise StalePages where the pages differ from what the catalogue says now."""
    path = project / PAGES
    if not path.exists() or path.read_text(encoding="utf-8") != indicator_pages(project):
        raise StalePages(
            f"{PAGES} does not say what {CATALOGUE} says: a definition was changed and its page was not. "
            "Run `make pages`, look at the difference, and build again."
        )


def _page(project: Path, versions: list[Row]) -> dict[str, object]:
    current = next(one for one in versions if one["is_current_definition"] == "true")
    indicator = current["indicator_id"]
    return {
        "name": indicator,
        "label": f"{current['framework']} {current['number']}: {current['title']}",
        "type": "analysis",
        "maturity": "high" if current["is_computed"] == "true" else "low",
        "owner": {"name": "The trust's EDI team"},
        "depends_on": [f"ref('{model}')" for model in _models(versions)],
        "description": "\n\n".join(_sections(project, indicator, current, versions)) + "\n",
    }


def _models(versions: list[Row]) -> list[str]:
    computed = [one for one in versions if one["is_computed"] == "true"]
    marts = {mart.strip() for one in computed for mart in one["mart"].split(";") if mart.strip()}
    return [*sorted(marts), *CONFORMED] if computed else []


def _sections(project: Path, indicator: str, current: Row, versions: list[Row]) -> Iterable[str]:
    yield current["definition"]
    yield _table(("", ""), [(fact, current[column]) for fact, column in FACTS.items() if current[column]])
    for heading, (seed, columns) in SECTIONS.items():
        rows = [row for row in _rows(project, seed) if row["indicator_id"] == indicator]
        if rows:
            yield f"#### {heading}\n\n{_table(columns, [[row[name] for name in columns.values()] for row in rows])}"
    yield "#### Versions of the definition\n\n" + _table(
        ("Version", "Current", "Computed", "Rolling years", "Definition"),
        [
            (
                one["definition_version"],
                "yes" if one["is_current_definition"] == "true" else "no",
                "yes" if one["is_computed"] == "true" else "no",
                one["rolling_years"],
                one["definition"],
            )
            for one in versions
        ],
    )


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(headings), *[list(row) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _by_indicator(definitions: list[Row]) -> list[list[Row]]:
    versions: dict[str, list[Row]] = {}
    for row in sorted(definitions, key=lambda one: (int(one["position"]), one["indicator_id"])):
        versions.setdefault(row["indicator_id"], []).append(row)
    return [sorted(rows, key=lambda one: one["definition_version"]) for rows in versions.values()]


def _rows(project: Path, seed: str) -> list[Row]:
    path = CATALOGUE / f"{seed}.csv"
    with (project / path).open(encoding="utf-8", newline="") as handle:
        columns, *lines = list(csv.reader(handle))
    for number, values in enumerate(lines, start=2):
        if len(values) != len(columns):
            raise StalePages(
                f"Row {number} of {path} has {len(values)} values for {len(columns)} columns. Put a text with a comma "
                "in quotes."
            )
    return [dict(zip(columns, values, strict=True)) for values in lines]


if __name__ == "__main__":
    print(write_pages().relative_to(PROJECT))
