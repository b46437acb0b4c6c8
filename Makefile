# The only entry points. Each target says what it does; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVICES := addresses engagements activities email-ingest notifications directory histories
MEMBERS := shared $(SERVICES:%=services/%) deploy/local

# Some images forbid it; then each of the many processes would compile everything it imports, 1.5 s of processor time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up down clean-data status test check format bench soak faults docs lock

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.installed  ## install everything into .venv

$(VENV)/.installed: requirements/bootstrap.txt requirements/dev.txt $(MEMBERS:%=%/pyproject.toml)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	@touch $@

up: setup  ## start MongoDB, Kafka, all services, and load demo data
	@$(BIN)/python -m local_stack up

down:  ## stop everything, keep the data
	@$(BIN)/python -m local_stack down

status:  ## show what runs
	@$(BIN)/python -m local_stack status

clean-data: setup  ## stop everything, forget the data
	@$(BIN)/python -m local_stack clean-data

# Three at once, since most tests wait for servers; whole files in their order, so that the long ones of tests/ come first.
test: setup  ## all tests, against real MongoDB and Kafka
	@$(BIN)/python -m pytest -q -n 3 --no-loadscope-reorder

SECONDS ?= 90
SEED ?= 7
faults: setup  ## the crash storm alone: make faults SECONDS=600 SEED=3, or an outage: SECONDS=120 AWAY=kafka
	@$(BIN)/python tests/faults/storm.py --seconds $(SECONDS) --seed $(SEED) --away "$(AWAY)"

bench: setup  ## every figure beside its bare pipe: make bench BENCH="--quick --only pages"
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

HISTORIES ?= 2000
LIFE_STORIES ?= 500
TIMELINES ?= 1000
CORRECTIONS ?= 500
LEAKS ?= 1000000
soak: setup  ## random histories in any order, life stories, replayed reasons, corrections, who sees what, against the oracle
	@HISTORIES=$(HISTORIES) LIFE_STORIES=$(LIFE_STORIES) TIMELINES=$(TIMELINES) CORRECTIONS=$(CORRECTIONS) \
		$(BIN)/python -m pytest -q tests/oracle -k "any_order or life_stories or gives_it_again or survive"
	@LEAKS=$(LEAKS) $(BIN)/python -m pytest -q -s tests/leaks/test_leaks.py

check: setup  ## format, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --warnings
	@$(BIN)/lint-imports --no-logo

format: setup  ## put the format right
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

docs: setup  ## generate schemas, AsyncAPI, OpenAPI, the settings and the table of rules into docs/
	@$(BIN)/python -m dossier.contracts.documents
	@$(BIN)/python tests/contract/openapi.py docs/openapi
	@$(BIN)/python tests/contract/rules.py docs/rules.md
	@$(BIN)/python tests/contract/variables.py docs/settings.md

lock:  ## compile the hashed requirements anew
	@UV=$(BIN)/uv ./deploy/lock.sh $(SERVICES)
