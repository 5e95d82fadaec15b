"""Make the demonstration trust: draw its people, give them their characteristics and write every landing file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.mess import Plant


@dataclass(frozen=True)
class Made:
    """What was written: the files by path, the people in employed scope at 31 March 2025, and what `messy` planted."""

    files: list[Path]
    staff: int
    months: int
    planted: list[Plant]


def make(
    landing: Path,
    *,
    staff: int | None = None,
    months: int | None = None,
    messy: bool = False,
    seed: int | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Made:
    """Write the demonstration trust's landing files.

    `staff` is the headcount in employed scope at 31 March 2025 (8,300 where not given, at least 150); `months` the
    number of monthly snapshots up to that day (25). `messy` adds the defects of real extracts, and `planted` of the
    result lists them. The same arguments give the same bytes. Raises ValueError where a size makes no trust.
    """
    from demo.calibrate import size_of, targets
    from demo.careers import employ
    from demo.cases import write_cases
    from demo.characteristics import describe
    from demo.culture import write_small_sources
    from demo.learning import write_learning
    from demo.payroll import write_payroll
    from demo.recruitment import write_recruitment
    from demo.staff_list import write_staff_lists
    from demo.survey import write_breakdowns, write_workbook

    size = size_of(staff, months)
    chosen = int(targets()["trust"]["seed"]) if seed is None else seed
    say(f"Making a trust of {size.headcount:,} staff")
    workforce = employ(size, chosen)
    people = describe(workforce, chosen)
    files: list[Path] = []
    say(f"Writing {size.months} monthly staff lists")
    files += write_staff_lists(landing, workforce, people, chosen)
    say("Writing pay, recruitment, cases and learning")
    files += write_payroll(landing, workforce, chosen)
    files += write_recruitment(landing, size, chosen)
    files += write_cases(landing, workforce, people, chosen)
    files += write_learning(landing, workforce, people, chosen)
    say("Writing the staff survey, the board and the small sources")
    files += write_breakdowns(landing, size)
    files.append(write_workbook(landing, size, chosen))
    files += write_small_sources(landing, workforce, people, chosen)
    planted: list[Plant] = []
    if messy:
        from demo.mess import plant

        say("Planting the defects of real extracts")
        planted, files = plant(landing, files, chosen)
    return Made(sorted(files), size.headcount, size.months, planted)
