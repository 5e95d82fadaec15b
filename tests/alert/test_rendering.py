"""The mail as a reader meets it: sent by SMTP, parsed as a mail program parses it, and opened in a real browser.

With PARITY_SCREENSHOTS=<folder> in the environment the pictures of `docs/images` are made anew.
"""

from __future__ import annotations

import dataclasses
import html
import os
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from flows.alert import alert
from flows.configure import Organisation, Settings
from flows.home import Home
from flows.record import RunRecord
from tests.alert.nights import INCOMPLETE, REFUSED, UNMAPPED, night, now, publish
from tests.alert.servers import MailServer
from tests.alert.test_message import HOSTILE, part_of
from tests.report.browse import AXE, browser, told

LONG = dataclasses.replace(
    UNMAPPED, name="values_" + "long_" * 30, places=("esr_staff_list/" + "x" * 200 + ".csv",), sentence="Ł" * 300
)
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1000, 320)]


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def page(running: Browser) -> Iterator[Page]:
    """A tab with scripts and every request refused, as a careful mail program has it."""
    context = running.new_context(viewport={"width": 1000, "height": 700}, java_script_enabled=True)
    one = context.new_page()
    yield one
    context.close()


def received(settings: Settings, home: Home, mail: MailServer, run: RunRecord) -> EmailMessage:
    publish(home, "20250401T023000Z_000001", "2025-04-01T02:31:00+00:00")
    alert(settings, home, run, now(0))
    return mail.messages[-1]


def lines_of(text: str) -> list[str]:
    """The lines of a text with something in them, each with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def shown(page: Page, message: EmailMessage) -> list[str]:
    """What the HTML part shows, line by line; whatever it asks for is refused and fails the test."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(part_of(message, "html"), wait_until="load")
    assert not asked, "a mail asks for nothing"
    return lines_of(page.locator("body").inner_text())


@pytest.mark.parametrize(
    "run",
    [
        night(0, "withheld", INCOMPLETE, REFUSED, UNMAPPED),
        night(0, "published", UNMAPPED),
        night(0, "broken", HOSTILE, LONG),
    ],
    ids=lambda run: str(run.outcome),
)
def test_the_browser_shows_line_by_line_what_the_text_says(
    by_mail: Settings, home: Home, mail: MailServer, page: Page, run: RunRecord
) -> None:
    message = received(by_mail, home, mail, run)
    assert message.get_content_type() == "multipart/alternative"
    assert shown(page, message) == lines_of(part_of(message, "plain"))


def test_a_mail_reads_in_every_width_light_or_dark(by_mail: Settings, home: Home, mail: MailServer, page: Page) -> None:
    shown(page, received(by_mail, home, mail, night(0, "withheld", INCOMPLETE, REFUSED, LONG)))
    page.evaluate(AXE_SCRIPT)
    backgrounds = set()
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} pixels are wide enough"
        found = [told(one) for one in page.evaluate("asked => axe.run(asked)", AXE)["violations"]]
        assert [one for one in found if not one.startswith(("landmark", "region"))] == [], scheme
        backgrounds.add(page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor"))
    assert len(backgrounds) == 2, "a dark screen gets a dark mail"


def test_a_mail_program_that_reads_no_style_sheet_loses_nothing(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    """Outlook, and mail in a browser, drop the style sheet: every colour and size stands on its own element."""
    written = part_of(received(by_mail, home, mail, night(0, "withheld", INCOMPLETE)), "html")
    bare = re.sub(r"(?s)<style>.*?</style>", "", written)
    assert not re.search(
        r"(?i)<(img|script|link|iframe|svg|form|input|button|a)\b|url\(|@import|https?:|\son\w+=", bare
    )
    for tag in re.findall(r"<(?:h1|h2|h3|p)\b[^>]*>", bare):
        assert ('style="' in tag and "font-size" in tag) or 'class="line"' in tag, tag
    assert "412" in html.unescape(bare)


def test_pictures_for_the_documentation(
    by_mail: Settings, home: Home, mail: MailServer, page: Page, tmp_path: Path
) -> None:
    """The mail beside its text, of an invented night of the demonstration trust."""
    trust = Organisation(name="Thamesmere Ambulance Service NHS Trust", ods_code="XPT")
    run = night(0, "withheld", INCOMPLETE, REFUSED)
    message = received(by_mail.model_copy(update={"organisation": trust}), home, mail, run)
    folder = Path(os.environ.get("PARITY_SCREENSHOTS") or tmp_path)
    shown(page, message)
    page.set_viewport_size({"width": 760, "height": 700})
    page.screenshot(path=folder / "alert-email.png", full_page=True)
    plain = html.escape(f"Subject: {message['Subject']}\n\n{part_of(message, 'plain')}")
    page.set_content(f'<pre style="margin:20px;font:14px/20px monospace;white-space:pre-wrap">{plain}</pre>')
    page.screenshot(path=folder / "alert-email-text.png", full_page=True)
    assert (folder / "alert-email.png").stat().st_size > 10_000
    assert (folder / "alert-email-text.png").stat().st_size > 10_000
