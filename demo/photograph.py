"""Photograph the demonstration's open site for the README: what a reader meets first, as a browser shows it.

`make screenshots` after `make demo`; a folder of another finished site may be named. Needs Chromium on the machine.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.configure import PROJECT

WHERE = PROJECT / "docs" / "images"
CURRENT = PROJECT / "var" / "releases" / "current" / "open" / "site"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH = 1280
MOST_BYTES = 300_000


@dataclass(frozen=True)
class Picture:
    """A picture: its name, the page that it is of, and how much of the page it shows, in pixels from the top."""

    name: str
    page: str
    height: int


PICTURES = (
    Picture("home", "index.html", 1240),
    Picture("indicator", "indicators/wres_2.html", 1440),
    Picture("directorate", "directorates/ambulance-operations-north.html", 1550),
    Picture("safe_to_say", "safe_to_say.html", 1500),
)


def photograph(site: Path, where: Path = WHERE) -> list[Path]:
    """Write every picture of the site. Returns their paths."""
    from playwright.sync_api import sync_playwright

    where.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=list(OFFLINE))
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        taken = []
        for picture in PICTURES:
            page.goto((site.resolve() / picture.page).as_uri())
            path = where / f"{picture.name}.png"
            whole = int(page.evaluate("document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(picture.height, whole)}
            page.screenshot(path=path, full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]
            taken.append(path)
        browser.close()
    return taken


def _chromium() -> str:
    named = os.environ.get("PARITY_CHROMIUM")
    found = [named] if named else [path for path in map(shutil.which, CHROMIUM) if path]
    if not found:
        sys.exit("There is no Chromium here. Install it (apt install chromium), or name it in PARITY_CHROMIUM.")
    return found[0]


def main(arguments: Sequence[str]) -> None:
    """Photograph the site that is named, else the one that the demonstration published last."""
    site = Path(arguments[0]) if arguments else CURRENT
    if not (site / "index.html").is_file():
        sys.exit(f"There is no site in {site}. Run `make demo` first, or name the folder of one.")
    for path in photograph(site):
        size = path.stat().st_size
        print(f"{path.name}: {size // 1000} kB" + (", too large: show less of it" if size > MOST_BYTES else ""))


if __name__ == "__main__":
    main(sys.argv[1:])
