"""Open pages in the machine's own Chromium, and ask them what only a browser knows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Sets of axe-core's rules. It is not to read the styles by itself, which no page of a file may (`preload`)."""

AXE = {"resultTypes": ["violations"], "runOnly": RULES, "preload": False}

FOCUSABLE = "a[href], area[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex]"


def chromium() -> str:
    """The path of Chromium; the test is skipped where there is none."""
    named = os.environ.get("PARITY_CHROMIUM")
    found = [named] if named else [path for path in map(shutil.which, NAMES) if path]
    if not found:
        pytest.skip("no Chromium here: apt install chromium, or name one in PARITY_CHROMIUM")
    return found[0]


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a new, empty profile that can reach no network."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        try:
            yield running
        finally:
            running.close()


@dataclass
class Watched:
    """A tab, and whatever its pages complained of or asked for outside the site."""

    page: Page
    site: Path
    complaints: list[str] = field(default_factory=list)

    def open(self, path: Path) -> Page:
        """Go to a page of the site and wait until it stands."""
        self.page.goto(path.as_uri(), wait_until="load")
        return self.page

    def axe(self) -> list[str]:
        """What axe-core finds against the page as it stands, each with the first places."""
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("asked => axe.run(asked)", AXE)
        return [told(one) for one in found["violations"]]


def told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    places = "; ".join(f"{one['target']} {one['html'][:120]}" for one in nodes[:3])
    return f"{violation['id']} × {len(nodes)}: {violation['help']}: {places}"


@contextmanager
def watched(running: Browser, site: Path, size: dict[str, int] = WIDE, has_script: bool = True) -> Iterator[Watched]:
    """A tab of its own for one site."""
    context = running.new_context(viewport=size, java_script_enabled=has_script)  # type: ignore[arg-type]
    tab = Watched(context.new_page(), site)
    where = site.resolve()

    def ask(url: str) -> None:
        parts = urlsplit(url)
        is_ours = parts.scheme == "file" and Path(unquote(parts.path)).is_relative_to(where)
        if not is_ours and parts.scheme not in {"data", "about", "blob"}:
            tab.complaints.append(f"{tab.page.url}: asks for {url}")

    tab.page.on("request", lambda request: ask(request.url))
    tab.page.on("requestfailed", lambda request: tab.complaints.append(f"{tab.page.url}: did not get {request.url}"))
    tab.page.on("pageerror", lambda error: tab.complaints.append(f"{tab.page.url}: {error}"))
    tab.page.on("console", lambda said: tab.complaints.append(f"{tab.page.url}: {said.type}: {said.text}"))
    try:
        yield tab
    finally:
        context.close()


TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth <= room) return found;
  for (const one of document.querySelectorAll('body *')) {
    const box = one.getBoundingClientRect();
    if (box.right > room + 1 && !one.closest('.parity-scroll > *')) found.push(one.outerHTML.slice(0, 120));
  }
  return [`${document.documentElement.scrollWidth} > ${room}`, ...found.slice(0, 5)];
}"""
"""What makes the page scroll sideways."""

OVERLAPS = """() => {
  const blocks = 'h1,h2,h3,h4,p,td,th,li,caption,figcaption,dt,dd,summary,button,input,label,svg text';
  const clip = one => {
    let box = one.getBoundingClientRect(), [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom];
    for (let up = one.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX === 'visible') continue;
      const edge = up.getBoundingClientRect();
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return {one, left, right, top, bottom};
  };
  const seen = [...document.querySelectorAll(blocks)]
    .filter(one => one.textContent.trim() && one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .filter(one => !one.closest('.nhsuk-u-visually-hidden, .nhsuk-skip-link'))
    .map(clip).filter(box => box.right - box.left > 1 && box.bottom - box.top > 1);
  seen.sort((a, b) => a.top - b.top);
  const found = [];
  for (let i = 0; i < seen.length; i++) {
    const a = seen[i];
    for (let j = i + 1; j < seen.length && seen[j].top < a.bottom - 3; j++) {
      const b = seen[j];
      if (a.one.contains(b.one) || b.one.contains(a.one)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - b.top;
      const text = box => box.one.textContent.trim().slice(0, 50);
      const most = Math.min(a.bottom - a.top, b.bottom - b.top) * 0.3;  // letters leave a line's top and bottom free
      if (wide > 3 && high > Math.max(3, most)) found.push(`${text(a)} / ${text(b)}`);
    }
  }
  return found.slice(0, 8);
}"""
"""Pairs of texts of which one lies on the other."""

OUT_OF_REACH = """() => {
  const acts = '[onclick], [role=button], [role=link], [role=tab], [tabindex], a, button, summary, input, select';
  return [...document.querySelectorAll(acts)]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && one.type !== 'hidden' && one.tabIndex !== 0)
    .map(one => one.outerHTML.slice(0, 120));
}"""
"""What can be clicked and not be reached by Tab, or not in the order of the page."""

WATCH_FOCUS = """selector => {
  const look = s => [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor,
    s.color].join('|');
  const can = one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0;
  const all = [...document.querySelectorAll(selector)].filter(can);
  const plain = new Map(all.map(one => [one, look(getComputedStyle(one))]));
  window.walked = [];
  document.addEventListener('focusin', ({target}) => walked.push(
    {place: all.indexOf(target), isMarked: look(getComputedStyle(target)) !== plain.get(target)}));
  document.addEventListener('focusout', ({target}) => {
    const box = target.getBoundingClientRect();
    walked.at(-1).isSeen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0
      && box.left < innerWidth;
  });
  return all.map(one => one.outerHTML.slice(0, 90));
}"""
"""What the keyboard has to reach, in the order of the page; from now on the page notes where the focus goes.

Of each stop: whether it looks otherwise than without the focus, and whether it is in sight when the focus leaves it.
"""

VISIBLE_TEXTS = r"""() => {
  const said = 'h1,h2,h3,h4,p,td,th,li,dt,dd,caption,figcaption,summary'.split(',').map(name => `main ${name}`).join();
  return [...document.querySelectorAll(said)].filter(one => one.checkVisibility({visibilityProperty: true}))
    .map(one => one.innerText.replace(/\s+/g, ' ').trim()).filter(Boolean);
}"""
"""What a page says, text by text, as far as it is to be seen."""
