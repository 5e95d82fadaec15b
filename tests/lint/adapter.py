"""What sqlfluff needs of dbt: a macro that is written for one engine stands in the linted SQL as a call by its name."""

from __future__ import annotations

from collections.abc import Callable


def dispatch(name: str, package: str | None = None) -> Callable[..., str]:
    """The macro `name` as a function that writes `name(arguments)`."""
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
