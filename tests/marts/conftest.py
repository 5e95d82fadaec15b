"""One small trust for all tests of the marts: its landing files, taken in and built once."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.build import BuildResult, build
from flows.configure import load_settings
from flows.fingerprint import content_hash
from flows.home import Home
from flows.ingest import ingest
from tests.ingest.conftest import write_workbook
from tests.share import made_once
from tests.small_trust import staff_list, write_csv

Person = dict[str, str]
Rows = list[tuple[Any, ...]]

NORTH = {"Org L3": "North", "Org L5": "Camden", "Pay Scale": "XR06", "Occupation Code": "A1A"}
SOUTH = {"Org L3": "South", "Org L5": "Brixton", "Pay Scale": "XR03", "Occupation Code": "H1A"}
SOUTH_CAMDEN = {"Org L3": "South", "Org L5": "Camden", "Pay Scale": "XR06", "Occupation Code": "A1A"}
OFFICE = {"Org L3": "Office", "Org L5": "", "Pay Scale": "XR08", "Occupation Code": "G1A"}
WHITE = {"Ethnic Origin": "A White - British"}
INDIAN = {"Ethnic Origin": "H Asian or Asian British - Indian"}
BLACK = {"Ethnic Origin": "N Black or Black British - African"}
NOT_STATED = {"Ethnic Origin": "Z Not Stated"}
BLANK = {"Ethnic Origin": ""}


def these(count: int, *parts: Person) -> list[Person]:
    """`count` people who have all of these values."""
    person: Person = {}
    for part in parts:
        person |= part
    return [dict(person) for _ in range(count)]


def march_2025() -> list[Person]:
    """20 people in employed scope: 13 white, 5 from ethnic minorities, 2 unknown; 3 people who are not counted."""
    people = [
        *these(6, NORTH, WHITE),
        *these(1, NORTH, INDIAN, {"Gender": "Male", "Disability": "Yes", "FTE": "0.6"}),
        *these(1, NORTH, NOT_STATED, {"Disability": "Prefer Not To Answer"}),
        *these(3, SOUTH, WHITE),
        *these(3, SOUTH, BLACK, {"Gender": "Male", "Religious Belief": "Islam"}),
        *these(1, SOUTH_CAMDEN, WHITE),
        *these(1, SOUTH_CAMDEN, INDIAN, {"Disability": ""}),
        *these(3, OFFICE, WHITE, {"Staff Group": "Administrative and Clerical", "Religious Belief": "Atheism"}),
        *these(1, OFFICE, BLANK, {"Staff Group": "Administrative and Clerical", "Religious Belief": "Unspecified"}),
        *these(1, SOUTH, BLACK, {"Assignment Category": "Bank"}),
        *these(1, OFFICE, BLACK, {"Assignment Category": "Non-Exec Director/Chair"}),
        *these(1, OFFICE, BLACK, {"Assignment Status": "Offer Accepted"}),
    ]
    second_post = people[0] | {"Employee Number": "10000001", "Assignment Number": "10000001-2"}
    return [*people, second_post | {"Primary Assignment": "N", "FTE": "0.2"} | SOUTH]


def march_2024() -> list[Person]:
    """20 people: 13 white, 6 from ethnic minorities, 1 unknown; nobody in the office."""
    return [*these(8, NORTH, WHITE), *these(5, SOUTH, WHITE), *these(6, SOUTH, BLACK), *these(1, SOUTH, NOT_STATED)]


def february_2025() -> list[Person]:
    """24 people: no list has the pay scale of 12, the religion of 3, the ethnic origin of 1 and the category of 1."""
    people = these(24, NORTH, WHITE)
    for person in people[:12]:
        person["Pay Scale"] = "XR13"
    for person in people[12:15]:
        person["Religious Belief"] = "Jedi"
    people[20]["Ethnic Origin"] = "Smith"
    people[21]["Assignment Category"] = "Gig Worker"
    people[22]["Date Of Birth"] = ""
    return people


def february_2024() -> list[Person]:
    """30 people, on the last day of a February that has 29 days."""
    return these(30, NORTH, WHITE)


def december_2023() -> list[Person]:
    """120 people: from ethnic minorities are 20 of 40 on band 3, 10 of 40 on band 6, 6 of 40 on band 8a."""
    return [
        *these(20, SOUTH, BLACK),
        *these(20, SOUTH, WHITE),
        *these(10, NORTH, INDIAN),
        *these(30, NORTH, WHITE),
        *these(6, OFFICE, BLACK),
        *these(34, OFFICE, WHITE),
    ]


SNAPSHOTS: dict[str, Callable[[], Sequence[Person]]] = {
    "2023-12-31": december_2023,
    "2024-02-29": february_2024,
    "2024-03-31": march_2024,
    "2025-02-28": february_2025,
    "2025-03-31": march_2025,
}


def pay_2025() -> list[Person]:
    """Pay of March for ten people with an hourly rate, one on reduced pay and one who is in no snapshot.

    3,044 pounds of a month for 35 hours are 20 pounds an hour: 3,044 x 7 / 30.44 = 700 a week.
    """
    ordinary = {"Pay Period Start": "01/03/2025", "Pay Period End": "31/03/2025", "Basic Pay": "3044"}
    ordinary |= {"Overtime": "900", "Weekly Hours": "35", "Reduced Pay For Leave": "N"}
    half = ordinary | {"Basic Pay": "1522", "Overtime": "0"}
    own = {
        "10000001": half | {"Weekly Hours": "15"},
        **{str(number): ordinary for number in range(10000002, 10000008)},
        "10000012": ordinary | {"Reduced Pay For Leave": "Y"},
        "10000013": ordinary | {"Basic Pay": "3500", "Shift Premium": "152.80"},
        "10000014": ordinary | {"Basic Pay": "3652.80", "Bonus In Year": "500"},
        "10000021": half | {"Weekly Hours": "14", "Bonus In Year": "100"},
        "66666666": ordinary,
    }
    second = half | {"Employee Number": "10000001", "Assignment Number": "10000001-2", "Weekly Hours": "20"}
    return [{"Employee Number": number} | row for number, row in own.items()] + [second]


PAY_REPORT_2024: list[list[Any]] = [
    [],
    ["Gender Pay Gap"],
    ["Gender", "Avg. Hourly Rate", "Median Hourly Rate", None, "Quartile", "Female", "Male", "Female %", "Male %"],
    ["Female", 23.33, 20, None, 1, 1, 0, 100, 0],
    ["Male", None, None, None, 2, 1, 0, 100, 0],
    ["Difference", None, None, None, 3, 1, 0, 100, 0],
    ["Pay Gap %", None, None, None, 4, 0, 0, None, None],
    [],
    [None, "Employee Number", "Assignment", "Gender", "Hourly Rate", "Grade", "Quartile"],
    [None, 10000001, "10000001", "Female", 20, "XR06", 1],
    [None, 10000002, "10000002", "Female", 30, "XR06", 3],
    [None, 10000014, "10000014", "Female", 20, "XR03", 2],
]
"""ESR BI's gender pay gap report as it comes: two white people at 20 and 30 pounds an hour, a black one at 20."""


class Trust:
    """The home of a small trust, and what its last build said."""

    def __init__(self, folder: Path) -> None:
        configuration = folder / "parity.toml"
        configuration.write_text(
            '[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n'
            "[clock]\nas_of_date = 2025-04-05\n[ingest]\nsettle_seconds = 0\n",
            encoding="utf-8",
        )
        self.settings = load_settings(configuration)
        self.home = Home.of(self.settings)
        self.home.prepare()

    def night(self) -> BuildResult:
        """Take in what lies in the landing folder and build."""
        ingest(self.settings, self.home, lambda line: None)
        self.result = build(self.settings, self.home, lambda line: None)
        return self.result

    def ask(self, sql: str) -> Rows:
        """The rows of a query."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def content(self) -> str:
        """The hash of everything that the marts hold."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return content_hash(connection)


@pytest.fixture(scope="package", autouse=True)
def _keyed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARITY_PSEUDONYM_SECRET", "a secret for tests that is long enough to be one")
        patch.delenv("PARITY_HOME", raising=False)
        yield


@pytest.fixture(scope="package")
def trust(tmp_path_factory: pytest.TempPathFactory, _keyed: None) -> Trust:
    """The small trust, built once."""
    made = made_once(tmp_path_factory.getbasetemp(), "small_trust", _build)
    trust = Trust(shutil.copytree(made, tmp_path_factory.mktemp("small") / "trust", symlinks=True))
    trust.result = pickle.loads((made / "result.pickle").read_bytes())
    return trust


def _build(folder: Path) -> None:
    trust = Trust(folder)
    for date, people in SNAPSHOTS.items():
        staff_list(trust.home.landing, date, people())
    write_csv(
        trust.home.landing / "recruitment" / "recruitment_2025-03-31.csv",
        "recruitment_applications",
        [
            {
                "Application ID": str(number),
                "Internal Applicant": "N",
                "Applied Date": "01/05/2024",
                "Shortlisted": "Y",
                "Interviewed": "Y",
                "Appointed": "N",
                "Gender": "Female",
                "Ethnic Origin": "T White - Roma",
                "Disability": "No",
            }
            for number in range(10)
        ],
    )
    write_csv(trust.home.landing / "pay" / "pay_2025-03-31.csv", "pay_assignments", pay_2025())
    write_workbook(trust.home.landing / "pay" / "esr_bi_gender_pay_gap_2024-03-31.xlsx", {"Report": PAY_REPORT_2024})
    (folder / "result.pickle").write_bytes(pickle.dumps(trust.night()))
