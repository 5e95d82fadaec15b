"""Directorates: the data packs. A list of them, a page for each, and where teams are told one for each larger team.

Every pack also comes as a PDF that stands beside its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flows.report.complete import conversations
from flows.report.compose import Cell, Column, Figure, Link, Page, Table
from flows.report.pack import Known, pack, people, read_known
from flows.report.place import ENTRY, Unit
from flows.report.read import seed
from flows.report.show import day, figure

if TYPE_CHECKING:
    from flows.report.write import Making

PRINT_TEMPLATE = "pack.typ"


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """The list, then each directorate with its teams."""
    known = read_known(making.figures)
    directorates = [unit for unit in known.units if unit.level == "directorate"]
    made = [_list_of(making, known, directorates)]
    for directorate in directorates:
        teams = [unit for unit in known.units if unit.level == "team" and unit.parent == directorate.name]
        made.append(_page(making, known, directorate, teams))
        made += [_page(making, known, team, []) for team in teams if has_page(known, team)]
    return made


def has_page(known: Known, unit: Unit) -> bool:
    """Whether a unit is large enough for a page of its own: every directorate is, a team from so many people on."""
    if unit.level == "directorate":
        return True
    count = people(known, unit).number
    is_here = known.answers.latest is not None and unit.last == known.answers.latest
    return is_here and count is not None and count >= known.rules["smallest_team_page"]


def _page(making: Making, known: Known, unit: Unit, teams: Sequence[Unit]) -> Page:
    shown = pack(known, unit)
    parent = next((one for one in known.units if one.level == "directorate" and one.name == unit.parent), None)
    date = f", {day(unit.last)}" if unit.last else ""
    kind = "Team" if unit.level == "team" else "Directorate"
    content = {
        "unit": unit,
        "pack": shown,
        "kicker": f"{kind} data pack{date}",
        "up": Link(parent.name, parent.path) if parent else Link("All directorates", ENTRY),
        "pdf": unit.path.removesuffix(".html") + ".pdf",
        "teams": _teams(known, unit, teams),
    }
    summary = f"Data pack of the {unit.word} {unit.name}: its people, its answers on record and its indicators."
    return Page(
        unit.path, unit.name, "directorate.html.j2", "directorates", summary, content, shown.tables, PRINT_TEMPLATE
    )


def _teams(known: Known, unit: Unit, teams: Sequence[Unit]) -> dict[str, object] | None:
    """The teams with their pages, and the names of those that are too small for one."""
    if not teams:
        return None
    large = [team for team in teams if has_page(known, team)]
    here = [team for team in teams if team.last == known.answers.latest]
    small = [team for team in here if team not in large]
    gone = [team for team in teams if team not in here]
    sentences = []
    if small:
        named = ", ".join(f"{team.name} ({people(known, team).text})" for team in small)
        few = known.rules["smallest_team_page"]
        sentences.append(
            f"Too small for a page: {named}. Below {few} people each one moves a share by so much that it says little; "
            "their people are in the numbers of this directorate."
        )
    if gone:
        sentences.append(f"No longer in the staff list: {', '.join(team.name for team in gone)}.")
    columns = _overview_columns(known, "Team")
    table = Table(f"teams_of_{unit.slug.replace('-', '_')}", f"Teams of {unit.name}", columns, _overview(known, large))
    return {"table": table if large else None, "sentences": sentences}


def _list_of(making: Making, known: Known, directorates: Sequence[Unit]) -> Page:
    latest = known.answers.latest
    here = [unit for unit in directorates if unit.last is not None and unit.last == latest]
    gone = [unit for unit in directorates if unit not in here]
    date = f", {day(latest)}" if latest else ""
    table = Table(
        "directorates",
        f"Directorates{date}",
        _overview_columns(known, "Directorate"),
        _overview(known, here),
        [
            "Conversations: how many it takes to reach every target for answers on record. The lower number holds if "
            "whoever lacks one answer lacks the others too, the higher if each gap is another person's."
        ],
    )
    former = [Link(unit.name, unit.path) for unit in gone]
    content = {"table": table, "former": former, "trust_people": known.answers.people(None, latest), "date": latest}
    summary = "A data pack for the leaders of each directorate: its people, its answers on record and its indicators."
    return Page(ENTRY, "Directorates", "directorates.html.j2", "directorates", summary, content, [table])


def _key_characteristics(known: Known) -> list[dict[str, str]]:
    """Those that a list of units shows: where one group stands for the characteristic and every unit can have it."""
    there = {indicator for _, indicator in known.profiles}
    return [
        one for one in seed("report/pack_characteristics") if one["in_list"] == "true" and one["indicator_id"] in there
    ]


def _overview_columns(known: Known, kind: str) -> list[Column]:
    shares = [
        Column(_capital(one["finding"].removeprefix("are ")), is_number=True) for one in _key_characteristics(known)
    ]
    return [
        Column(kind),
        Column("People", is_number=True),
        *shares,
        Column("Furthest from its target"),
        Column("Records to complete", is_number=True),
        Column("Conversations for every target"),
    ]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _overview(known: Known, units: Sequence[Unit]) -> list[list[Cell]]:
    return [_overview_row(known, unit) for unit in units]


def _overview_row(known: Known, unit: Unit) -> list[Cell]:
    shares: list[Cell] = []
    for one in _key_characteristics(known):
        _, profile = known.profiles.get((unit.key, one["indicator_id"]), (None, {}))
        row = profile.get(one["key_group"])
        shares.append(figure(row) if row else Figure("[x]", note="There is no figure of it"))
    widest, count = _widest(known, unit)
    rows = [known.answers.of(unit.key, one, unit.last) for one in known.answers.fields]
    needed = str(conversations(known.answers, rows))
    return [Link(unit.name, unit.path), people(known, unit), *shares, widest, count, needed]


def _widest(known: Known, unit: Unit) -> tuple[str, Figure]:
    """The question with most records to complete among those that are shown."""
    answers = known.answers
    rows = [row for one in answers.fields if (row := answers.of(unit.key, one, unit.last)) is not None]
    counted = [(answers.to_complete(row), row) for row in rows]
    shown = [(count, row) for count, row in counted if count.number is not None]
    if not shown:
        return "", counted[0][0] if counted else Figure("[x]", note="There is no figure of it")
    count, row = max(shown, key=lambda one: one[0].number or 0)
    reached = "None: every target is reached" if len(shown) == len(counted) else "None of those shown"
    return answers.fields[row["field"]] if count.number else reached, count
