"""The NHS Staff Survey: the contractor's breakdown of two years, and the workbook of invented organisations."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import Size, targets
from demo.draw import Floats, stream
from demo.structure import read_table
from demo.write import write_rows

DATASET = "staff_survey_breakdown"
CHARACTERISTICS = {
    "White": "Ethnicity",
    "All other ethnic groups": "Ethnicity",
    "Yes": "Long-term condition",
    "No": "Long-term condition",
    "All": "All",
}
ANSWERING = {"Q11e": 0.65, "Q14d": 0.55, "Q31b": 0.29}
"""Share of a group's respondents to whom a question applies; others stand at nearly all."""
BASE = "Base (number of responses)"
PEERS = [
    ("XPA", "Ironbridge Ambulance Service NHS Trust", "Ambulance Trusts", "Midlands", 2900, 0.4),
    (
        "XPB",
        "Northmoor Ambulance Service NHS Foundation Trust",
        "Ambulance Trusts",
        "North East and Yorkshire",
        3300,
        0.5,
    ),
    ("XPC", "Saltmarsh Ambulance Service NHS Trust", "Ambulance Trusts", "East of England", 3100, -0.6),
    ("XPD", "Westerlands Ambulance Service NHS Foundation Trust", "Ambulance Trusts", "South West", 3600, 0.3),
    ("XPE", "Chalkdown Ambulance Service NHS Foundation Trust", "Ambulance Trusts", "South East", 2700, -0.2),
    ("XPF", "Merebank Ambulance Service NHS Trust", "Ambulance Trusts", "North West", 3900, 0.1),
    ("XPG", "Little Sound Ambulance Service (island sector)", "Ambulance Trusts", "South East", 11, 0.2),
    ("XPH", "Thamesmere General Hospitals NHS Trust", "Acute and Acute & Community Trusts", "London", 4100, 1.6),
    (
        "XPJ",
        "Fenside Partnership NHS Foundation Trust",
        "Mental Health & Learning Disability and Mental Health, Learning Disability & Community Trusts",
        "East of England",
        1800,
        2.0,
    ),
    ("XPK", "Highgate Vale Community Healthcare NHS Trust", "Community Trusts", "London", 1300, 2.4),
    ("XPL", "Riverside Commissioning Support Unit", "CSUs", "-", 640, 2.2),
]
"""Invented organisations: code, name, benchmarking group, region, respondents, how much happier than the sector."""
NOTE = "\nNote: where there were fewer than 10 responses to a question results are not displayed. All here is invented."
SCORES = "../seeds/staff_survey"
"""What makes a score: its questions, their scales, and the points of each answer."""


def write_breakdowns(landing: Path, size: Size) -> list[Path]:
    """Write the WRES and WDES breakdowns of the surveys of 2023 and 2024."""
    written = []
    for survey in targets()["survey"]:
        path = landing / "staff_survey" / f"staff_survey_breakdown_{survey['year']}.csv"
        write_rows(path, DATASET, _breakdown(survey, size))
        written.append(path)
    return written


def _breakdown(survey: dict[str, Any], size: Size) -> list[dict[str, Any]]:
    rows = []
    for question in [key for key in survey if key not in ("year", "base", "source")]:
        for group, figure in survey[question].items():
            base = _base(survey["base"][group], question, group, size)
            rows.append(
                {
                    "Survey Year": survey["year"],
                    "Question": question,
                    "Characteristic": CHARACTERISTICS[group],
                    "Group": group,
                    "Value": f"{figure:.1f}" if base >= 10 else "-",
                    "Base": base if base >= 10 else "-",
                }
            )
    return rows


def _base(respondents: int, question: str, group: str, size: Size) -> int:
    """Respondents who answered, scaled to the trust; adjustments are asked about where there is a condition."""
    share = ANSWERING.get(question, 0.985)
    if question == "Q31b":
        share = 0.63 if group == "Yes" else 0.18
    return max(2, round(respondents * share * size.scale))


def write_workbook(landing: Path, size: Size, seed: int) -> Path:
    """Write the survey workbook of 2024 in the layout of the official one: header on row 5, questions on row 1."""
    import xlsxwriter

    path = landing / "staff_survey" / "nss24_organisational_results.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    layout = read_table("survey_layout.csv")
    trust = targets()["trust"]
    organisations = [
        *PEERS,
        (
            trust["code"],
            trust["name"],
            "Ambulance Trusts",
            "London",
            max(12, round(_survey(2024)["base"]["All"] * size.scale)),
            0.0,
        ),
    ]
    organisations.sort(key=lambda row: str(row[0]))
    answers = {row[0]: _answers(layout, row, seed) for row in organisations}
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties(
            {"title": "NHS Staff Survey 2024, invented organisations", "created": datetime(2025, 3, 13)}
        )
        _notes(book.add_worksheet("Notes"))
        for sheet, columns in groupby(enumerate(layout), key=lambda pair: pair[1]["sheet"]):
            _sheet(book.add_worksheet(sheet), list(columns), organisations, answers)
    return path


def _survey(year: int) -> dict[str, Any]:
    return next(survey for survey in targets()["survey"] if survey["year"] == year)


def _notes(sheet: Any) -> None:
    lines = [
        "NHS Staff Survey 2024 - Detailed Spreadsheets",
        "Organisational results",
        "This workbook has the layout of the official one. Its organisations and figures are invented.",
        "Weighting",
        "Trusts are weighted by occupational group; commissioning support units are not.",
    ]
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 1, line)


def _sheet(
    sheet: Any, columns: list[tuple[int, dict[str, str]]], organisations: list[Any], answers: dict[str, list[Any]]
) -> None:
    first = columns[0][1]
    sheet.write_string(0, 0, "NHS Staff Survey 2024 - WEIGHTED Results")
    previous = ""
    for place, (_, column) in enumerate(columns, 6):
        if column["question"] != previous:
            sheet.write_string(0, place, column["question"])
        previous = column["question"]
    sheet.write_string(1, 0, first["subtitle"])
    sheet.write_string(2, 0, NOTE)
    for place, heading in enumerate(
        ("ODS code", "Organisation name", "Benchmarking group", "Region", "ICS", "Weighting")
    ):
        sheet.write_string(4, place, heading)
    for place, (_, column) in enumerate(columns, 6):
        sheet.write_string(4, place, column["answer"])
    for row, organisation in enumerate(organisations, 5):
        weighting = "Unweighted" if organisation[2] == "CSUs" else "Occupation Group"
        for place, text in enumerate((*organisation[:4], "-", weighting)):
            sheet.write_string(row, place, text)
        for place, (number, _) in enumerate(columns, 6):
            value = answers[organisation[0]][number]
            if isinstance(value, str):
                sheet.write_string(row, place, value)
            else:
                sheet.write_number(row, place, value)


def _answers(layout: list[dict[str, str]], organisation: Any, seed: int) -> list[Any]:
    """One organisation's figures in the order of the layout; `-` where fewer than 10 answered."""
    code, _, _, _, respondents, mood = organisation
    rng = stream(seed, f"survey {code}")
    figures: list[Any] = []
    points: dict[str, float] = {}
    for question, columns in groupby(layout, key=lambda row: row["question"]):
        given = list(columns)
        typical = np.array([float(row["typical"]) for row in given if row["answer"] != BASE])
        base = round(respondents * float(given[-1]["typical"]) * rng.uniform(0.985, 1.0))
        name = question.split(" ")[0]
        if given[0]["answer"].endswith("score"):
            values = np.array([_score(name, points, float(typical[0]) + 0.25 * mood + rng.normal(0, 0.08))])
        else:
            values = _shares(rng, typical, mood, len(given) - 1)
            if code == targets()["trust"]["code"]:
                values = _as_published(name, values)
            points[name] = _points(name, [row["answer"].removeprefix("% ") for row in given[:-1]], values)
        hidden = base < 10
        figures += ["-" if hidden else float(value) for value in values] + ["-" if hidden else base]
    return _settle(layout, figures)


def _shares(rng: np.random.Generator, typical: Floats, mood: float, answers: int) -> Floats:
    """Percentages that sum to 100 near the sector's; a happier organisation leans to the far end of five."""
    if answers == 1:
        return typical.copy()
    lean = np.linspace(-1, 1, answers) * mood * 0.12 if answers == 5 else np.zeros(answers)
    drawn = typical * np.exp(lean + rng.normal(0, 0.05, answers))
    return np.asarray(drawn / drawn.sum() * 100, dtype=np.float64)


def _as_published(name: str, values: Floats) -> Floats:
    """The trust's own figure of all respondents, as in its breakdown, for the questions that stand in it."""
    survey = _survey(2024)
    if name not in survey or name == "engagement":
        return values
    wanted, kept = survey[name]["All"], values.copy()
    parts = {"Q4b": ([3, 4], 100.0), "Q11e": ([0], 100.0), "Q15": ([0], 100.0), "Q16b": ([0], 100.0)}
    parts |= {question: ([1, 2, 3, 4], 100.0) for question in ("Q14a", "Q14b", "Q14c")}
    if name == "Q14d":  # reported by oneself, a colleague or both, of those and No
        parts["Q14d"] = ([0, 1, 4], float(values[[0, 1, 2, 4]].sum()))
    if name == "Q31b":  # yes, of yes and no
        parts["Q31b"] = ([0], float(values[[0, 1]].sum()))
    chosen, whole = parts[name]
    rest = [2] if name == "Q14d" else [1] if name == "Q31b" else [i for i in range(values.size) if i not in chosen]
    target = wanted / 100 * whole
    kept[chosen] *= target / values[chosen].sum()
    kept[rest] *= (whole - target) / values[rest].sum()
    return kept


def _of_2024(name: str) -> list[dict[str, str]]:
    """The rows that hold for the questionnaire of 2024."""
    rows = read_table(f"{SCORES}/{name}.csv")
    return [row for row in rows if int(row["year_from"]) <= 2024 <= int(row["year_to"] or 2024)]


@cache
def _score_items() -> dict[str, list[dict[str, str]]]:
    """The items of each score in the questionnaire of 2024."""
    items: dict[str, list[dict[str, str]]] = {}
    for row in _of_2024("staff_survey_score_items"):
        items.setdefault(row["score_key"], []).append(row)
    return items


@cache
def _answer_points() -> dict[tuple[str, str], float]:
    """The points of each answer to each question; an answer without points is not here."""
    scales = {row["question"]: row["scale"] for row in _of_2024("staff_survey_question_scales")}
    scored = [row for row in read_table(f"{SCORES}/staff_survey_answer_scales.csv") if row["points"]]
    return {(q, row["answer"]): float(row["points"]) for q in scales for row in scored if row["scale"] == scales[q]}


def _points(question: str, answers: list[str], shares: Floats) -> float:
    """Mean points of those whose answer has points; not a number where the question has none."""
    of_answers = [_answer_points().get((question, answer), np.nan) for answer in answers]
    has_points = ~np.isnan(of_answers)
    if not has_points.any():
        return float("nan")
    return float(shares[has_points] @ np.array(of_answers)[has_points] / shares[has_points].sum())


def _score(name: str, points: dict[str, float], otherwise: float) -> float:
    """A score of items from their points; a score of scores as drawn, until it is settled."""
    items = _score_items().get(name)
    if not items:
        return otherwise
    asked = [points[item["asked_after_question"]] / 10 if item["asked_after_question"] else 1 for item in items]
    return float(np.mean([points[item["question"]] * share for item, share in zip(items, asked, strict=True)]))


def _settle(layout: list[dict[str, str]], figures: list[Any]) -> list[Any]:
    """Make each theme the mean of its sub-scores."""
    place = {row["answer"]: index for index, row in enumerate(layout)}
    scores = read_table(f"{SCORES}/staff_survey_score_list.csv")
    sub_scores = [row for row in scores if row["score_kind"] == "sub_score"]
    for theme, rows in groupby(sub_scores, key=lambda row: row["theme_key"]):
        parts = [figures[place[f"{row['score_key']} - score"]] for row in rows]
        if all(isinstance(part, float) for part in [*parts, figures[place[f"{theme} - score"]]]):
            figures[place[f"{theme} - score"]] = float(np.mean(parts))
    return figures
