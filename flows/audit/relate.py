"""What must be true between the cells of an open file: parts sum to their whole, some people are among others."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from math import inf

from flows.audit.fetch import WHOLE, OpenFile, year_before
from flows.audit.hold import Cell, Knowledge, Linear

REST = "*"
"""Whatever else an outer stratum may hold, of which there is no row: it is never known to be nought."""

Groups = dict[tuple[str, str, str], list[str]]


def relate(file: OpenFile, knowledge: Knowledge) -> None:
    """Add every sum and every limit that the constraint tables give for the rows of the file.

    A part without a row is nought where nobody is in its place (a row of an open cut is never left out).
    """
    groups: Groups = defaultdict(list)
    for characteristic, group, outer_characteristic, outer_group in file.tables["nested_groups"]:
        groups[characteristic, outer_characteristic, outer_group].append(group)
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for dimension, stratum, within in file.tables["nested_strata"]:
        strata[dimension, within].append(stratum)
    rows = sorted(knowledge.rows)
    present = knowledge.rows
    knowledge.wholes = {(cell.people, cell.as_at_date) for cell in rows if cell.characteristic == WHOLE}
    _sum_groups(knowledge, present, groups, rows)
    _sum_strata(knowledge, present, strata, rows)
    _sum_units(knowledge, file.parents, rows)
    _nest_people(knowledge, present, file.tables["nested_people"], rows)
    _sum_people(knowledge, file.tables["summed_people"], rows)


def _sum_groups(knowledge: Knowledge, present: set[Cell], groups: Groups, rows: list[Cell]) -> None:
    sums_of: dict[str, list[tuple[tuple[str, str, str], list[str]]]] = defaultdict(list)
    for key, parts in groups.items():
        sums_of[key[0]].append((key, parts))
    places = {tuple(cell[:5]) for cell in rows}
    for people, as_at_date, unit, stratum, characteristic in sorted(places):
        for (_, outer_characteristic, outer_group), parts in sums_of.get(characteristic, ()):
            cells = [Cell(people, as_at_date, unit, stratum, characteristic, group) for group in parts]
            outer = Cell(people, as_at_date, unit, stratum, outer_characteristic, outer_group)
            _sum(knowledge, present, outer, cells)


def _sum_strata(
    knowledge: Knowledge, present: set[Cell], strata: dict[tuple[str, str], list[str]], rows: list[Cell]
) -> None:
    sums_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, parts in strata.items():
        for stratum in parts:
            sums_of[stratum].append(key)
    done: set[tuple[tuple[str, str], Cell]] = set()
    for cell in rows:
        for key in sums_of.get(cell.stratum, ()):
            outer = cell._replace(stratum=key[1])
            if (key, outer) not in done:
                done.add((key, outer))
                _sum(knowledge, present, outer, [cell._replace(stratum=stratum) for stratum in strata[key]])


def _sum(knowledge: Knowledge, present: set[Cell], outer: Cell, cells: Iterable[Cell]) -> None:
    """Parts sum to their whole, where any part has a row.

    A part without a row is nought where nobody is in its place at all; else it is merely not published.
    """
    parts = list(cells)
    if not any(cell in present for cell in parts):
        return
    terms = [(outer, -1.0)]
    for cell in parts:
        if cell not in present and cell.stratum != REST and _is_empty(knowledge, present, cell):
            knowledge.learn(cell, 0.0, 0.0)
        terms.append((cell, 1.0))
    knowledge.sums.append(Linear(tuple(terms), 0.0, 0.0))


def _is_empty(knowledge: Knowledge, present: set[Cell], cell: Cell) -> bool:
    whole = cell._replace(people=cell.people.split(":")[0], characteristic=WHOLE, group=WHOLE)
    if whole not in present:
        return (whole.people, whole.as_at_date) in knowledge.wholes
    return knowledge.facts.get(whole) == (0.0, 0.0)


def _sum_units(knowledge: Knowledge, parents: dict[str, str], rows: list[Cell]) -> None:
    parts: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in rows:
        if cell.organisation_unit in parents:
            parts[cell._replace(organisation_unit=parents[cell.organisation_unit])].append(cell)
    for outer, cells in parts.items():
        knowledge.sums.append(Linear(((outer, -1.0), *((cell, 1.0) for cell in cells)), 0.0, 0.0))


def _nest_people(knowledge: Knowledge, present: set[Cell], nested: Iterable[tuple[str, ...]], rows: list[Cell]) -> None:
    within: dict[str, list[str]] = defaultdict(list)
    for people, outer_people in nested:
        within[people].append(outer_people)
    for cell in rows:
        for outer_people in within.get(cell.people, ()):
            outer = cell._replace(people=outer_people)
            if outer in present:
                knowledge.sums.append(Linear(((cell, 1.0), (outer, -1.0)), -inf, 0.0))


def _sum_people(knowledge: Knowledge, summed: Iterable[tuple[str, ...]], rows: list[Cell]) -> None:
    """Sets of people that make up another set, of now or of a year before: who left and who stayed were employed."""
    wholes: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for people, outer_people, date_rule, characteristic in summed:
        wholes[outer_people, date_rule, characteristic].append(people)
    for (outer_people, date_rule, characteristic), parts in sorted(wholes.items()):
        places = {cell for cell in rows if cell.people in parts}
        if characteristic != "*":
            places = {cell._replace(characteristic=characteristic, group=WHOLE) for cell in places}
        done: set[Cell] = set()
        for cell in sorted(places):
            as_at_date = year_before(cell.as_at_date) if date_rule == "year_before" else cell.as_at_date
            outer = cell._replace(people=outer_people, as_at_date=as_at_date)
            if outer not in done:
                done.add(outer)
                terms = ((outer, -1.0), *((cell._replace(people=people), 1.0) for people in parts))
                knowledge.sums.append(Linear(terms, 0.0, 0.0))


def without_idle(sums: Iterable[Linear], shown: Container[Cell]) -> list[Linear]:
    """Leave out each whole that nobody shows and no other sum holds: it says nothing of its parts.

    Args:
        sums: statements, in each sum of parts the whole first.
        shown: cells that have a row or a number.
    """
    kept = list(dict.fromkeys(sums))
    while True:
        uses = Counter(cell for said in kept for cell, _ in said.terms)
        busy = [said for said in kept if uses[said.terms[0][0]] > 1 or said.terms[0][0] in shown]
        if len(busy) == len(kept):
            return kept
        kept = busy
