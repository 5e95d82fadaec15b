"""What a message says, and that nothing in it can do more than be read."""

from __future__ import annotations

import dataclasses
import json
from email.message import EmailMessage

import pytest

from flows.alert import alert
from flows.configure import Settings
from flows.home import Home
from flows.record import Finding
from tests.alert.conftest import Configured, mail_keys
from tests.alert.nights import INCOMPLETE, INFORMATIVE, REFUSED, UNMAPPED, night, now, publish
from tests.alert.servers import MailServer, TeamsServer


def test_many_findings_make_one_message(by_mail: Settings, home: Home, mail: MailServer) -> None:
    many = [dataclasses.replace(UNMAPPED, name=f"unknown_{number}") for number in range(25)]
    told = alert(by_mail, home, night(0, "withheld", INCOMPLETE, REFUSED, *many, INFORMATIVE), now(0))
    assert len(mail.messages) == len(told) == 1
    assert told[0]["delivered"] is True


def test_message_says_outcome_release_checks_counts_places_owner_next_step_and_run(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    run = night(0, "withheld", INCOMPLETE, REFUSED)
    alert(by_mail, home, run, now(0))
    message = mail.messages[0]
    assert message["Subject"] == (
        "Parity: tonight's figures were withheld; nothing is published yet — "
        "Ethnicity is incomplete in 1 directorate (and 1 more)"
    )
    for body in (part_of(message, "plain"), part_of(message, "html")):
        for said in (
            "Test Ambulance Service (XPT)",
            "did not pass the checks and were withheld",
            "Nothing has been published yet",
            "2 things need a person",
            "ethnicity_complete_by_directorate (stops publication)",
            "people 412, blank 98",
            "Ambulance Operations North",
            "EDI team",
            "Ask the directorate to complete ESR self-service",
            "file_refused (file refused, warning)",
            "rows read 8,123",
            run.run_id,
        ):
            assert said in body, said


def test_subject_names_the_release_that_stays(by_mail: Settings, home: Home, mail: MailServer) -> None:
    publish(home, "20250401T023000Z_000001", "2025-04-01T02:31:00+00:00")
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(by_mail, home, night(1, "broken"), now(1))
    assert "yesterday's release stays" in mail.messages[0]["Subject"]
    assert "the night broke off; the release of 1 April 2025 stays" in mail.messages[1]["Subject"]
    assert "published 1 April 2025, 03:31, judged as of 31 March 2025" in part_of(mail.messages[0], "plain")


def test_only_what_stops_publication_is_said_to_stop_it(by_mail: Settings, home: Home, mail: MailServer) -> None:
    refused = dataclasses.replace(REFUSED, severity="critical")
    alert(by_mail, home, night(0, "published", refused), now(0))
    said = part_of(mail.messages[0], "plain")
    assert "file_refused (file refused, urgent)" in said
    assert "stops publication" not in said and "critical" not in said, "the figures are out"
    alert(by_mail, home, night(1, "broken", dataclasses.replace(INCOMPLETE, kind="broken", name="step_build")), now(1))
    assert "step_build (broken, stops publication)" in part_of(mail.messages[1], "plain")


def test_places_are_told_apart_though_they_have_commas(by_mail: Settings, home: Home, mail: MailServer) -> None:
    places = ("list.csv, Ethnic Origin, lines 11, 12 and 10 more", "list.csv, Gender, line 8")
    alert(by_mail, home, night(0, "published", dataclasses.replace(UNMAPPED, places=places)), now(0))
    said = part_of(mail.messages[0], "plain")
    assert "Where: list.csv, Ethnic Origin, lines 11, 12 and 10 more; list.csv, Gender, line 8" in said


def test_what_stands_elsewhere_is_not_said_to_be_no_longer_found(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    for day, month in enumerate(("February", "March")):
        found = dataclasses.replace(UNMAPPED, places=(f"{month}, lines 2, 3",))
        alert(by_mail, home, night(day, "published", found), now(day))
    assert len(mail.messages) == 2
    assert "No longer found" not in part_of(mail.messages[1], "plain")


def test_subject_has_the_first_sentence_only(by_mail: Settings, home: Home, mail: MailServer) -> None:
    long = "esr_staff_list/a.csv was refused at 98.5 %. It lacks a column."
    alert(by_mail, home, night(0, "published", dataclasses.replace(REFUSED, sentence=long)), now(0))
    assert mail.messages[0]["Subject"] == (
        "Parity: tonight's figures are published — esr_staff_list/a.csv was refused at 98.5 %"
    )


def test_informative_findings_alone_send_nothing(by_mail: Settings, home: Home, mail: MailServer) -> None:
    assert alert(by_mail, home, night(0, "published", INFORMATIVE), now(0)) == []
    assert mail.messages == []
    assert list(home.outbox.glob("*.json")) == []


def test_a_bad_outcome_without_a_finding_is_told_all_the_same(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "broken"), now(0))
    assert "The night broke off, and no step says why" in mail.messages[0]["Subject"]


def test_a_published_night_with_a_warning_says_that_figures_are_out(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    alert(by_mail, home, night(0, "published", UNMAPPED), now(0))
    assert mail.messages[0]["Subject"].startswith("Parity: tonight's figures are published — A pay scale is unknown")


HOSTILE = Finding(
    kind="withheld",
    severity="critical",
    name="check",
    sentence="Incomplete\r\nBcc: everybody@else.test\r\n\r\n<script>alert(1)</script>",
    places=("North\nBcc: other@else.test", "<img src=x onerror=alert(2)>", "[click](https://else.test)", "\u202eabc"),
    next_step="Nothing & nobody <b>",
)


def test_line_breaks_in_a_finding_start_no_header(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", HOSTILE), now(0))
    message = mail.messages[0]
    assert message["Bcc"] is None
    assert mail.recipients == ["edi.team@trust.test"]
    assert "Incomplete Bcc: everybody@else.test" in message["Subject"]
    assert "North Bcc: other@else.test" in part_of(message, "plain")


def test_markup_in_a_finding_is_shown_and_not_run(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", HOSTILE), now(0))
    page = part_of(mail.messages[0], "html")
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page + part_of(mail.messages[0], "plain")
    assert "<script>alert(1)</script>" in part_of(mail.messages[0], "plain")


def test_a_card_reads_no_markdown_in_names(with_alerts: Configured, home: Home, teams: TeamsServer) -> None:
    alert(with_alerts(), home, night(0, "withheld", HOSTILE), now(0))
    card = card_of(teams)
    types = {one["type"] for one in elements(card)}
    assert types == {"RichTextBlock", "TextRun", "Container"}, "a TextBlock or a FactSet would read Markdown"
    assert "[click](https://else.test)" in text_of(card)


def test_unicode_survives(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", dataclasses.replace(INCOMPLETE, sentence="Mörd–Łódź ✓ 90 %")), now(0))
    assert "Mörd–Łódź ✓ 90 %" in mail.messages[0]["Subject"]
    assert "Mörd–Łódź ✓ 90 %" in part_of(mail.messages[0], "plain")


def test_a_card_says_what_the_mail_says(
    with_alerts: Configured, home: Home, mail: MailServer, teams: TeamsServer
) -> None:
    run = night(0, "withheld", INCOMPLETE, REFUSED)
    alert(with_alerts(**mail_keys(mail)), home, run, now(0))
    card = card_of(teams)
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    said = text_of(card)
    assert mail.messages[0]["Subject"] in said
    for line in part_of(mail.messages[0], "plain").splitlines():
        assert line.strip() in said, line


def test_a_card_keeps_within_what_teams_takes_and_says_what_it_left_out(
    with_alerts: Configured, home: Home, teams: TeamsServer
) -> None:
    places = tuple(f"Directorate of number {number}" for number in range(30))
    many = [dataclasses.replace(UNMAPPED, name=f"unknown_{number:03}", places=places) for number in range(100)]
    alert(with_alerts(), home, night(0, "published", *many), now(0))
    assert len(json.dumps(teams.posts[0])) < 28_000
    said = text_of(card_of(teams))
    shown = said.count("(unknown values, warning)")
    assert 5 < shown < 60
    assert f"{60 - shown} more are in the e-mail" in said
    assert "40 more are shown by `parity status`" in said
    assert "and 10 more" in said, "places that are not shown are counted"


@pytest.mark.parametrize("outcome", ["withheld", "broken", "published", "nothing_new"])
def test_every_outcome_has_a_subject_of_one_line(by_mail: Settings, home: Home, mail: MailServer, outcome: str) -> None:
    alert(by_mail, home, night(0, outcome, dataclasses.replace(UNMAPPED, sentence="long " * 200)), now(0))
    assert "\n" not in mail.messages[0]["Subject"]
    assert len(mail.messages[0]["Subject"]) < 250


def part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def card_of(teams: TeamsServer) -> dict[str, object]:
    post = teams.posts[0]
    assert post["type"] == "message"
    assert post["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    card: dict[str, object] = post["attachments"][0]["content"]
    return card


def elements(card: object) -> list[dict[str, object]]:
    """Every element within a card."""
    inside = card.get("body") or card.get("items") or card.get("inlines") or [] if isinstance(card, dict) else []
    return [one for child in inside for one in (child, *elements(child))]


def text_of(card: object) -> str:
    """A card's text, a line for each block."""
    blocks = [one for one in elements(card) if one["type"] == "RichTextBlock"]
    return "\n".join("".join(str(run["text"]) for run in block["inlines"]) for block in blocks)  # type: ignore[attr-defined]
