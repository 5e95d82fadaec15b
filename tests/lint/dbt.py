"""What sqlfluff needs of dbt: a macro of the package `dbt` stands in the linted SQL as a call by its name."""

from __future__ import annotations

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    """The macro `name` of the package as a function that writes `name(arguments)`."""
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
