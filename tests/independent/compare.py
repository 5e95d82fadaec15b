"""Every comparison once more: relative likelihoods, differences, gaps and years, from the independent figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, product
from typing import NamedTuple

from tests.independent.arithmetic import (
    Z95,
    Interval,
    benjamini_hochberg,
    katz,
    newcombe,
    normal_p,
    smallest_expected,
    two_shares_p,
)
from tests.independent.compute import (
    AGE,
    BY_PAIRS,
    CROSSED,
    DECLARED_FIELDS,
    DISABILITY,
    ETHNICITY,
    GENDER,
    GROUPS,
    LIKELIHOODS,
    NAMED_POSTS,
    SHARES,
    SURVEYED,
    THEMES,
    Figure,
    Key,
    Values,
)
from tests.independent.people import CATEGORY_OF, RANK_OF
from tests.independent.read import Date, a_year_before


class Pair(NamedTuple):
    """What a comparison is about."""

    indicator: str
    version: str
    as_at: Date
    level: str
    unit: str
    stratum: str
    measure: str
    minority: str
    reference: str


@dataclass(frozen=True)
class Comparison:
    """A comparison of one date, and what it was one year earlier."""

    minority: Figure
    reference: Figure
    value: float | None
    interval: Interval | None = None
    is_adjusted: bool = False
    p_value: float | None = None
    p_adjusted: float | None = None
    previous: float | None = None
    by_threshold: str = "not_comparable"
    tested: str = "not_comparable"
    within_four_fifths: bool | None = None


Comparisons = dict[Pair, Comparison]


@dataclass(frozen=True)
class Rule:
    """What is set beside what. `reference` is a group of the same cell, or `workforce`: the whole trust."""

    indicator: str
    measure: str
    form: str
    of: str
    minority: str
    reference: str
    better: str
    against: str | None = None
    version: str = "1"
    is_beside_itself: bool = False


GROUP_PAIRS = {
    "ethnicity": ("ethnic_minority", "white"),
    "disability": ("disabled", "not_disabled"),
    "gender": ("female", "male"),
}


NO_MINORITY = ("white_british", "not_stated")


def _of_staff() -> Iterator[Rule]:
    """Shares of the stock of staff, and cells beside the whole workforce."""
    for indicator, minority in (("wres_1", "ethnic_minority"), ("wdes_1", "disabled")):
        yield Rule(indicator, "share", "share", "share", minority, "workforce", "higher")
        yield Rule(indicator, "difference", "from_workforce", "share", minority, "workforce", "parity", indicator)
    for characteristic, groups in GROUPS.items():
        for group in groups:
            indicator = f"workforce_profile_{characteristic}"
            yield Rule(indicator, "share", "share", "share", group, "workforce", "none")
    for name, (one, other) in CROSSED:
        for a, b in product(GROUPS[one], GROUPS[other]):
            yield Rule(f"workforce_profile_{name}", "share", "share", "share", f"{a} / {b}", "workforce", "none")
    for name, of in product(DECLARED_FIELDS, ("complete_share", "usable_share")):
        yield Rule(f"declaration_{name}", of, "share", of, "all", "workforce", "higher")


def _of_events() -> Iterator[Rule]:
    """Likelihoods and the board."""
    for indicator, form, characteristic, versions in (
        ("wres_2", "reference_over_minority", "ethnicity", "1"),
        ("wres_3", "minority_over_reference", "ethnicity", "12"),
        ("wres_4", "reference_over_minority", "ethnicity", "1"),
        ("wdes_2", "reference_over_minority", "disability", "1"),
        ("wdes_3", "minority_over_reference", "disability", "1"),
    ):
        for version in versions:
            pair = GROUP_PAIRS[characteristic]
            yield Rule(indicator, "relative_likelihood", form, "likelihood", *pair, "parity", version=version)


def _of_movement() -> Iterator[Rule]:
    """Who stays, leaves, starts and rises."""
    for what, form, better in (
        ("retention", "reference_over_minority", "higher"),
        ("leavers", "minority_over_reference", "lower"),
        ("promotion", "reference_over_minority", "higher"),
        ("starters", "minority_over_reference", "none"),
    ):
        for characteristic, pair in GROUP_PAIRS.items():
            indicator = f"{what}_{characteristic}"
            parity = "none" if better == "none" else "parity"
            yield Rule(indicator, "relative_likelihood", form, "likelihood", *pair, parity)
            for group in (*pair, "unknown"):
                wanted = "none" if group == "unknown" else better
                yield Rule(indicator, "likelihood", "share", "likelihood", group, "workforce", wanted)
        for group in AGE:
            wanted = "none" if group == "unknown" else better
            yield Rule(f"{what}_age", "likelihood", "share", "likelihood", group, "workforce", wanted)


def _of_the_board() -> Iterator[Rule]:
    """The board beside itself and beside the workforce."""
    for indicator, minority, of in (("wres_9", "ethnic_minority", "wres_1"), ("wdes_10", "disabled", "wdes_1")):
        yield Rule(indicator, "share", "share", "share", minority, "workforce", "higher", is_beside_itself=True)
        yield Rule(indicator, "difference", "difference", "share", minority, "workforce", "higher", of)


def _of_the_survey() -> Iterator[Rule]:
    """Answers of two groups of respondents."""
    for indicator, question, characteristic in SURVEYED:
        pair = GROUP_PAIRS["ethnicity" if characteristic == "Ethnicity" else "disability"]
        better = "higher" if question in ("Q4b", "Q14d", "Q15", "Q30b", "Q31b", "engagement") else "lower"
        of = "score" if question == "engagement" else "share"
        reference = pair[0] if indicator == "wdes_8" else pair[1]
        yield Rule(indicator, of, "share", of, pair[0], reference, better)
        if indicator != "wdes_8":
            yield Rule(indicator, "difference", "difference", of, *pair, "parity")


def _of_the_population() -> Iterator[Rule]:
    """Staff beside the residents, and the tiers of the bands."""
    for indicator, groups in (
        ("population_ethnicity", ("white", "asian", "black", "mixed", "other")),
        ("population_ethnicity_group", ("white", "ethnic_minority")),
    ):
        for group in groups:
            yield Rule(indicator, "difference", "from_population", "share", group, "population", "parity")
    yield Rule(
        *("race_disparity_ratio", "race_disparity_ratio", "ratio_of_ratios", "progression_ratio"),
        *("ethnic_minority", "white", "parity"),
    )


def _of_pay() -> Iterator[Rule]:
    """Gaps of pay and of bonuses."""
    for characteristic, groups, reference in (
        ("gender", ("female",), "male"),
        ("ethnicity", ("ethnic_minority",), "white"),
        ("disability", ("disabled",), "not_disabled"),
        ("ethnicity_broad", ("asian", "black", "mixed", "other"), "white"),
        ("ethnicity_category", [one for one in CATEGORY_OF.values() if one not in NO_MINORITY], "white_british"),
    ):
        for group in groups:
            indicator = f"pay_gap_{characteristic}"
            for what, of in (("pay", "hourly_pay"), ("bonus", "bonus_pay")):
                yield Rule(indicator, f"mean_{what}_gap", "gap", f"mean_{of}", group, reference, "parity")
                yield Rule(indicator, f"median_{what}_gap", "gap", f"median_{of}", group, reference, "parity")
            yield Rule(indicator, "difference", "difference", "bonus_share", group, reference, "parity")


def _of_culture() -> Iterator[Rule]:
    """Training, concerns and EDS."""
    for suffix, groups in (("", ("all",)), ("_ethnicity", ETHNICITY), ("_gender", GENDER), ("_disability", DISABILITY)):
        indicator = f"training_coverage{suffix}"
        for group in groups:
            yield Rule(indicator, "coverage", "share", "coverage", group, group, "higher")
        if suffix:
            pair = GROUP_PAIRS[suffix[1:]]
            yield Rule(indicator, "difference", "difference", "coverage", *pair, "parity")
    for stratum_measure in ("score", "total_score"):
        yield Rule(*("eds", stratum_measure, "share", stratum_measure, "all", "all", "higher"), is_beside_itself=True)
    for characteristic, groups in (("ethnicity", ETHNICITY), ("gender", GENDER)):
        for group in groups:
            yield Rule(f"ftsu_{characteristic}", "share", "share", "share", group, group, "none")
        of = f"workforce_profile_{characteristic}"
        minority = GROUP_PAIRS[characteristic][0]
        yield Rule(f"ftsu_{characteristic}", "difference", "difference", "share", minority, "workforce", "none", of)


def _of_the_trust_s_own_words() -> Iterator[Rule]:
    """Themes, posts that the plans name, and the plans themselves."""
    for indicator, groups in (
        ("ftsu_theme", [theme for theme in THEMES if theme != "unmapped"]),
        ("ftsu_theme_group", ["bullying_harassment_or_wellbeing", "other_themes", "unknown"]),
    ):
        for group in groups:
            yield Rule(indicator, "share", "share", "share", group, group, "none")
    for characteristic in BY_PAIRS:
        indicator, pair = f"positive_action_recruitment_{characteristic}", GROUP_PAIRS[characteristic]
        for of in SHARES:
            wanted = "none" if characteristic == "gender" else "higher"
            yield Rule(indicator, of, "share", of, pair[0], pair[0], wanted)
        for of in LIKELIHOODS:
            measure = f"relative_likelihood_of_{OF_STEP[of]}"
            yield Rule(indicator, measure, "reference_over_minority", of, *pair, "parity")
    yield Rule("plan_actions_completed", "share", "share", "share", "completed", "completed", "higher")


OF_STEP = {
    "shortlisting_likelihood": "shortlisting",
    "interview_likelihood": "interview",
    "success_at_interview_likelihood": "success_at_interview",
    "appointment_likelihood": "appointment",
}

RULES = tuple(
    chain(
        *(_of_staff(), _of_movement(), _of_events(), _of_the_board()),
        *(_of_the_survey(), _of_the_population(), _of_pay(), _of_culture(), _of_the_trust_s_own_words()),
    )
)


def comparisons(values: Values) -> Comparisons:
    """Every comparison of the figures."""
    found: Comparisons = {}
    by_group: dict[tuple[str, str, str, str], list[Key]] = {}
    for key in values:
        by_group.setdefault((key.indicator, key.version, key.measure, key.group), []).append(key)
    for rule in RULES:
        cells = {
            _pair(rule, key): one
            for key in by_group.get((rule.indicator, rule.version, rule.of, rule.minority), [])
            if (one := _compare(rule, values, key))
        }
        found |= {pair: _beside_last_year(rule, one, cells.get(_last_year(pair))) for pair, one in cells.items()}
    return _corrected(found)


def _corrected(found: Comparisons) -> Comparisons:
    """Benjamini and Hochberg within one indicator, version, date, measure and dimension."""
    families: dict[tuple[object, ...], list[Pair]] = {}
    for pair, one in found.items():
        if one.p_value is not None:
            families.setdefault(_family(pair), []).append(pair)
    for pairs in families.values():
        adjusted = benjamini_hochberg([found[pair].p_value or 0.0 for pair in pairs])
        for pair, p_value in zip(pairs, adjusted, strict=True):
            found[pair] = replace(found[pair], p_adjusted=p_value)
    return found


def _family(pair: Pair) -> tuple[object, ...]:
    """The dimension is the groups in the whole trust, the units of a level, or the strata of one unit."""
    common = (pair.indicator, pair.version, pair.as_at, pair.measure, pair.level, _dimension(pair.stratum))
    if pair.stratum != "all":
        return (*common, pair.unit, pair.minority, pair.reference)
    return common if pair.level == "trust" else (*common, pair.minority, pair.reference)


def _dimension(stratum: str) -> str:
    return " / ".join(map(_kind, stratum.split(" / ")))


def _kind(part: str) -> str:
    if part in POSTS:
        return "post"
    if part.startswith("plan_"):
        return "plan"
    for kind, words in (("split", "clinical"), ("cluster", "cluster"), ("board", "voting"), ("board", "executive")):
        if words in part:
            return kind
    if part == "medical_and_dental":
        return "split"
    if "_to_" in part:
        return "step"
    return "band" if part in RANK_OF or part in BANDS_WITHOUT_RANK else part


BANDS_WITHOUT_RANK = ("non_afc", "consultant", "non_consultant_career_grade", "trainee_grade", "band_unmapped")


POSTS = (*NAMED_POSTS.values(), "ambulance_operations_and_999")


def _pair(rule: Rule, key: Key) -> Pair:
    return Pair(*key[:6], rule.measure, rule.minority, rule.reference)


def _last_year(pair: Pair) -> Pair:
    if (pair.as_at.month, pair.as_at.day) == (2, 29):
        return pair
    return pair._replace(as_at=a_year_before(pair.as_at))


TEAMS_COMPARED = {
    "wres_1": ("all", "split", "band", "split / band"),
    "wdes_1": ("all", "cluster"),
    "wres_3": ("all",),
    "wdes_3": ("all",),
    "wres_4": ("all",),
    "training_coverage": ("inclusivity_workshop",),
    "training_coverage_ethnicity": ("inclusivity_workshop",),
    "training_coverage_gender": ("inclusivity_workshop",),
    "training_coverage_disability": ("inclusivity_workshop",),
    "race_disparity_ratio": ("split / step",),
}
"""What is compared in teams, by dimension; of the others teams have figures alone."""


def _compare(rule: Rule, values: Values, key: Key) -> Comparison | None:
    if key.level == "team" and _dimension(key.stratum) not in TEAMS_COMPARED.get(rule.indicator, ()):
        return None
    if rule.indicator.startswith("workforce_profile_") and key.stratum != "all":
        return None
    minority = values[key]
    reference: Figure | None
    if rule.is_beside_itself:
        reference = minority
    elif rule.reference == "population":
        reference = values.get(key._replace(level="trust", unit="trust", measure="population_share"))
    elif rule.reference == "workforce":
        whole = key._replace(level="trust", unit="trust", stratum="all", indicator=rule.against or key.indicator)
        reference = values.get(whole)
        if rule.form == "from_workforce" and key == whole:
            return None
    else:
        reference = values.get(key._replace(group=rule.reference))
    if reference is None:
        return None
    return FORMS[rule.form](minority, reference)


Counts = tuple[float, float]


def _counts(one: Figure) -> Counts | None:
    """What a test takes a figure for: whole people or answers, and of how many."""
    if one.value is None or one.interval is None:
        return None
    if one.numerator is None:
        return math.floor(one.value * one.denominator + 0.5), one.denominator
    return one.numerator * one.years, one.denominator * one.years


def _p_of(one: Counts | None, other: Counts | None) -> float | None:
    if one is None or other is None or not one[1] or not other[1]:
        return None
    return two_shares_p(*one, *other)


def _share(minority: Figure, reference: Figure) -> Comparison:
    return Comparison(minority, reference, minority.value, minority.interval)


def _difference(minority: Figure, reference: Figure) -> Comparison:
    if minority.value is None or reference.value is None:
        return Comparison(minority, reference, None)
    value = minority.value - reference.value
    if minority.interval is None or reference.interval is None:
        return Comparison(minority, reference, value)
    a, b = minority.value * minority.denominator, reference.value * reference.denominator
    interval = newcombe(a, minority.denominator, b, reference.denominator)
    p_value = _p_of(_counts(minority), _counts(reference))
    return Comparison(minority, reference, value, interval, p_value=p_value)


def _cell_from_workforce(minority: Figure, reference: Figure) -> Comparison:
    """A cell of the workforce is tested against all other staff."""
    one = _difference(minority, reference)
    if minority.numerator is None or reference.numerator is None:
        return one
    others = reference.numerator - minority.numerator, reference.denominator - minority.denominator
    return replace(one, p_value=_p_of(_counts(minority), others))


def _from_population(minority: Figure, reference: Figure) -> Comparison:
    """A share beside a full count, which has no error."""
    if minority.value is None or minority.interval is None or reference.value is None:
        return Comparison(minority, reference, None)
    low, high = (end - reference.value for end in minority.interval)
    error = math.sqrt(reference.value * (1 - reference.value) / minority.denominator)
    value = minority.value - reference.value
    expected = minority.denominator * min(reference.value, 1 - reference.value)
    p_value = normal_p(value / error) if expected >= 5 else None
    return Comparison(minority, reference, value, (low, high), p_value=p_value)


def _ratio(above: Figure, below: Figure) -> Comparison:
    """Likelihood over likelihood, with rolling years in the counts of the interval."""
    over, under = _counts(above), _counts(below)
    if over is None or under is None or not below.value or above.value is None:
        return Comparison(above, below, None, p_value=_p_of(over, under))
    interval, adjusted = katz(*over, *under)
    value = above.value / below.value
    inside = 0.8 - 1e-12 <= value <= 1.25 + 1e-12
    return Comparison(above, below, value, interval, adjusted, _p_of(over, under), within_four_fifths=inside)


def _minority_over_reference(minority: Figure, reference: Figure) -> Comparison:
    return _ratio(minority, reference)


def _reference_over_minority(minority: Figure, reference: Figure) -> Comparison:
    """A reference of nought leaves nothing to hold the other against, whichever way the ratio is turned."""
    if not reference.value:
        return Comparison(minority, reference, None, p_value=_p_of(_counts(reference), _counts(minority)))
    return replace(_ratio(reference, minority), minority=minority, reference=reference)


def _ratio_of_ratios(minority: Figure, reference: Figure) -> Comparison:
    parts = [(float(one.numerator or 0), (one.numerator or 0) + one.denominator) for one in (reference, minority)]
    p_value = _p_of(*parts)
    if not minority.value or reference.value is None:
        return Comparison(minority, reference, None, p_value=p_value)
    counts = [reference.numerator, reference.denominator, minority.numerator, minority.denominator]
    empty = 0 in counts
    a, n, b, m = (float(count or 0) + (0.5 if empty else 0) for count in counts)
    spread = Z95 * math.sqrt(1 / a + 1 / n + 1 / b + 1 / m)
    middle = math.log((a / n) / (b / m))
    interval = math.exp(middle - spread), math.exp(middle + spread)
    value = reference.value / minority.value
    inside = 0.8 - 1e-12 <= value <= 1.25 + 1e-12
    return Comparison(minority, reference, value, interval, empty, p_value, within_four_fifths=inside)


def _gap(minority: Figure, reference: Figure) -> Comparison:
    if minority.value is None or not reference.value:
        return Comparison(minority, reference, None)
    value = (reference.value - minority.value) / reference.value
    if minority.interval is None or reference.interval is None:
        return Comparison(minority, reference, value)
    error_of_minority = (minority.interval[1] - minority.interval[0]) / 2
    error_of_reference = (reference.interval[1] - reference.interval[0]) / 2
    spread = math.hypot(error_of_minority / reference.value, error_of_reference * minority.value / reference.value**2)
    error = math.hypot(error_of_minority, error_of_reference) / Z95
    p_value = normal_p((minority.value - reference.value) / error) if error else None
    return Comparison(minority, reference, value, (value - spread, value + spread), p_value=p_value)


FORMS = {
    "share": _share,
    "from_workforce": _cell_from_workforce,
    "difference": _difference,
    "from_population": _from_population,
    "minority_over_reference": _minority_over_reference,
    "reference_over_minority": _reference_over_minority,
    "ratio_of_ratios": _ratio_of_ratios,
    "gap": _gap,
}
RATIOS = ("minority_over_reference", "reference_over_minority", "ratio_of_ratios")

STEPS = {"relative_likelihood": ("1", "0.1"), "race_disparity_ratio": ("1", "0.1"), "score": ("1", "0.1")} | {
    f"relative_likelihood_of_{step}": ("1", "0.1") for step in OF_STEP.values()
}
"""What a value is multiplied by before it is printed with one decimal, and the move that counts."""


def _beside_last_year(rule: Rule, one: Comparison, before: Comparison | None) -> Comparison:
    if before is None:
        return one
    now = replace(one, previous=before.value, by_threshold=by_threshold(rule, before.value, one.value))
    if rule.form == "share":
        now = replace(now, p_value=_p_of(_counts(one.minority), _counts(before.minority)))
    return replace(now, tested=_tested(rule, now, before))


def _tested(rule: Rule, now: Comparison, before: Comparison) -> str:
    """At 95 %: a share by its own test, a ratio by its logarithm, a difference by its change."""
    if rule.better == "none" or now.value is None or before.value is None or now.minority.years > 1:
        return "not_comparable"
    if rule.form == "share":
        p_value = now.p_value
    elif rule.form == "gap":
        p_value = _p_of_gap_change(now, before)
    elif rule.form in RATIOS:
        p_value = _p_of_log_change(now, before)
    else:
        p_value = _p_of_change(now, before)
    if p_value is None:
        return "not_comparable"
    return "no_clear_change" if p_value >= SIGNIFICANT else _direction(rule, before.value, now.value)


SIGNIFICANT = 0.05


def _p_of_log_change(now: Comparison, before: Comparison) -> float | None:
    if now.interval is None or before.interval is None:
        return None
    errors = [math.log(high / low) / (2 * Z95) for low, high in (now.interval, before.interval)]
    this, last = (math.log(low * high) / 2 for low, high in (now.interval, before.interval))
    return normal_p((this - last) / math.hypot(*errors))


def _p_of_gap_change(now: Comparison, before: Comparison) -> float | None:
    if now.interval is None or before.interval is None:
        return None
    assert now.value is not None and before.value is not None
    error = math.hypot(*((high - low) / (2 * Z95) for low, high in (now.interval, before.interval)))
    return normal_p((now.value - before.value) / error) if error else None


def _are_large(one: Figure, other: Figure) -> bool:
    """Whether every expected count of two years is 5 or more, as a test by the normal distribution wants it."""
    now, before = _counts(one), _counts(other)
    return bool(now and before and now[1] and before[1] and smallest_expected(*now, *before) >= 5)


def _p_of_change(now: Comparison, before: Comparison) -> float | None:
    assert now.value is not None and before.value is not None
    variance = 0.0
    for one, other in ((now.minority, before.minority), (now.reference, before.reference)):
        if one.interval is not None and not _are_large(one, other):
            return None
    for one in (now.minority, now.reference, before.minority, before.reference):
        if one.value is None or one.interval is None:
            continue
        variance += one.value * (1 - one.value) / one.denominator
    return normal_p((now.value - before.value) / math.sqrt(variance)) if variance else None


def by_threshold(rule: Rule, before: float | None, now: float | None) -> str:
    """The trust's own rule: as printed, moved by 1.0 point or 0.1 at least."""
    if before is None or now is None or rule.better == "none":
        return "not_comparable"
    scale, step = STEPS.get(rule.measure, STEPS["score"] if rule.of == "score" else ("100", "1.0"))
    first, last = _printed(before, scale), _printed(now, scale)
    return "no_clear_change" if abs(last - first) < Decimal(step) else _direction(rule, float(first), float(last))


def _direction(rule: Rule, before: float, now: float) -> str:
    parity = 1.0 if rule.form in RATIOS else 0.0
    gain = {
        "higher": now - before,
        "lower": before - now,
        "parity": abs(before - parity) - abs(now - parity),
    }[rule.better]
    return "no_clear_change" if abs(gain) < 1e-9 else "improved" if gain > 0 else "worsened"


def _printed(value: float, scale: str) -> Decimal:
    return (Decimal(repr(round(value, 12))) * Decimal(scale)).quantize(Decimal("0.1"), ROUND_HALF_UP)
