"""Who is who in a snapshot: scope, the post that places a person, and the groups that the person belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.independent.read import Date, Row, date_of, unit_key

EMPLOYED = {"Permanent", "Fixed Term Temp", "Locum"}
LISTED = {
    "Active Assignment",
    "Acting Up",
    "Internal Secondment",
    "Maternity & Adoption",
    "Career Break",
    "Out on External Secondment - Paid",
    "Out on External Secondment - Unpaid",
    "Suspend With Pay",
    "Suspend No Pay",
    "Suspend Assignment",
}

CATEGORY_OF = {
    "A": "white_british",
    "B": "white_irish",
    "C": "white_other",
    "D": "mixed_white_and_black_caribbean",
    "E": "mixed_white_and_black_african",
    "F": "mixed_white_and_asian",
    "G": "mixed_other",
    "H": "asian_indian",
    "J": "asian_pakistani",
    "K": "asian_bangladeshi",
    "L": "asian_other",
    "M": "black_caribbean",
    "N": "black_african",
    "P": "black_other",
    "R": "chinese",
    "S": "any_other",
    "Z": "not_stated",
}
BROAD_OF = (
    dict.fromkeys("ABC", "white")
    | dict.fromkeys("DEFG", "mixed")
    | dict.fromkeys("HJKLR", "asian")
    | dict.fromkeys("MNP", "black")
    | {"S": "other", "Z": "unknown"}
)
TRAC = {
    "white - british": "A",
    "white - irish": "B",
    "white - any other white background": "C",
    "mixed - white & black caribbean": "D",
    "mixed - any other mixed background": "G",
    "asian or asian british - indian": "H",
    "asian or asian british - chinese": "R",
    "black or black british - african": "N",
    "other ethnic group - any other ethnic group": "S",
    "i do not wish to disclose this": "Z",
}
NOT_GIVEN = {"", "99", "unspecified"}
DISABILITY_OF = {
    "Yes": "yes",
    "No": "no",
    "Not Declared": "not_declared",
    "Prefer Not To Answer": "prefer_not_to_answer",
    "I do not wish to disclose whether or not I have a disability": "prefer_not_to_answer",
    "Unspecified": "unspecified",
    "": "blank",
}
RELIGION_OF = {
    "Atheism": "atheism",
    "Buddhism": "buddhism",
    "Christianity": "christianity",
    "Hinduism": "hinduism",
    "Islam": "islam",
    "Jainism": "jainism",
    "Judaism": "judaism",
    "Sikhism": "sikhism",
    "Other": "other",
    "I do not wish to disclose my religion/belief": "not_disclosed",
    "Unspecified": "unspecified",
    "": "blank",
}
ORIENTATION_OF = {
    "Heterosexual or Straight": "heterosexual",
    "Gay or Lesbian": "gay_or_lesbian",
    "Bisexual": "bisexual",
    "Other sexual orientation not listed": "other",
    "Undecided": "undecided",
    "Not stated (person asked but declined to provide a response)": "not_stated",
    "Unspecified": "unspecified",
    "": "blank",
}
MARITAL_OF = {
    "Single": "single",
    "Married": "married",
    "Civil Partnership": "civil_partnership",
    "Divorced": "divorced",
    "Legally Separated": "legally_separated",
    "Widowed": "widowed",
    "Unknown": "unknown",
    "": "blank",
}
DECLINED = {"not_stated", "not_declared", "prefer_not_to_answer", "not_disclosed"}
EMPTY = {"blank", "unspecified", "unknown"}
STAFF_GROUP_OF = {
    "Medical and Dental": "medical_and_dental",
    "Students": "students",
    "Nursing and Midwifery Registered": "nursing_and_midwifery_registered",
    "Allied Health Professionals": "allied_health_professionals",
    "Additional Professional Scientific and Technical": "additional_professional_scientific_and_technical",
    "Healthcare Scientists": "healthcare_scientists",
    "Additional Clinical Services": "additional_clinical_services",
    "Administrative and Clerical": "administrative_and_clerical",
    "Estates and Ancillary": "estates_and_ancillary",
    "Supplementary Roles": "supplementary_roles",
}
BANDS = ("band_1", "band_2", "band_3", "band_4", "band_5", "band_6", "band_7")
AFC_BANDS = (*BANDS, "band_8a", "band_8b", "band_8c", "band_8d", "band_9")
SCALE_OF = {f"X{kind}{number:02}": band for kind in "RN" for number, band in enumerate(AFC_BANDS, 1)} | {
    "YC72": "consultant",
    "YM71": "non_consultant_career_grade",
    "MC41": "non_consultant_career_grade",
    "MN31": "trainee_grade",
    "VM01": "vsm",
    "LC01": "non_afc",
}
RANK_OF = {band: rank for rank, band in enumerate((*AFC_BANDS, "vsm"), 1)}
MEDICAL = ("consultant", "non_consultant_career_grade", "trainee_grade", "other_medical")
CLUSTER_OF = (
    dict.fromkeys(BANDS[:4], "cluster_1")
    | dict.fromkeys(BANDS[4:], "cluster_2")
    | {"band_8a": "cluster_3", "band_8b": "cluster_3", "band_8c": "cluster_4", "band_8d": "cluster_4"}
    | {"band_9": "cluster_4", "vsm": "cluster_4", "consultant": "cluster_5"}
    | {"non_consultant_career_grade": "cluster_6", "trainee_grade": "cluster_7"}
)
TIER_OF = {band: "lower" if rank <= 5 else "middle" if rank <= 7 else "upper" for band, rank in RANK_OF.items()}


@dataclass(frozen=True)
class Member:
    """One person in one snapshot: `is_employed` is the employed scope, `is_relevant` the scope of pay gaps."""

    number: str
    is_employed: bool
    is_relevant: bool
    directorate: str
    team: str
    band: str
    clinical: str
    staff_group: str
    working_time: str
    groups: dict[str, str]
    fte: float


def members(rows: Iterable[Row], date: Date) -> dict[str, Member]:
    """Every person of a snapshot, in and out of scope, by employee number."""
    posts: dict[str, list[Row]] = {}
    for row in rows:
        posts.setdefault(row["Employee Number"], []).append(row)
    return {number: _member(number, mine, date) for number, mine in posts.items()}


def _member(number: str, posts: list[Row], date: Date) -> Member:
    employed = [row for row in posts if row["Assignment Category"] in EMPLOYED and row["Assignment Status"] in LISTED]
    bank = [row for row in posts if row["Assignment Category"] == "Bank" and row["Assignment Status"] in LISTED]
    placing = min(employed or bank or posts, key=_order)
    fte = sum(float(row["FTE"]) for row in employed or posts)
    band = SCALE_OF.get(placing["Pay Scale"], "unmapped")
    return Member(
        number=number,
        is_employed=bool(employed),
        is_relevant=bool(employed or bank),
        directorate=unit_key(placing["Org L3"]),
        team=unit_key(placing["Org L5"]),
        band=band,
        clinical=_clinical(band, placing),
        staff_group=STAFF_GROUP_OF.get(placing["Staff Group"], "unmapped"),
        working_time="full_time" if fte >= 1 - 1e-9 else "part_time",
        groups=characteristics(placing) | more_characteristics(placing, date),
        fte=fte,
    )


def _order(row: Row) -> tuple[bool, float, Date, int]:
    """Primary first, then the highest FTE, the earliest start, the lowest sequence."""
    start = date_of(row["Latest Start Date"])
    assert start
    sequence = row["Assignment Number"].partition("-")[2]
    return row["Primary Assignment"] != "Y", -float(row["FTE"]), start, int(sequence or 1)


def _clinical(band: str, row: Row) -> str:
    if band in MEDICAL:
        return "medical_and_dental"
    first = row["Occupation Code"][:1]
    if first.isdigit() or first in tuple("AHNPSU"):
        return "clinical"
    if first == "G":
        return "non_clinical"
    group = STAFF_GROUP_OF.get(row["Staff Group"])
    if group is None:
        return "clinical_split_unknown"
    return "non_clinical" if group in ("administrative_and_clerical", "estates_and_ancillary") else "clinical"


def characteristics(row: Row) -> dict[str, str]:
    """Groups by gender, ethnicity and disability, as staff, applicants, board members and concerns have them."""
    letter = letter_of(row["Ethnic Origin"])
    broad = BROAD_OF.get(letter, "unknown")
    disability = DISABILITY_OF.get(row.get("Disability", ""), "unmapped")
    return {
        "ethnicity": broad if broad in ("white", "unknown") else "ethnic_minority",
        "ethnicity_broad": broad,
        "ethnicity_category": CATEGORY_OF.get(letter, letter),
        "beside_white_british": _beside_white_british(row["Ethnic Origin"], letter),
        "disability": disability,
        "disability_group": {"yes": "disabled", "no": "not_disabled"}.get(disability, "unknown"),
        "gender": {"Female": "female", "Male": "male"}.get(row["Gender"], "unknown"),
    }


BRITISH_IN_C = ("C2", "CA", "CB", "CC", "CD")
"""Northern Irish, English, Scottish, Welsh, Cornish: category C of the dictionary, White British of a comparator."""


def _beside_white_british(text: str, letter: str) -> str:
    """The detailed category as pay is compared by it."""
    if text.partition(" ")[0] in BRITISH_IN_C and letter == "C":
        return "white_british"
    category = CATEGORY_OF.get(letter, "unknown")
    return "unknown" if category == "not_stated" else category


def letter_of(text: str) -> str:
    """The national letter of an ethnic origin; else `blank` or `unmapped`."""
    if text.casefold() in NOT_GIVEN:
        return "blank"
    if text.casefold() in TRAC:
        return TRAC[text.casefold()]
    code = text.partition(" ")[0]
    return code[0] if code[0] in CATEGORY_OF and len(code) <= 2 else "unmapped"


def more_characteristics(row: Row, date: Date) -> dict[str, str]:
    """Groups that only the staff list knows."""
    religion = RELIGION_OF.get(row["Religious Belief"], "unmapped")
    orientation = ORIENTATION_OF.get(row["Sexual Orientation"], "unmapped")
    return {
        "age": _age_band(date_of(row["Date Of Birth"]), date),
        "religion": religion,
        "religion_group": _religion_group(religion),
        "sexual_orientation": orientation,
        "sexual_orientation_group": _orientation_group(orientation),
        "marital_status": MARITAL_OF.get(row["Marital Status"], "unmapped"),
    }


def _religion_group(religion: str) -> str:
    if religion in DECLINED | EMPTY | {"unmapped"}:
        return "unknown"
    return "no_religion" if religion == "atheism" else "follows_a_religion"


def _orientation_group(orientation: str) -> str:
    if orientation in ("gay_or_lesbian", "bisexual", "other"):
        return "lgb_plus"
    return orientation if orientation in ("heterosexual", "undecided") else "unknown"


def _age_band(born: Date | None, date: Date) -> str:
    if born is None:
        return "unknown"
    age = date.year - born.year - ((date.month, date.day) < (born.month, born.day))
    for last, band in ((20, "under_21"), (30, "21_30"), (40, "31_40"), (50, "41_50"), (60, "51_60"), (70, "61_70")):
        if age <= last:
            return band
    return "71_and_over"


def declaration(value: str) -> str:
    """The declaration class of a value of the profile."""
    if value in EMPTY:
        return "blank"
    if value == "unmapped":
        return "unmapped"
    return "declined" if value in DECLINED else "declared"
