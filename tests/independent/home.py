"""A home of an invented trust: taken in and built once, and asked."""

from __future__ import annotations

from pathlib import Path

from flows.build import BuildResult, _refuse_errors, _run_dbt, build
from flows.configure import load_settings
from flows.home import Home
from flows.ingest import ingest
from tests.independent.trust import Landing, write

ONLY_MODELS = ["build", "--exclude-resource-type", "unit_test", "test"]


class Parity:
    """What the pipeline makes of a landing folder into which files are dropped before one night or several.

    Tests of data double the time, so they run where they are asked.
    """

    def __init__(self, folder: Path, *nights: Landing, with_tests_of_data: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        configuration = folder / "parity.toml"
        configuration.write_text(
            '[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n'
            "[clock]\nas_of_date = 2025-05-05\n[ingest]\nsettle_seconds = 0\n",
            encoding="utf-8",
        )
        settings = load_settings(configuration)
        self.home = Home.of(settings)
        self.home.prepare()
        self.result: BuildResult | None = None
        for number, landing in enumerate(nights):
            write(landing, self.home.landing)
            self.loads = ingest(settings, self.home, lambda line: None).loads
            if with_tests_of_data:
                self.result = build(settings, self.home, lambda line: None)
            else:
                anew = [] if number else ["--full-refresh"]
                _refuse_errors(self.home, _run_dbt(settings, self.home, [[*ONLY_MODELS, *anew]], lambda line: None))
