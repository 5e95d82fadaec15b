"""What the lint of SQL passes by says nothing that is not linted elsewhere."""

from __future__ import annotations

import re

from flows.configure import PROJECT


def test_a_model_that_the_lint_passes_by_only_calls_macros_that_a_linted_model_calls() -> None:
    written = (PROJECT / ".sqlfluffignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in written if line and not line.startswith("#")]
    passed_by = {path for pattern in patterns for path in PROJECT.glob(pattern)}
    assert all(list(PROJECT.glob(pattern)) for pattern in patterns), "a line of .sqlfluffignore is of no file"
    linted = set((PROJECT / "models").rglob("*.sql")) - passed_by
    called = {macro for path in linted for macro in _calls(path.read_text(encoding="utf-8"))}
    for path in passed_by:
        own = path.read_text(encoding="utf-8")
        assert _calls(own) and _calls(own) <= called, path
        assert len(own) < 700, f"{path} has become SQL of its own: take it out of .sqlfluffignore"


def _calls(sql: str) -> set[str]:
    return set(re.findall(r"\{\{-?\s*(\w+)\(", sql)) - {"ref", "config", "var"}
