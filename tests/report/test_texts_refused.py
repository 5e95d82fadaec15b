"""Texts and images that must not stop the pages, and what must not get into them by way of a text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

import pytest

from flows.report.compose import Figure
from flows.report.transcribe import Texts, strangers

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def no_figures(name: str) -> Figure:
    raise LookupError(f"there is no figure “{name}”.")


def read(folder: Path) -> tuple[bool, Texts]:
    """Whether the foreword is shown, and what was found out about it."""
    texts = Texts(folder, no_figures)
    return bool(texts.read("foreword.md", "Foreword", 2, {})), texts


@pytest.mark.parametrize(
    "text", ["Our year. <!-- ask Sarah whether this is true -->", "  <!-- not yet -->", "<!-- a --> and <!-- b -->"]
)
def test_a_remark_within_a_line_is_told_and_never_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "foreword.md").write_text(text)
    is_shown, texts = read(tmp_path)
    assert not is_shown
    assert "Begin a line with <!--" in str(texts.problems[0])


def test_an_image_of_a_text_that_is_left_out_stays_out_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "crew.png").write_bytes(PNG)
    (tmp_path / "foreword.md").write_text("![A crew](crew.png)\n\n{figure: wres_22}")
    is_shown, texts = read(tmp_path)
    assert (is_shown, texts.images) == (False, {})


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "foreword.md")
    is_shown, texts = read(tmp_path)
    assert not is_shown
    assert "a pipe" in str(texts.problems[0])


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "foreword.md").symlink_to(tmp_path / "foreword.md")
    is_shown, texts = read(tmp_path)
    assert not is_shown
    assert "a link" in str(texts.problems[0])


def test_an_image_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "crew.png").write_bytes(PNG)
    (tmp_path / "foreword.md").write_text("![A crew](crew.png)")
    opened = Path.open

    def refuse(path: Path, mode: str) -> IO[Any]:
        if path.suffix == ".png":
            raise PermissionError(13, "Permission denied")
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    is_shown, texts = read(tmp_path)
    assert not is_shown
    assert "cannot be read (Permission denied)" in str(texts.problems[0])


def test_a_folder_that_may_not_be_entered_does_not_stop_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crew.png").write_bytes(PNG)
    (tmp_path / "foreword.md").write_text("![A crew](crew.png)")
    looked_at = Path.is_file

    def refuse(path: Path) -> bool:
        if path.suffix == ".png":
            raise PermissionError(13, "Permission denied")
        return looked_at(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    is_shown, texts = read(tmp_path)
    assert (is_shown, len(texts.problems)) == (False, 1)
    assert strangers(tmp_path, []) == ["foreword.md"]
