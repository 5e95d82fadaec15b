"""`python -m flows.cli` is `parity`."""

from flows.cli import main

main(prog_name="parity")
