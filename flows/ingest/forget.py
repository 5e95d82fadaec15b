"""Forget an erased person: know them by a keyed hash alone, and let no row of theirs into the warehouse again.

The list outlives the warehouse, the trust's secret and every file. Its key is one of its own beside it, for a secret
that is rotated or lost must not bring anybody back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from flows.home import Home
from flows.ingest.define import Dataset, Landing
from flows.ingest.refuse import IngestBroken
from flows.point import append_line, now, read_lines
from flows.record import write_whole

ERASED = "the row is of a person whose data were erased on request"
MARK = "[erased]"
"""Stands in a kept copy for the number of an erased person, in a row that is blank otherwise."""
BLOCK = 64
ID_TYPES = ("employee_number", "assignment_number")


@dataclass(frozen=True)
class Forgotten:
    """Who was erased, as keyed hashes of their employee numbers, and how a number is brought into one form."""

    key: bytes
    digits: int
    hashes: frozenset[str] = field(default_factory=frozenset)

    def hash_of(self, number: str) -> str:
        """The keyed hash (HMAC-SHA-256) of an employee number in its full digits."""
        return hmac.new(self.key, number.zfill(self.digits).encode(), hashlib.sha256).hexdigest()

    def names(self, cells: Iterable[str], wholly: bool = False) -> bool:
        """Whether a cell's first digits are an erased person's number; `wholly`: whether any of its digits are.

        The same rule as `condition` gives in SQL.
        """
        for cell in cells:
            numbers = re.findall("[0-9]+", cell)
            if any(self.is_of(number) for number in (numbers if wholly else numbers[:1])):
                return True
        return False

    def is_of(self, number: str) -> bool:
        """Whether digits are the number of an erased person, leading zeros aside."""
        return len(number) <= self.digits and self.hash_of(number) in self.hashes


def list_path(home: Home) -> Path:
    """The list of erased people: a line when one is erased, another when the erasure is taken back."""
    return home.ledger / "erased_people.jsonl"


def key_path(home: Home) -> Path:
    """The key of the hashes, made once for a home."""
    return home.ledger / "people_key.txt"


def read_forgotten(home: Home, landing: Landing) -> Forgotten:
    """The people who are erased now. Raises IngestBroken where there is a list without its key."""
    events = [(one["person"], one["event"]) for one in read_lines(list_path(home))]
    hashes = frozenset(person for person, event in dict(events).items() if event == "erased")
    key = people_key(home, may_make=False) if events else b""
    return Forgotten(key, landing.limits["employee_number_digits"], hashes)


def people_key(home: Home, may_make: bool = True) -> bytes:
    """The key by which a ledger names a person; made where the home has none. Raises IngestBroken where it is lost."""
    path = key_path(home)
    if not path.exists():
        if not may_make:
            raise IngestBroken(
                f"{path} is missing, and people were erased: without it they would come back. Bring the file back from "
                "a backup."
            )
        write_whole(path, secrets.token_hex(32) + "\n")
    return bytes.fromhex(path.read_text(encoding="utf-8").strip())


def add_to_list(home: Home, person: str, event: str, request_id: int) -> None:
    """Write that a person (by keyed hash) is `erased`, or that this is `withdrawn`."""
    append_line(list_path(home), {"event": event, "at": now(), "person": person, "request_id": request_id})


def teach(con: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> None:
    """Give a session the list and the padded keys, so that neither stands in any SQL."""
    key = forgotten.key.ljust(BLOCK, b"\0")
    con.execute("set variable parity_people_inner = ?", [bytes(byte ^ 0x36 for byte in key)])
    con.execute("set variable parity_people_outer = ?", [bytes(byte ^ 0x5C for byte in key)])
    con.execute("set variable parity_forgotten = ?::varchar[]", [sorted(forgotten.hashes)])


def person_hash(number: str, digits: int) -> str:
    """SQL for the keyed hash of a number in its full digits, in a session that was taught; null where it is no number.

    The same as `Forgotten.hash_of`.
    """
    padded = f"case when strlen({number}) between 1 and {digits} then lpad({number}, {digits}, '0') end"
    return (
        "sha256(getvariable('parity_people_outer')::blob || "
        f"unhex(sha256(getvariable('parity_people_inner')::blob || encode({padded}))))"
    )


def is_forgotten(number: str, digits: int) -> str:
    """SQL that asks whether a number is an erased person's."""
    return f"coalesce(list_contains(getvariable('parity_forgotten'), {person_hash(number, digits)}), false)"


def condition(forgotten: Forgotten, dataset: Dataset, places: dict[str, int], width: int) -> str:
    """SQL over a poured table: the row is an erased person's. A row without proper cells is read in every cell."""
    if not forgotten.hashes:
        marks = [f"c{place} = '{MARK}'" for place in id_places(dataset, places)]
        return f"coalesce({' or '.join(marks)}, false)" if marks else "false"
    digits = forgotten.digits
    cells = [f"c{place}" for place in id_places(dataset, places)]
    if not cells:
        return "false"
    begins = {cell: f"regexp_extract({cell}, '[0-9]+')" for cell in cells}
    tests = [f"{cell} = '{MARK}' or {is_forgotten(begins[cell], digits)}" for cell in cells]
    whole = ", ".join(f"c{place}" for place in range(width))
    numbers = f"regexp_extract_all(concat_ws(' ', {whole}, written), '[0-9]+')"
    anywhere = f"list_bool_or(list_transform({numbers}, lambda number: {is_forgotten('number', digits)}))"
    return f"coalesce({' or '.join(tests)} or (misread is not null and {anywhere}), false)"


def id_places(dataset: Dataset, places: dict[str, int]) -> Sequence[int]:
    """Where a row names its person: the columns with an employee or an assignment number."""
    return [places[one.name] for one in dataset.columns if one.value_type in ID_TYPES and one.name in places]
