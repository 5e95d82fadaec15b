"""Refuse a file, or leave it for another night, in words for who dropped it. No message holds a row's value."""

from __future__ import annotations


class FileRefused(Exception):
    """Nothing of the file is loaded; it is tried again when its bytes or the landing contract change."""


class NotNow(Exception):
    """The file may be good, but cannot be taken in now (still being written, no room, no permission)."""

    def __init__(self, message: str, needs_a_person: bool = True) -> None:
        super().__init__(message)
        self.needs_a_person = needs_a_person


class IngestBroken(Exception):
    """Ingest itself cannot go on: the ledger contradicts the warehouse, or a count does not add up."""
