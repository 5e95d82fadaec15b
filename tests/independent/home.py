"""A home of an invented trust: taken in and built once, and asked."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.build import UNCHANGED_DEFINITIONS, BuildResult, _refuse_errors, _run_dbt, build
from flows.configure import load_settings
from flows.home import Home
from flows.ingest import ingest
from tests.independent.trust import Landing, write
from tests.share import made_once

ONLY_MODELS = ["build", "--exclude-resource-type", "unit_test", "test", *UNCHANGED_DEFINITIONS]
CONFIGURATION = (
    '[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n'
    "[clock]\nas_of_date = 2025-05-05\n[ingest]\nsettle_seconds = 0\n"
)


class Parity:
    """What the pipeline makes of a landing folder into which files are dropped before one night or several.

    Tests of data double the time, so they run where they are asked. The others begin with a warehouse in which the
    definitions are loaded already, which is a third of a build and the same for every home. `folder` stands in the
    session's temporary folder.
    """

    def __init__(self, folder: Path, *nights: Landing, with_tests_of_data: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        configuration = folder / "parity.toml"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        settings = load_settings(configuration)
        self.home = Home.of(settings)
        self.home.prepare()
        if not with_tests_of_data:
            defined = made_once(folder.parent, "defined", _define) / "warehouse.duckdb"
            shutil.copyfile(defined, self.home.warehouse)
        self.result: BuildResult | None = None
        for number, landing in enumerate(nights):
            write(landing, self.home.landing)
            self.loads = ingest(settings, self.home, lambda line: None).loads
            if with_tests_of_data:
                self.result = build(settings, self.home, lambda line: None)
            else:
                anew = [] if number else ["--full-refresh"]
                _refuse_errors(self.home, _run_dbt(settings, self.home, [[*ONLY_MODELS, *anew]], lambda line: None))


def _define(folder: Path) -> None:
    """A warehouse with every definition and nothing else."""
    (folder / "parity.toml").write_text(CONFIGURATION, encoding="utf-8")
    settings = load_settings(folder / "parity.toml")
    home = Home.of(settings)
    home.prepare()
    _refuse_errors(home, _run_dbt(settings, home, [["seed", "--full-refresh"]], lambda line: None))
    shutil.copyfile(home.warehouse, folder / "warehouse.duckdb")
