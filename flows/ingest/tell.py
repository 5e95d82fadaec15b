"""Tell people what became of their files: findings with counts, file names and lines, never a row's values."""

from __future__ import annotations

from flows.ingest.define import Landing
from flows.ingest.forget import ERASED
from flows.ingest.recognise import shown_folder
from flows.ingest.remember import Load
from flows.record import Finding, Severity


def tell_refused(load: Load, landing: Landing, lies_there: bool = True) -> Finding:
    """A refused file. Critical where the staff list is what it would have been."""
    still = "Do what the sentence says and drop the file again. It stays where it is until then."
    gone = "It has been taken away since. Where its data are still missing, drop a file that is as the sentence says."
    return Finding(
        kind="refused",
        severity=_severity(load, landing),
        name="file_refused",
        sentence=f"{load.file_path} was refused and nothing of it is loaded. {load.reason}",
        places=(load.file_path,),
        next_step=still if lies_there else gone,
    )


def tell_not_now(relative: str, reason: str) -> Finding:
    """A file that was left for another night and will not come right by itself."""
    return Finding(
        kind="refused",
        severity="critical",
        name="file_left_waiting",
        sentence=f"{relative} could not be taken in. {reason}",
        places=(relative,),
        next_step="It is tried again every night.",
    )


def tell_closed(folder: str, why: str, landing: Landing) -> Finding:
    """A folder whose files nobody could see. Critical where staff lists are dropped, or all files."""
    staff_list = next(dataset for dataset in landing.datasets if dataset.is_staff_list)
    is_vital = folder == "." or folder.casefold() == staff_list.folder.casefold()
    shown = shown_folder(folder, landing)
    called = f"The folder landing/{shown}" if shown == folder else shown.capitalize()
    return Finding(
        kind="refused",
        severity="critical" if is_vital else "warning",
        name="folder_not_looked_into",
        sentence=f"{called} could not be looked into: {why}. Whatever lies in it is not taken in.",
        places=(shown,),
        next_step="Make it a folder of its own, no link, that Parity's user may read. It is tried every night.",
    )


def tell_dated_ahead(relative: str, as_at_date: str, today: str) -> Finding:
    """A file whose name holds a date that has not come yet."""
    return Finding(
        kind="noticed",
        severity="warning",
        name="file_dated_ahead",
        sentence=f"{relative} is for {as_at_date}, which lies after {today}. It waits until that day has come.",
        places=(relative,),
        next_step="If the date is a slip, name the file with the right one.",
    )


def tell_accepted(load: Load, same_as: Load | None, was_published: bool) -> list[Finding]:
    """Everything worth telling of one accepted load, from its record.

    `same_as` is a load of the same bytes for another date; `was_published` says whether a release had figures of its
    date before.
    """
    findings = []
    if load.rows_rejected > _erased(load):
        findings.append(_rejected(load))
    if _erased(load):
        findings.append(_erased_rows(load))
    if load.outcome == "correction":
        findings.append(_restated(load, was_published))
    if load.rows_padded:
        findings.append(_padded(load, load.rows_padded))
    if load.columns_ignored:
        findings.append(_ignored(load))
    if load.rows_duplicate:
        findings.append(_duplicate(load))
    if same_as is not None:
        findings.append(_same_bytes(load, same_as))
    return findings


def _erased(load: Load) -> int:
    return sum(one.count for one in load.rejections if one.reason == ERASED)


def _erased_rows(load: Load) -> Finding:
    return Finding(
        kind="noticed",
        severity="info",
        name="rows_erased",
        sentence=f"{_erased(load)} rows of {load.file_path} are of people whose data were erased, and are not counted.",
        counts={"rows_erased": _erased(load)},
        places=(load.file_path,),
        next_step="Have them left out of the extract; they lie in the landing folder as long as the file does.",
    )


def _rejected(load: Load) -> Finding:
    count = load.rows_rejected - _erased(load)
    reasons = [one for one in load.rejections if one.reason != ERASED]
    said = "; ".join(
        f"{one.reason} ({one.count} row{'s' if one.count > 1 else ''}, line{'s' if len(one.first_lines) > 1 else ''} "
        f"{', '.join(map(str, one.first_lines))}{' …' if one.count > len(one.first_lines) else ''})"
        for one in reasons
    )
    return Finding(
        kind="rejected",
        severity="warning",
        name="rows_rejected",
        sentence=(
            f"{count} of {load.rows_read} rows of {load.file_path} could not be read and are not counted: "
            f"{said or 'the reasons stand beside them'}."
        ),
        counts={"rows_read": load.rows_read, "rows_rejected": count} | {one.reason: one.count for one in reasons},
        places=(load.file_path,),
        next_step=(
            "Correct them at the source and drop the file again. The rows are kept in private/quarantine, in the file "
            f"that begins with {load.load_id}_."
        ),
    )


def _restated(load: Load, was_published: bool) -> Finding:
    """A figure that readers have had and that changes now is a warning: somebody may have quoted it."""
    published = f" Figures for {load.as_at_date} were already published and may change." if was_published else ""
    return Finding(
        kind="restated",
        severity="warning" if was_published else "info",
        name="file_corrected",
        sentence=(
            f"{load.file_path} is a correction: figures for {load.as_at_date} now come from it. "
            f"{load.reason}{published}"
        ),
        counts={"rows_loaded": load.rows_loaded},
        places=(load.file_path,),
        next_step="Tell whoever has quoted figures of that date." if was_published else "",
    )


def _ignored(load: Load) -> Finding:
    return Finding(
        kind="noticed",
        severity="info",
        name="columns_ignored",
        sentence=(
            f"{load.file_path} has columns that Parity does not read: {', '.join(load.columns_ignored)}. "
            "`parity check-file` shows their headings."
        ),
        counts={"columns_ignored": len(load.columns_ignored)},
        places=(load.file_path,),
        next_step="Nothing. If one is a known column by another name, put it into seeds/landing/heading_aliases.csv.",
    )


def _padded(load: Load, count: int) -> Finding:
    return Finding(
        kind="noticed",
        severity="warning",
        name="numbers_padded",
        sentence=(
            f"In {count} of {load.rows_read} rows of {load.file_path} an employee or assignment number has too few "
            "digits: it was padded with leading zeros."
        ),
        counts={"rows_padded": count, "rows_read": load.rows_read},
        places=(load.file_path,),
        next_step="Nothing, where Excel took the zeros away. Elsewhere make sure that the numbers are whole.",
    )


def _duplicate(load: Load) -> Finding:
    return Finding(
        kind="noticed",
        severity="info",
        name="rows_duplicate",
        sentence=f"{load.rows_duplicate} rows of {load.file_path} repeat another in every column and count once.",
        counts={"rows_duplicate": load.rows_duplicate},
        places=(load.file_path,),
    )


def _same_bytes(load: Load, other: Load) -> Finding:
    return Finding(
        kind="noticed",
        severity="warning",
        name="same_bytes_as_another_date",
        sentence=f"{load.file_path} holds exactly the bytes of {other.file_path}, which is for another date.",
        places=(load.file_path, other.file_path),
        next_step="Make sure that it is not an old extract under a new name.",
    )


def _severity(load: Load, landing: Landing) -> Severity:
    staff_list = next(dataset for dataset in landing.datasets if dataset.is_staff_list)
    in_its_folder = load.landed_path.casefold().startswith(f"{staff_list.folder.casefold()}/")
    return "critical" if load.dataset == staff_list.name or in_its_folder else "warning"
