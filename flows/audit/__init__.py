"""Attack the open part of a release with nothing but what a reader has: the open files and what they say of themselves.

For every hidden count the attack solves for the least and the most that it can be, over every open table and every
release that was ever open, and names each one that can be known more narrowly than the published policy allows.
It shares no code with what hides the counts, so that one mistake cannot stand in both.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.audit.fetch import OpenFile, Shelf
    from flows.audit.hold import Cell, Knowledge
    from flows.audit.remember import Merged
    from flows.audit.solve import Bounds, System


@dataclass(frozen=True)
class Narrow:
    """A cell of which a reader can know too much. Holds bounds of a hidden count: private scratch only, no log."""

    people: str
    as_at_date: str
    organisation_unit: str
    stratum: str
    characteristic: str
    group: str
    lowest: float
    highest: float
    required: float
    how: str


@dataclass(frozen=True)
class Audit:
    """The outcome of an attack; `report` holds numbers of cells, never a number from a cell."""

    is_safe: bool
    narrow: list[Narrow]
    report: dict[str, Any]


def audit(candidate: Path, earlier: Sequence[Path], say: Callable[[str], None] = lambda _: None) -> Audit:
    """Attack a candidate for the open part with everything that was ever open.

    Args:
        candidate: the open.duckdb that is to be published.
        earlier: every open.duckdb that was ever open, oldest first.
        say: takes a plain sentence on the progress.

    Returns:
        Every cell that is known too narrowly, and a report of counts alone.

    Raises:
        ValueError: a file lacks a constraint table or a rule.
        FileNotFoundError: an earlier file is gone.
    """
    return _Attack(say).run(candidate, earlier)


@dataclass
class _Attack:
    say: Callable[[str], None]
    steps: dict[tuple[str, str], float] = field(default_factory=dict)
    narrow: dict[tuple[tuple[str, ...], str], Narrow] = field(default_factory=dict)
    fallen_back: int = 0
    known_before: int = 0

    def run(self, candidate: Path, earlier: Sequence[Path]) -> Audit:
        from flows.audit.compare import Comparer
        from flows.audit.fetch import Shelf, open_file, read_dates
        from flows.audit.read import Reader
        from flows.audit.relate import relate
        from flows.audit.remember import Merged
        from flows.audit.solve import Count

        started = time.monotonic()
        with Shelf() as shelf:
            file = open_file(shelf, candidate)
            read_dates(shelf, file)
            reader = Reader(file, self.steps)
            knowledge = reader.read()
            Comparer(reader).read()
            relate(file, knowledge)
            self.policy = file.policy
            unattacked = shelf.unattacked()
            merged = Merged(_copy(knowledge))
            compared = self._remember(shelf, earlier, file, knowledge, merged)
        self.count = Count()
        self._note_leaks(knowledge, reader.unmapped)
        for name in unattacked:
            self._note_nobody(f"the table {name} was not attacked", 1)
        widths = self._solve(knowledge, merged)
        self._note_changes(merged)
        found = sorted(self.narrow.values(), key=lambda cell: tuple(str(part) for part in vars(cell).values()))
        report = self._report(knowledge, merged, widths, found) | compared
        report["seconds"] = round(time.monotonic() - started, 2)
        self.say(
            f"The attack looked at {report['hidden']} hidden of {report['cells']} counts, "
            f"{compared['releases_compared']} earlier files: {len(found)} known too narrowly."
        )
        return Audit(not found, found, report)

    def _remember(
        self,
        shelf: "Shelf",
        earlier: Sequence[Path],
        file: "OpenFile",
        knowledge: "Knowledge",
        merged: "Merged",
    ) -> dict[str, int]:
        """Go from the newest earlier file to the oldest; a date whose rows were met before says nothing new."""
        from flows.audit.compare import Comparer
        from flows.audit.fetch import open_file, read_dates, year_after
        from flows.audit.read import Reader
        from flows.audit.relate import relate
        from flows.audit.remember import merge

        def versions(path: Path) -> dict[str, tuple[str, ...]]:
            shelf.attach(path)
            prints = shelf.fingerprints()
            rules = shelf.rules_fingerprint()
            return {day: (day, prints[day], prints.get(year_after(day), ""), rules) for day in sorted(prints)}

        met = set(versions(file.path).values())
        read = 0
        for path in reversed(list(earlier)):
            mine = versions(path)
            fresh = [day for day, version in mine.items() if version not in met]
            met.update(mine.values())
            if not fresh:
                continue
            read += 1
            older_file = open_file(shelf, path)
            older_file.forms = dict(file.forms)
            read_dates(shelf, older_file, {*fresh, *(year_after(day) for day in fresh)})
            reader = Reader(older_file, self.steps)
            older = reader.read()
            Comparer(reader).read()
            relate(older_file, older)
            before = [cell.as_at_date for cell in older.rows if cell.as_at_date < min(fresh)]
            merge(merged, older.of_dates([*fresh, *before]), knowledge, self.policy)
        return {"releases_compared": len(earlier), "releases_with_news": read}

    def _note_leaks(self, knowledge: "Knowledge", unmapped: int) -> None:
        for cell, low, high, how in knowledge.leaks:
            self._note(cell, low, high, self.policy.hidden_range_minimum, how)
        for cell in knowledge.broken:
            self._note(cell, 0.0, inf, 0.0, "contradiction")
        if unmapped:
            self._note_nobody("unmapped", unmapped)

    def _note_nobody(self, how: str, count: int) -> None:
        """Something stands in the file of which nobody can say whom it counts."""
        nobody = ("",) * 6
        self.narrow[nobody, how] = Narrow(*nobody, 0.0, inf, float(count), how)

    def _solve(self, knowledge: "Knowledge", merged: "Merged") -> dict["Cell", float]:
        from flows.audit.relate import without_idle
        from flows.audit.remember import block_of
        from flows.audit.solve import FAR, System
        from flows.audit.solve import required as needed

        now = merged.knowledge
        targets = {cell: need for cell, need in now.hidden.items() if self._is_target(cell, knowledge)}
        shown = now.rows | now.facts.keys()
        system = System(now.facts, without_idle(now.sums, shown), self.steps, targets)
        found, empty = system.bounds(targets, self.count)
        own = knowledge.rows | knowledge.facts.keys()
        alone = System(knowledge.facts, without_idle(knowledge.sums, own), self.steps, knowledge.hidden)
        for said in alone.contradicted:
            self._note(said.terms[0][0], 0.0, inf, 0.0, "contradiction")
        lost = {cell for number in empty for cell in system.parts[number].cells} | set(now.broken)
        lost |= {cell for said in system.contradicted for cell, _ in said.terms}
        self._fall_back(alone, lost, targets, found)
        blocks = {block_of(cell) for cell in knowledge.rows}
        widths = {}
        for cell, bounds in found.items():
            required = needed(targets[cell], min(bounds.high, FAR), cell)
            widths[cell] = bounds.width
            if bounds.width >= required - 1e-6:
                continue
            if cell not in knowledge.hidden and block_of(cell) not in blocks:
                self.known_before += 1
                continue
            how = self._how(cell, alone, targets, required) if merged.older else "range"
            self._note(cell, bounds.low, bounds.high, required, how)
        return widths

    def _is_target(self, cell: "Cell", knowledge: "Knowledge") -> bool:
        """A count that the candidate shows itself is not hidden, unless it marks that very count as hidden."""
        return cell in knowledge.hidden or not knowledge.is_known(cell)

    def _fall_back(
        self, alone: "System", lost: set["Cell"], targets: Mapping["Cell", float], found: dict["Cell", "Bounds"]
    ) -> None:
        """Where no table fits all files, the truth was restated unseen: the candidate's own statements remain."""
        parts = {alone.part_of[cell] for cell in lost if cell in alone.part_of}
        self.fallen_back += len(parts)
        again = {cell: need for cell, need in targets.items() if alone.part_of.get(cell) in parts}
        own, empty = alone.bounds(again, self.count)
        found |= own
        for cell, need in again.items():
            if alone.part_of[cell] in empty:
                self._note(cell, 0.0, inf, need, "contradiction")

    def _how(self, cell: "Cell", alone: "System", targets: Mapping["Cell", float], required: float) -> str:
        """Whether the candidate gives it away by itself, or only beside an earlier file."""
        again, empty = alone.bounds({cell: targets[cell]}, self.count)
        if empty or cell not in again:
            return "differencing"
        return "range" if again[cell].width < required - 1e-6 else "differencing"

    def _note_changes(self, merged: "Merged") -> None:
        from flows.audit.remember import is_narrow_change
        from flows.audit.solve import System

        need = self.policy.change_minimum
        for cell, low, high in merged.changes:
            self._note(cell, low, high, need, "change")
        for older, cells in merged.unsettled:
            system = System(older.facts, older.sums, self.steps, cells)
            found, _ = system.bounds(dict.fromkeys(cells, self.policy.change_range_minimum), self.count)
            for cell, bounds in found.items():
                shown = merged.knowledge.facts[cell][0]
                low, high = shown - bounds.high, shown - bounds.low
                if is_narrow_change(low, high, self.policy):
                    self._note(cell, low, high, need, "change")

    def _note(self, cell: "Cell", low: float, high: float, required: float, how: str) -> None:
        self.narrow.setdefault((cell, how), Narrow(*cell, low, high, required, how))

    def _report(
        self, knowledge: "Knowledge", merged: "Merged", widths: Mapping["Cell", float], found: Sequence[Narrow]
    ) -> dict[str, Any]:
        counted = {cell: width for cell, width in widths.items() if ":" not in cell.people}
        people: dict[str, dict[str, int]] = {}
        for name, total in sorted(Counter(cell.people for cell in knowledge.rows).items()):
            hidden = sum(cell.people == name for cell in knowledge.hidden)
            people[name] = {"cells": total, "hidden": hidden}
        return {
            "cells": len(knowledge.rows),
            "hidden": len(knowledge.hidden),
            "attacked": len(widths),
            "narrow": len(found),
            "narrow_by_how": dict(sorted(Counter(cell.how for cell in found).items())),
            "smallest_range": min(counted.values(), default=None),
            "people": people,
            "statements": len(merged.knowledge.sums),
            "parts": self.count.parts,
            "solved": self.count.programmes,
            "solved_whole": self.count.whole_programmes,
            "linear_only": self.count.linear_only,
            "blocks_compared": merged.blocks,
            "blocks_restated": merged.restated_blocks,
            "parts_restated_unseen": self.fallen_back,
            "known_before": self.known_before,
        }


def _copy(knowledge: "Knowledge") -> "Knowledge":
    from flows.audit.hold import Knowledge

    return Knowledge(
        dict(knowledge.facts), set(knowledge.rounded), dict(knowledge.hidden), set(knowledge.rows), list(knowledge.sums)
    )
