# 安还 Anhuan. `make help` lists what there is.
SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
INSTANCE_DIR ?= instance
WORKERS ?= 2
# races wait for locks, and a core is free meanwhile
RACE_WORKERS ?= 3
RACE_ROUNDS ?= 20
export VENV HOST PORT INSTANCE_DIR RACE_ROUNDS
export XDG_RUNTIME_DIR ?= /tmp/runtime-$(shell id -u)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# what was compiled once is kept, also for the next worker; an environment may say otherwise
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test test-fast lint types strings strings-check migrate requirements bench disk-full check

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@.ci/make-venv "$(VENV)"

$(VENV)/.run-ready: requirements.txt | $(BIN)/python
	@echo "安装运行所需的程序包……"
	@$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.test-ready: tests/requirements.txt $(VENV)/.run-ready
	@echo "安装测试所需的程序包……"
	@$(BIN)/pip install --quiet -r requirements.txt -r tests/requirements.txt
	@touch $@

CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
$(VENV)/.texts-ready: $(CATALOGUES) $(VENV)/.run-ready
	@$(BIN)/python .ci/strings.py compile
	@touch $@

setup: $(VENV)/.texts-ready ## make .venv and install what running needs

setup-test: $(VENV)/.test-ready $(VENV)/.texts-ready ## the same with what tests and checks need
	@.ci/test-needs

run: setup ## migrate, load the demo once, serve on HOST:PORT with the background jobs
	@.ci/serve

test: setup-test ## the whole suite: SQLite, PostgreSQL, browser, races
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-fast: $(VENV)/.test-ready ## without browser and races
	$(BIN)/pytest -m "not browser and not race" -n $(WORKERS) --dist worksteal $(ARGS)

bench: $(VENV)/.test-ready $(VENV)/.texts-ready ## what our own work costs beside its bare baseline
	@$(BIN)/python -m tests.bench

disk-full: $(VENV)/.test-ready $(VENV)/.texts-ready ## as root: the database on a disk that is full, both kinds
	@for kind in sqlite postgresql; do $(BIN)/python -m tests.load.disk_full $$kind || exit 1; done

lint: $(VENV)/.test-ready ## style, import arrows, templates, security
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint app/templates --lint --quiet
	$(BIN)/bandit --quiet --recursive -ll --configfile pyproject.toml app

types: $(VENV)/.test-ready ## mypy, strict, on domain, ports, services, web, jobs and cli
	$(BIN)/mypy

strings: $(VENV)/.run-ready ## extract the texts, bring every language up to date
	@$(BIN)/python .ci/strings.py update

strings-check: $(VENV)/.run-ready ## fail when the texts in translations/ are stale or lack a translation
	@$(BIN)/python .ci/strings.py check

migrate: setup ## bring DATABASE_URL (or the SQLite file) to the newest version
	@$(BIN)/alembic upgrade head

requirements: $(VENV)/.test-ready ## compile both requirements.txt from their .in files
	@.ci/compile-requirements

check: setup-test lint types strings-check ## what CI runs beside the tests
	$(BIN)/pytest tests/architecture -q
	RACE_ROUNDS=200 $(BIN)/pytest -m race -n $(RACE_WORKERS) --dist worksteal -q
