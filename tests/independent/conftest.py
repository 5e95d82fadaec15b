"""The secret that every home of this folder keys people by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def _keyed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARITY_PSEUDONYM_SECRET", "a secret for tests that is long enough to be one")
        patch.delenv("PARITY_HOME", raising=False)
        yield
