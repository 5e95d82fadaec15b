"""The trust's secret can be rotated or lost: everything is built anew under the new one, and nothing else changes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import flows.build
from flows.cli import main
from flows.configure import ConfigurationError, Settings
from flows.home import Home
from flows.ingest import ingest
from flows.person import erase
from flows.recognise import recognise_secret
from flows.rotate import RotationRefused, rotate
from tests.build.conftest import Trust, copy_project, make_trust
from tests.small_trust import staff_list

OLD, NEW = "a secret for tests that is long enough to be one", "another secret that is long enough to be one"


@pytest.fixture
def take(settings: Settings, home: Home) -> Callable[[], None]:
    """Two snapshots, taken in under the old secret."""

    def _take() -> None:
        staff_list(home.landing, "2025-02-28", [{}, {}])
        staff_list(home.landing, "2025-03-31", [{}, {}, {"FTE": "x"}])
        recognise_secret(settings, home)
        ingest(settings, home, say=lambda line: None)

    return _take


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    """A trust with a copy of the models of staging and people, which build in seconds."""
    trust = make_trust(tmp_path)
    copy_project(trust.project)
    monkeypatch.setattr(flows.build, "PROJECT", trust.project)
    yield trust


def test_a_new_secret_gives_new_pseudonyms_and_the_same_people(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = ("10000001", "10000002", "10000003")
    staff_list(trust.home.landing, "2025-02-28", [{}, {"Gender": "Male"}])
    staff_list(trust.home.landing, "2025-03-31", [{}, {"Gender": "Male"}, {}])
    recognise_secret(trust.settings, trust.home)
    trust.take_in()
    trust.change("create schema if not exists intermediate")
    trust.change(f"create table intermediate.int_staff_snapshots as select '{_key(OLD, numbers[0])}' as person_key")
    trust.change("create table intermediate.built_with as select 'what is built now' as definitions_hash")
    trust.change("checkpoint")
    assert _key(OLD, numbers[0]).encode() in trust.home.warehouse.read_bytes()
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", NEW)
    rotate(trust.settings, trust.home, "A. Tester", "yearly change")
    recognise_secret(trust.settings, trust.home)
    assert _key(OLD, numbers[0]).encode() not in b"".join(
        path.read_bytes() for path in trust.home.private.glob("*.duckdb*")
    )
    trust.build()
    keyed = trust.rows("select snapshot_date::varchar, person_key from intermediate.int_staff_snapshots order by all")
    assert keyed == sorted(
        (date, _key(NEW, number))
        for date in ("2025-02-28", "2025-03-31")
        for number in numbers[: 2 + (date > "2025-03")]
    )


def test_the_night_refuses_another_secret_and_names_the_command(
    settings: Settings, home: Home, take: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", NEW)
    with pytest.raises(ConfigurationError, match="parity secret rotate"):
        recognise_secret(settings, home)
    said = CliRunner().invoke(main, ["--config", str(settings.source), "secret", "rotate", "--why", "it was lost"])
    assert (said.exit_code, "2 loads are loaded again" in said.output) == (0, True), said.output
    recognise_secret(settings, home)
    assert NEW not in "".join(path.read_text(encoding="utf-8") for path in home.ledger.glob("*.*"))
    again = CliRunner().invoke(main, ["--config", str(settings.source), "secret", "rotate", "--why", "again"])
    assert (again.exit_code, "keyed with already" in again.output) == (2, True)


def test_a_missing_copy_stops_the_rotation_before_anything_is_changed(
    settings: Settings, home: Home, take: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    next(home.copies.iterdir()).unlink()
    before = {path: path.read_bytes() for path in home.private.rglob("*") if path.is_file()}
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", NEW)
    with pytest.raises(RotationRefused, match="The kept copies of 1 loads are missing"):
        rotate(settings, home, "A. Tester", "a leak")
    assert {path: path.read_bytes() for path in home.private.rglob("*") if path.is_file()} == before
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", OLD)
    recognise_secret(settings, home)


def test_who_was_erased_stays_erased_under_a_new_secret(
    settings: Settings, home: Home, take: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    erase(settings, home, "10000002", "A. Tester", "ER-1")
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", NEW)
    rotate(settings, home, "A. Tester", "a leak")
    staff_list(home.landing, "2025-04-01", [{}, {}])
    loads = ingest(settings, home, say=lambda line: None).new
    assert [(load.rows_loaded, load.rows_rejected) for load in loads] == [(1, 1)]
    assert not [path for path in home.private.rglob("*") if path.is_file() and b"10000002" in path.read_bytes()]


def test_a_rotation_that_died_halfway_is_done_again(
    settings: Settings, home: Home, take: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", NEW)
    with monkeypatch.context() as patch:
        patch.setattr("flows.rotate.append_line", _die)
        with pytest.raises(KeyboardInterrupt):
            rotate(settings, home, "A. Tester", "a leak")
    with pytest.raises(ConfigurationError):
        recognise_secret(settings, home)
    rotate(settings, home, "A. Tester", "a leak")
    recognise_secret(settings, home)


def _key(secret: str, number: str) -> str:
    return hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()


def _die(*_: object) -> None:
    raise KeyboardInterrupt
