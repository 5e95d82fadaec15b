"""Charts are drawn by other processes, each alike once; one that cannot be drawn says so without its values."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from flows.report import ReportBroken, engrave

BARS = {"data": {"values": [{"of": "Band 5", "value": 3}]}, "mark": "bar", "encoding": {"x": {"field": "value"}}}
NO_CHART = {"data": {"values": [{"of": "a person's name"}]}, "mark": "no such mark"}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    engrave._kept.clear()
    yield
    engrave._kept.clear()


def test_a_picture_by_another_process_is_the_one_that_would_be_drawn_here() -> None:
    here = engrave.engrave(BARS)()
    engrave._kept.clear()
    with engrave.engravers():
        there = engrave.engrave(BARS)
        again = engrave.engrave(json.loads(json.dumps(BARS)))
        assert there() == here
        assert again() is there(), "what is alike is drawn once"
    assert engrave.engrave(BARS)() is there(), "and kept for the next site"


def test_what_cannot_be_drawn_says_so_without_its_values_and_is_tried_again() -> None:
    with engrave.engravers():
        with pytest.raises(ReportBroken) as broken:
            engrave.engrave(NO_CHART)()
        assert "name" not in str(broken.value)
        assert engrave.engrave(BARS)().startswith("<svg")
        with pytest.raises(ReportBroken):
            engrave.engrave(NO_CHART)()


def test_an_engraver_that_died_breaks_the_site_and_not_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with engrave.engravers():
        monkeypatch.setattr("flows.report.engrave.sys.executable", "/bin/false")
        with pytest.raises(ReportBroken):
            engrave.engrave(BARS)()
    monkeypatch.undo()
    with engrave.engravers():
        assert engrave.engrave(BARS)().startswith("<svg")
