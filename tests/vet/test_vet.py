"""What Parity stands on: pinned with hashes, under allowed licences, and not behind the mending of a weakness."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from vet import advise, license
from vet.pin import LockIsLoose, Pin, read_pins


def test_every_package_is_pinned_to_one_version_with_hashes() -> None:
    pins = read_pins()
    assert len(pins) > 100
    assert [pin.name for pin in pins if not pin.hashes] == []
    assert len({pin.name for pin in pins}) == len(pins), "one version of each for Python 3.11"


@pytest.mark.parametrize("line", ["duckdb>=1.5", "-e .", "git+https://example.test/duckdb", "--index-url x"])
def test_a_line_that_is_no_pin_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.lock").write_text(f"agate==1.9.1 \\\n    --hash=sha256:00\n{line}\n", encoding="utf-8")
    with pytest.raises(LockIsLoose, match="is no pin"):
        read_pins(tmp_path / "requirements.lock")


def test_what_is_installed_fits_together() -> None:
    asked = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_of_licences_is_current() -> None:
    assert license.PAGE.read_text(encoding="utf-8") == license.page(), "run `make licences`"


def test_every_licence_is_one_that_is_allowed() -> None:
    assert license.not_allowed(license.licences(read_pins())) == []


@pytest.mark.parametrize(
    ("licence", "holds"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-3.0-only)", True),
        ("(GPL-3.0-only OR AGPL-3.0-only) AND MIT", False),
        ("MIT OR MIT AND GPL-3.0-only", True),
    ],
)
def test_an_expression_is_allowed_where_allowed_licences_meet_it(licence: str, holds: bool) -> None:
    assert license.is_allowed(licence, {"MIT", "MPL-2.0", "Apache-2.0"}) == holds


def test_a_package_that_does_not_say_its_licence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(license, "_table", lambda file, key, value: {})
    with pytest.raises(license.NoLicence, match=r"agate says of its licence .*vet/licence_names\.csv"):
        license.licences([Pin("agate", "1.9.1", "", 1)])


def test_no_pin_goes_back_behind_the_mending_of_a_weakness_that_is_known_here() -> None:
    assert list(advise.known_by_heart(read_pins())) == []
    (told,) = advise.known_by_heart([Pin("jinja2", "3.1.5", "", 1)])
    assert "jinja2 3.1.5: CVE-2025-27516" in told


def test_every_advisory_is_of_a_package_that_is_locked_and_says_what_it_is() -> None:
    with advise.KNOWN.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["package"] for row in rows} <= {pin.name for pin in read_pins()}
    assert all(SpecifierSet(row["affected"]) and row["advisory"].startswith("CVE-") and row["what"] for row in rows)


@pytest.fixture
def database() -> Iterator[tuple[str, list[Any]]]:
    """A database on this machine, which knows one advisory of duckdb, and what it was asked."""
    asked: list[Any] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend(queries)
            found = [{"vulns": [{"id": "CVE-1"}]} if one["package"]["name"] == "duckdb" else {} for one in queries]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"results": found}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_the_database_is_asked_for_every_pin(
    database: tuple[str, list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    address, asked = database
    assert advise.main(["--database", address]) == 1
    assert [one["package"]["name"] for one in asked] == [pin.name for pin in read_pins()]
    said = capsys.readouterr().out
    assert "duckdb 1" in said
    assert "CVE-1" in said
    assert "1 advisories found" in said


def test_a_database_out_of_reach_is_said_and_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert advise.main(["--database", "http://127.0.0.1:9/"]) == advise.NOT_ASKED
    assert "could not be asked" in capsys.readouterr().out
