"""The bench of the sites times functions by their names: each must be there, or a part would silently cost nothing."""

from __future__ import annotations

import pkgutil

import pytest

from bench.site import PARTS, Part, Site, print_site


@pytest.mark.parametrize("target", [*PARTS, "flows.report.engrave._asked"])
def test_what_the_bench_times_is_there(target: str) -> None:
    module, _, name = target.rpartition(".")
    assert callable(pkgutil.resolve_name(f"{module}:{name}"))


def test_the_bench_prints_shares_and_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site("open", {"pages written": Part(2.0, 100), "PDFs": Part()}, 8.0, Part(4.0, 200))
    print_site(site, bare=4.0)
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["pages", "written", "100", "2.0", "25%", "50.0", "0.50"] in told
    assert ["the", "whole", "site", "8.0", "100%", "2.00"] in told
    assert ["charts", "200", "4.0", "50%", "50.0", "1.00"] in told
    assert not [line for line in told if line[:1] == ["PDFs"]]
