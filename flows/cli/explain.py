"""The command that tells how a figure came about: explain."""

from __future__ import annotations

import datetime
import json
import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import click

from flows.cli.choose import Chosen, chosen

if TYPE_CHECKING:
    from flows.explain import Row

WIDEST = 100
"""Text is wrapped at so many characters, or at the terminal's width where that is less."""
LABEL = 15
"""Room for what stands before a text, in characters."""


@click.command(short_help="Tell how a figure came about.")
@click.argument("indicator")
@click.option("--year", help="The year to 31 March, as 2024/25. Default: the latest.")
@click.option("--unit", help="A directorate or team. Default: the whole trust.")
@click.option("--stratum", help="A part of the unit, such as 'clinical / band_5'. Default: everyone.")
@click.option("--group", help="One group, such as ethnic_minority. Default: every group.")
@click.option("--as-at", type=click.DateTime(["%Y-%m-%d"]), help="A date. Default: the latest of the year.")
@click.option("--version", help="A version of the definition. Default: the current one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def explain(
    chose: Chosen, /, indicator: str, as_at: datetime.datetime | None, *, as_json: bool, **chosen_by: str | None
) -> None:
    """Tell how a figure came about, from the current release alone.

    It says what the indicator means and by which definition, whom it counts and whom it leaves out, numerator and
    denominator, how sure it is, what it is compared with, whether it is signed off, from which files it was made,
    and by which models. INDICATOR is an id of the catalogue.

    \b
    Examples:  parity explain wres_2 --year 2024/25
               parity explain wres_1 --unit "Ambulance Operations North" --stratum "clinical / band_5"
               parity explain pay_gap_gender --json
    """
    from flows.explain import Asked
    from flows.explain import explain as look

    asked = Asked(indicator, as_at=as_at.date() if as_at else None, **chosen_by)
    told = look(chose.home, asked)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _tell(told)


def _tell(told: Row) -> None:
    _tell_definition(told["definition"])
    if told["figure"] is None:
        _head("No figure")
        _text("", told["not_computed_because"])
    else:
        _tell_figures(told)
        _tell_comparisons(told["comparisons"], {str(one["measure"]) for one in told["values"]})
        _tell_left_out(told)
        _tell_inputs(told["inputs"])
        _tell_models(told["models"])
    release = told["release"]
    click.echo(f"\nRelease {release['release_id']}, published {release['published_at']}")


def _tell_definition(definition: Row) -> None:
    number = definition["number"]
    is_named = number and definition["title"] != number and not str(number).startswith(str(definition["framework"]))
    named = f"{definition['framework']} {number}: " if is_named else ""
    click.secho(f"{named}{definition['title']}", bold=True)
    current = "current" if definition["is_current_definition"] else "not the current one"
    others = f"; there is also {', '.join(definition['other_versions'])}" if definition["other_versions"] else ""
    _text("definition", definition["definition"])
    _text("version", f"{definition['definition_version']} ({current}{others})")
    for label, name in (
        ("population", "population"),
        ("left out", "exclusions"),
        ("numerator", "numerator"),
        ("denominator", "denominator"),
        ("compared", "ratio_direction"),
        ("period", "period_rule"),
        ("guidance", "guidance_reference"),
        ("reading", "source"),
    ):
        _text(label, definition[name])


def _tell_figures(told: Row) -> None:
    figure = told["figure"]
    where = "the whole trust" if figure["organisation_unit"] == "trust" else figure["organisation_unit"]
    stratum = "" if figure["stratum"] in ("all", None) else f", {figure['stratum']}"
    _head(f"{figure['organisation_code']}, {where}{stratum}, at {figure['as_at_date']} ({figure['reporting_year']})")
    if told["not_computed_because"]:
        _text("", f"Not computed: {told['not_computed_because']}")
    many = figure["stratum"] is None
    columns = ["measure", "group", "numerator", "denominator", "value", "95 % interval", "status"]
    rows = [_value_row(one) for one in told["values"]]
    if many:
        columns = ["stratum", *columns]
        rows = [[str(one["stratum"]), *row] for one, row in zip(told["values"], rows, strict=True)]
    _table(columns, rows)
    for one in dict.fromkeys(str(one["not_computed_because"]) for one in told["values"] if one["not_computed_because"]):
        if one != told["not_computed_because"]:
            _text("", f"Where there is no value: {one}")
    for method in dict.fromkeys(str(one["method"]) for one in told["values"] if one["method"]):
        _text("method", method)
    _text("status", _status(told["status"], figure))
    if len(figure["strata"]) > 1 and figure["stratum"] == "all":
        _text(
            "also by", f"{len(figure['strata']) - 1} strata with --stratum, such as {', '.join(figure['strata'][1:4])}"
        )


def _value_row(one: Row) -> list[str]:
    counts = [_count(one["numerator"]), _count(one["denominator"])]
    return [one["measure"], one["group"], *counts, _value(one), _interval(one), _words(one["status"])]


def _status(status: Row | None, figure: Row) -> str | None:
    if status is None:
        return None
    if not status["is_signed_off_at_this_date"]:
        return (
            "not to be signed off: only the figures of a year are, at its end (31 March, or the survey's 31 December), "
            "by the current definition"
        )
    counts = status["counts"]
    said = ", ".join(f"{count:,} {_words(name)}" for name, count in sorted(counts.items()))
    whose = "" if figure["organisation_unit_level"] == "trust" else "of the whole trust: "
    by = f"; last signed off by {status['approved_by']} at {status['approved_at']}" if status["approved_by"] else ""
    times = status["restated_count"]
    restated = f", restated {times} time{'' if times == 1 else 's'}" if times else ""
    return f"{whose}{said} of this indicator and date{by}{restated}"


def _tell_comparisons(comparisons: Sequence[Row], value_measures: Collection[str]) -> None:
    """Each comparison with what is sure of it. One that has a value's own measure is that value beside its past."""
    if not comparisons:
        return
    _head("Compared")
    for one in comparisons:
        is_year_on_year = one["measure"] in value_measures
        stratum = "" if one["stratum"] == "all" else f" ({one['stratum']})"
        against = "year on year" if is_year_on_year else f"against {_words(one['reference_group'])}"
        said = f"{_words(one['measure'])}, {_words(one['group'])} {against}{stratum}: {_value(one) or 'no value'}"
        _text("", said)
        for line in _comparison_lines(one, is_year_on_year):
            _text("", line, indent=4)
    for method in dict.fromkeys(str(one["method"]) for one in comparisons if one["value"] is not None):
        _text("method", method)


def _comparison_lines(one: Row, is_year_on_year: bool) -> list[str]:
    if one["value"] is None:
        return [str(one["not_computed_because"])]
    lines = [_counts(one, is_year_on_year)]
    if one["ci_low"] is not None:
        lines.append(f"95 % interval {_interval(one)}")
    if one["p_value"] is not None:
        adjusted = one["p_value_adjusted"]
        many = f", {adjusted:.2g} corrected for many comparisons" if adjusted is not None else ""
        lines.append(f"p value {one['p_value']:.2g}{many}")
    if one["within_four_fifths"] is not None:
        lines.append(f"{'within' if one['within_four_fifths'] else 'outside'} the four-fifths rule")
    if one["zero_cell_adjusted"]:
        lines.append("a count is zero: 0.5 was added to each count for the interval only")
    if one["previous_value"] is not None:
        before = _value({**one, "value": one["previous_value"]})
        lines.append(f"one year earlier, at {one['previous_as_at_date']}: {before}")
    return [line for line in [*lines, *_directions(one)] if line]


def _counts(one: Row, is_year_on_year: bool) -> str:
    pairs = (("minority_numerator", "minority_denominator"), ("reference_numerator", "reference_denominator"))
    said = [
        f"{_count(one[numerator])} of {_count(one[denominator])}"
        for numerator, denominator in pairs
        if one[numerator] is not None and one[denominator] is not None
    ]
    return " beside ".join(said[:1] if is_year_on_year else said)


def _directions(one: Row) -> list[str]:
    """What the trust's own rule says of the change, what a test says, and what to make of it where they disagree."""
    by_rule, by_test = one["direction_by_threshold"], one["direction_tested"]
    if one["previous_value"] is None or (by_rule == "not_comparable" and by_test == "not_comparable"):
        return []
    said = [f"by the trust's own rule: {_words(by_rule)}; by a test at 95 %: {_words(by_test)}"]
    if by_test == "no_clear_change" and by_rule in ("improved", "worsened"):
        said.append(f"The rule says {by_rule}, and the numbers cannot tell that from chance.")
    elif by_rule == "no_clear_change" and by_test in ("improved", "worsened"):
        said.append(f"The change is too small for the trust's own rule, and larger than chance: {by_test}.")
    return said


def _tell_left_out(told: Row) -> None:
    rows = [one for one in told["left_out"] if one["count"]]
    if not told["left_out"]:
        return
    _head("Left out")
    if not rows:
        _text("", "Nobody and nothing was left out.")
        return
    _table(
        ["reason", "what", "count", "of"],
        [[one["reason"], one["counted"], f"{one['count']:,}", one["organisation_unit"]] for one in rows],
    )


def _tell_inputs(inputs: Sequence[Row]) -> None:
    if not inputs:
        return
    _head("Files")
    _table(
        ["file", "as at", "rows", "rejected", "SHA-256", "for"],
        [
            [
                one["file_name"],
                one["as_at_date"],
                f"{one['rows_loaded']:,}",
                f"{one['rows_rejected']:,}",
                str(one["sha256"])[:16] if sys.stdout.isatty() else one["sha256"],
                one["used_for"],
            ]
            for one in inputs
        ],
    )


def _tell_models(models: Sequence[Row]) -> None:
    if not models:
        return
    _head("Made by, in this order")
    for number, one in enumerate(models, start=1):
        click.echo(f"  {number:>2}. {one['path']}")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from flows.cli.show import draw

    draw(columns, rows, indent=2)


def _head(said: str) -> None:
    click.echo()
    click.secho(said, bold=True)


def _text(label: str, said: Any, indent: int = 2) -> None:
    """One text behind its label, wrapped; nothing where there is no text."""
    if said in (None, ""):
        return
    width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else WIDEST
    room = " " * indent + (f"{label:<{LABEL}}" if label else "")
    rest = " " * len(room)
    click.echo("\n".join(textwrap.wrap(str(said), width, initial_indent=room, subsequent_indent=rest)))


def _words(name: Any) -> str:
    return "" if name is None else str(name).replace("_", " ")


def _count(count: float | None) -> str:
    return "" if count is None else f"{count:,.4f}".rstrip("0").rstrip(".")


def _value(one: Row) -> str:
    """A value in the unit that a reader expects; a share in per cent."""
    value = one["value"]
    return str(one.get("value_text") or "") if value is None else _in_unit(float(value), one["unit"])


def _in_unit(value: float, unit: str | None) -> str:
    if unit == "fraction":
        return f"{100 * value:.2f} %"
    if unit is not None and unit.startswith("gbp"):
        return f"£{value:,.2f}"
    return f"{value:,.0f}" if unit == "people" else f"{value:.4g}"


def _interval(one: Row) -> str:
    low, high = one["ci_low"], one["ci_high"]
    return "" if low is None or high is None else f"{_in_unit(low, one['unit'])} to {_in_unit(high, one['unit'])}"
