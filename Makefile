# Every target prepares .venv and pwa/node_modules itself, so each works in a fresh clone.
BUDGET ?= 20m
WORKERS ?= 2
# Coverage floors in percent, statements and branches. They only ever rise.
PROTOCOL_COVERAGE ?= 100
COVERAGE ?= 80

BIN := .venv/bin
NPM := npm --prefix pwa --silent
TESTS := pytest -n $(WORKERS) --dist worksteal
PYTEST := $(BIN)/python -m $(TESTS)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup run app test lint fix long bench vectors lock

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## prepare .venv and pwa/node_modules for every command, test and benchmark
	@scripts/setup

run: app ## start the worked example, with the phone app
	$(BIN)/haidang-server example

app: setup ## build the phone app into pwa/dist
	@$(NPM) run build -- --logLevel warn

test: lint ## lint, then all tests with their coverage floors
	$(NPM) test
	@scripts/chromium >/dev/null
	$(BIN)/coverage erase
	$(PYTEST) -m unmeasured
	$(BIN)/coverage run -m $(TESTS) -m "not unmeasured"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include='protocol/*' --fail-under=$(PROTOCOL_COVERAGE)
	$(BIN)/coverage report --fail-under=$(COVERAGE)

lint: setup ## format, style, types and architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NPM) run lint

fix: setup ## format, and mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run fix

long: setup ## repeat the property tests with fresh randomness: make long BUDGET=20m
	$(PYTEST) --budget=$(BUDGET)

bench: setup ## run every benchmark
	@set -e; for name in bytes_per_edit ingest verify; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py --json; done

vectors: setup ## write protocol/vectors anew
	$(BIN)/python protocol/vectors/generate.py

lock: setup ## resolve the manifest anew: everything, then the image's two parts of it
	$(LOCK) pyproject.toml --all-extras --group build --group dev --group bench -o requirements.lock
	$(LOCK) pyproject.toml --extra server --constraint requirements.lock -o server/requirements.lock
	$(LOCK) --group build --constraint requirements.lock -o server/build.lock
