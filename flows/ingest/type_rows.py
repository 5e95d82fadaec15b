"""Give every row its types, and its reasons where it cannot have them: one SQL statement made from the contract."""

from __future__ import annotations

from flows.ingest.define import Column, Dataset, Landing
from flows.ingest.forget import ERASED

SQL_TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "decimal": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "yes_no": "BOOLEAN",
    "employee_number": "VARCHAR",
    "assignment_number": "VARCHAR",
    "suppressible_decimal": "DECIMAL(18,6)",
    "suppressible_integer": "BIGINT",
}
UNREADABLE = {
    "date": "is not a date (31/03/2025, 31-MAR-2025, 2025-03-31 or Excel's serial number)",
    "decimal": "is not a number",
    "integer": "is not a whole number",
    "yes_no": "is neither yes nor no",
    "employee_number": "is not a number of at most {digits} digits",
    "assignment_number": "is not an assignment number (at most {digits} digits, or those and -2)",
    "suppressible_decimal": "is neither a number nor -",
    "suppressible_integer": "is neither a whole number nor -",
}
WHITE_SPACE = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"
DATE_STYLES = ("%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d")
TIMES_OF_DAY = ("", " %H:%M", " %H:%M:%S")
NUMBER = r"[-+]?£?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|[-+]?£?\.[0-9]+"
WHOLE_NUMBER = r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0*)?"


def typed_rows(table: str, dataset: Dataset, places: dict[str, int], landing: Landing, is_erased: str = "false") -> str:
    """A select over the poured table: `row_id`, `file_line`, `reasons` (null: the row is good) and typed columns.

    `is_erased` is a condition over that table: rows of which nothing may be kept, whatever else is wrong with them.
    """
    trimmed = ", ".join(
        f"nullif(trim(c{places[column.name]}, {WHITE_SPACE}), '') as {column.name}"
        if column.name in places
        else f"null::varchar as {column.name}"
        for column in dataset.columns
    )
    values = ",\n".join(f"{_value(column, landing)} as {column.name}" for column in dataset.columns)
    texts = ", ".join(f"{column.name} as {column.name}_text" for column in dataset.columns)
    rules = [rule for column in dataset.columns for rule in _rules(column, landing)]
    broken = " or ".join(condition for condition, _ in rules)
    reasons = ",\n".join(f"case when {condition} then {reason} end" for condition, reason in rules)
    names = ", ".join(column.name for column in dataset.columns)
    return f"""
        with trimmed as (select row_id, file_line, misread, {is_erased} as is_erased, {trimmed} from {table}),
        typed as (select row_id, file_line, misread, is_erased, {texts}, {values} from trimmed)
        select
            row_id, file_line, {names},
            case
                when is_erased then ['{ERASED}']
                when misread is not null then [misread]
                when {broken} then list_filter([{reasons}], lambda one: one is not null)
            end as reasons
        from typed
    """


def _value(column: Column, landing: Landing) -> str:
    name, sql_type = column.name, SQL_TYPES[column.value_type]
    digits = landing.limits["employee_number_digits"]
    padded = f"lpad(regexp_extract({name}, '^[0-9]+'), {digits}, '0')"
    yes, no = f"lower({name}) in {_in(landing.yes)}", f"lower({name}) in {_in(landing.no)}"
    typed = {
        "date": _date(name),
        "decimal": _number(name, NUMBER, sql_type, name),
        "integer": _number(f"regexp_replace({name}, '\\.0*$', '')", WHOLE_NUMBER, sql_type, name),
        "yes_no": f"case when {yes} then true when {no} then false end",
        "employee_number": f"case when regexp_full_match({name}, '[0-9]{{1,{digits}}}(\\.0*)?') then {padded} end",
        "assignment_number": f"case when regexp_full_match({name}, '[0-9]{{1,{digits}}}(\\.0*|-[0-9]+)?') "
        f"then {padded} || regexp_extract({name}, '-[0-9]+$') end",
    }
    return typed.get(column.value_type.removeprefix("suppressible_"), name)


def _date(name: str) -> str:
    """The date written in one of four styles; a time of day after it is left out. A year has four digits."""
    styles = ", ".join(f"'{date}{time}'" for time in TIMES_OF_DAY for date in DATE_STYLES)
    written = f"try_strptime({name}, [{styles}])"
    serial = f"DATE '1899-12-30' + split_part({name}, '.', 1)::integer"
    # DuckDB reads words such as "infinity" and "epoch" as 1 January 1900: a date begins with a digit.
    return (
        f"case when regexp_full_match({name}, '[0-9].*') and {written} >= TIMESTAMP '1000-01-01' then {written}::date "
        f"when regexp_full_match({name}, '[0-9]{{5}}(\\.[0-9]*)?') then {serial} end"
    )


def _number(written: str, pattern: str, sql_type: str, name: str) -> str:
    digits = f"replace(replace({written}, ',', ''), '£', '')"
    return f"case when regexp_full_match({name}, '{pattern}') then try_cast({digits} as {sql_type}) end"


def is_padded(dataset: Dataset, places: dict[str, int], landing: Landing) -> str | None:
    """A condition over the poured table: a number of an employee lost leading zeros. None without such a column."""
    short = f"'[0-9]{{1,{landing.limits['employee_number_digits'] - 1}}}(\\.0*|-[0-9]+)?'"
    numbers = [one.name for one in dataset.columns if one.value_type in ("employee_number", "assignment_number")]
    there = [f"regexp_full_match(trim(c{places[name]}, {WHITE_SPACE}), {short})" for name in numbers if name in places]
    return f"coalesce({' or '.join(there)}, false)" if there else None


def _rules(column: Column, landing: Landing) -> list[tuple[str, str]]:
    """Each rule of the column, in SQL: when it is broken, and the reason. A reason names column and rule, no value."""
    text, sql_type = f"{column.name}_text", SQL_TYPES[column.value_type]
    rules = []
    if column.is_value_required:
        rules.append((f"{text} is null", f"{column.heading} is blank"))
    if column.value_type != "text":
        hidden = f" and {text} <> '-'" if column.value_type.startswith("suppressible") else ""
        unreadable = f"{text} is not null and {column.name} is null{hidden}"
        why = UNREADABLE[column.value_type].format(digits=landing.limits["employee_number_digits"])
        rules.append((unreadable, f"{column.heading} {why}"))
    if column.minimum is not None and column.maximum is not None:
        low, high = f"'{column.minimum}'::{sql_type}", f"'{column.maximum}'::{sql_type}"
        outside = f"{column.heading} is not between {column.minimum} and {column.maximum}"
        rules.append((f"coalesce({column.name} < {low} or {column.name} > {high}, false)", outside))
    return [(condition, "'" + reason.replace("'", "''") + "'") for condition, reason in rules]


def _in(words: frozenset[str]) -> str:
    return "(" + ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words)) + ")"
