"""What a release is made from decides whether a night has anything to do."""

from __future__ import annotations

from flows.compare import inputs_hash
from flows.configure import Reports, Settings
from flows.home import Home
from flows.ingest import ingest


def test_what_pages_are_written_with_makes_a_night_new(settings: Settings, home: Home) -> None:
    """A corrected sentence, or a switch, must not wait for the next file."""
    ingest(settings, home, lambda line: None)
    before = inputs_hash(settings, home)
    assert inputs_hash(settings, home) == before
    public = Reports(texts=settings.reports.texts, plans_are_public=True)
    found = {before, inputs_hash(settings.model_copy(update={"reports": public}), home)}
    settings.reports.texts.mkdir()
    for words in ("As it was", "As it should be"):
        (settings.reports.texts / "foreword.md").write_text(words, encoding="utf-8")
        found.add(inputs_hash(settings, home))
    assert len(found) == 4
