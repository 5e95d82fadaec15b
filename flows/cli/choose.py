"""Choose the configuration that a command works with, and what is kept ready beside it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flows.configure import Settings
    from flows.home import Home


class Chosen:
    """The configuration of one command: read when it is first needed, said on stderr where nobody named it."""

    def __init__(self, config: Path | None, debug: bool) -> None:
        self.config = config
        self.debug = debug

    @cached_property
    def settings(self) -> Settings:
        """What the configuration file says. Raises ConfigurationError that names the wrong key or value."""
        from flows.configure import load_settings
        from flows.demonstrate import lend_secret

        path = self.config or _found()
        settings = load_settings(path)
        if settings.source is not None:
            lend_secret(settings.source.parent)
        return settings

    @cached_property
    def home(self) -> Home:
        """The home that the configuration names; nothing in it is made or changed."""
        from flows.home import Home
        from flows.quieten import quieten

        home = Home.of(self.settings)
        for level in ("PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_INTERNAL_LEVEL"):
            os.environ.setdefault(level, "INFO" if self.debug else "CRITICAL")
        quieten(home)
        return home

    @property
    def prepared_home(self) -> Home:
        """The home with every folder that a writing command needs; what the command writes is its owner's alone."""
        os.umask(0o077)
        from flows.carry import refuse_newer

        refuse_newer(self.home)
        self.home.prepare()
        return self.home


def _found() -> Path | None:
    """`$PARITY_CONFIG` and ./parity.toml go unsaid; the demonstration's is taken where there is neither, and said."""
    from flows.configure import ConfigurationError

    if os.environ.get("PARITY_CONFIG") or Path("parity.toml").is_file():
        return None
    demonstration = Path(os.environ.get("PARITY_HOME", "var")) / "parity.toml"
    if not demonstration.is_file():
        raise ConfigurationError(
            "There is no parity.toml here, and no demonstration in var/. See one with `parity demo`. For your own "
            "trust copy parity.example.toml to parity.toml and fill it in; one elsewhere is named by --config or "
            "$PARITY_CONFIG."
        )
    click.echo(f"Using the demonstration's {os.path.relpath(demonstration)}: there is no parity.toml here.", err=True)
    return demonstration


chosen = click.make_pass_decorator(Chosen)
