# Every command of the project. Make the environment once with `make env`; `make demo` and `make test` do it themselves.
# A Python 3.11, whatever it is called here.
PYTHON ?= $(shell for one in python3.11 python3 python; do \
	$$one -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
CODE := flows demo tests bench soak vet

.PHONY: help env demo test lint soak bench pages screenshots schema licences audit lock clean
help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The lock is whole, so nothing is left to resolve; older pips stumble over extras where they try.
env: .venv/made ## Make the environment from the lock file
.venv/made: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Parity needs Python 3.11, and none is on the path. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: env ## Make the demonstration trust and run its night
	@$(BIN)/parity demo

test: env lint ## Run every test: style, types, pytest and dbt
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder

lint: env ## Style, types and weaknesses of the code (ruff with bandit's rules, mypy, sqlfluff)
	@$(MAKE) --no-print-directory -j 2 lint-python .lint/sql

.PHONY: lint-python
lint-python:
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

# The lint of SQL takes minutes: it is passed by while no file that it reads has changed since it was clean.
SQL := $(shell find models macros tests/dbt tests/lint -type f -not -name '*.pyc') .sqlfluff .sqlfluffignore requirements.lock
.lint/sql: $(SQL)
	$(BIN)/sqlfluff lint --processes 2 models tests/dbt
	@mkdir -p .lint && touch $@

soak: env ## Kill, query and misfeed it in great numbers, with figures at the end
	$(BIN)/python -m soak

bench: env ## Time the night step by step beside a bare dbt build, and its sites part by part
	$(BIN)/python -m bench.night

pages: env ## Draw the page of each indicator from the catalogue
	$(BIN)/python -m flows.describe

screenshots: env ## Take the README's pictures of the demonstration's open site (needs Chromium)
	$(BIN)/python -m demo.photograph

schema: env ## Bring the pledged schema up to the marts
	$(BIN)/python -m flows.pledge

licences: env ## List the licences of the locked packages in docs/licences.md
	$(BIN)/python -m vet.license

audit: env ## Ask the open vulnerability database for every locked package (needs the internet)
	$(BIN)/python -m vet.advise

lock: ## Resolve requirements.in into requirements.lock
	$(BIN)/uv pip compile requirements.in -o requirements.lock --python-version 3.11 --universal --no-header --no-annotate --generate-hashes --quiet

clean: ## Remove the environment and the demonstration's files
	rm -rf .venv .lint
	@if [ -e var/demonstration.json ]; then rm -rf var; elif [ -e var ]; then echo "var/ is not the demonstration's, so it stays."; fi
