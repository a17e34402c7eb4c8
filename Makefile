# Every target creates and uses .venv, and writes nothing outside the checkout.
# ARGS= passes arguments on: make demo ARGS=--report-only

IS_3_11 := import sys; sys.exit(sys.version_info[:2] != (3, 11))
PYTHON ?= $(firstword $(shell for name in python3.11 python3; do \
	"$$name" -c '$(IS_3_11)' 2>/dev/null && command -v "$$name"; done) python3)
BIN := .venv/bin

export PIP_CACHE_DIR := $(CURDIR)/.venv/pip-cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export TMPDIR := $(shell mkdir -p build/tmp)$(CURDIR)/build/tmp
export UV_CACHE_DIR := $(CURDIR)/build/uv-cache

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-quick test-full test-services test-clients services services-stop lint chaos bench lock clean

help: ## Say what each target does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .venv/runtime ## Seed a believable estate, explain its next changes, then serve it.
	$(BIN)/headwater demo $(ARGS)

serve: .venv/runtime ## Serve the GraphQL API over the configured database.
	$(BIN)/headwater serve $(ARGS)

# Two workers, a file each at a time, in the order of tests/conftest.py.
WHOLE_FILES := -n 2 --dist loadfile --no-loadscope-reorder
test: .venv/dev ## Run every test with every random world.
	$(BIN)/pytest $(WHOLE_FILES) --full $(ARGS)

test-quick: .venv/dev ## Run every test with a twentieth of the random worlds.
	$(BIN)/pytest $(WHOLE_FILES) $(ARGS)

test-full: .venv/dev ## Prove at full size what takes too long for every run: resumed subscriptions.
	$(BIN)/pytest --full --whole tests/e2e/test_live_resume.py $(ARGS)

services: ## Start PostgreSQL, Redis and Neo4j natively, on free ports of the loopback.
	@"$(PYTHON)" -m services start

services-stop: ## Stop them; their data stay in build/services.
	@"$(PYTHON)" -m services stop

# What touches a store, a broker or a graph, on the real ones.
SERVICE_TESTS := tests/services tests/postgresql tests/contract tests/graph tests/api tests/workers tests/chaos \
	tests/unit/usecases tests/unit/imports tests/real/presets
test-services: services .venv/dev ## Run what touches a store, a broker or a graph against the services.
	set -a && . build/services/env && $(BIN)/pytest $(WHOLE_FILES) --services $(SERVICE_TESTS) $(ARGS)

# What nobody here wrote: Apollo, urql, Relay, code generators, schemathesis. Wants Node.js 20 and npm.
test-clients: .venv/dev build/clients/node build/clients/python ## Run real GraphQL clients against a real server.
	HEADWATER_TEST_CLIENTS=1 $(BIN)/pytest tests/clients $(ARGS)

lint: .venv/dev ## Check style, format, types and import contracts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: .venv/dev ## Run the whole stack under load and kill it part by part: nothing may be lost.
	$(BIN)/python -m tests.chaos $(ARGS)

bench: .venv/dev ## Measure, side by side in one run; with `make services` before, the real stack too.
	set -a && if [ -f build/services/env ]; then . build/services/env; fi && $(BIN)/python -m bench $(ARGS)

# An existing lock is the starting point: only what pyproject.toml asks for moves. LOCK_ARGS=--upgrade moves everything.
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: .venv/python ## Write both lock files again from pyproject.toml.
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet uv
	echo 'setuptools' > build/lock/build-backend.in
	build/lock/bin/uv pip compile --quiet $(LOCK_OPTIONS) $(LOCK_ARGS) pyproject.toml build/lock/build-backend.in \
		--output-file requirements.lock
	build/lock/bin/uv pip compile --quiet $(LOCK_OPTIONS) $(LOCK_ARGS) pyproject.toml build/lock/build-backend.in \
		--all-extras --constraint requirements.lock --output-file requirements-dev.lock
	rm -rf build/lock

clean: services-stop ## Remove the environment, caches and scratch files; databases stay.
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The files below stand for finished steps, so that a second run is instant and a changed lock installs again.

.venv/python:
	@"$(PYTHON)" -c '$(IS_3_11)' 2>/dev/null || { \
		echo "Headwater needs Python 3.11, found: $$("$(PYTHON)" --version 2>/dev/null || echo none)." >&2; \
		echo "Install python3.11, or name it: make PYTHON=/path/to/python3.11 ..." >&2; \
		exit 1; }
	@"$(PYTHON)" -m venv .venv || { echo "Python 3.11 needs its venv module: install python3.11-venv." >&2; exit 1; }
	@touch $@

.venv/runtime: .venv/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/python requirements-dev.lock pyproject.toml
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

build/clients/node: tests/clients/package-lock.json
	@command -v npm >/dev/null || { echo "The clients need Node.js 20 with npm: install them first." >&2; exit 1; }
	npm ci --prefix tests/clients --ignore-scripts --no-fund --no-audit --loglevel error
	@mkdir -p $(@D) && touch $@

build/clients/python: .venv/python tests/clients/requirements.lock
	$(BIN)/python -m venv build/clients/venv
	build/clients/venv/bin/pip install --quiet --require-hashes --requirement tests/clients/requirements.lock
	@touch $@
