# `make run` and `make test` are all that is needed; each makes what it stands on.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run install front test check lint types canvas unit browser bench wheel lock clean format

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: install front ## Make everything and start Wayline (PORT=8000)
	@exec $(BIN)/wayline up --port $(PORT)

install: .venv/.made ## Make the virtual environment from the lock file

.venv/.made: requirements.lock pyproject.toml .ci/install
	@sh .ci/install "$(PYTHON)"

front: install ## Build the front end if its sources changed
	@$(BIN)/python -m builder.build

test: check unit ## Run everything that CI runs

check: lint types canvas ## Lint, types (Python and TypeScript) and the canvas' own tests

lint: install ## Ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: install ## Let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install tests/canvas/node_modules ## Pyright and tsc
	@$(BIN)/pyright
	@cd tests/canvas && ../../$(BIN)/bun run types

canvas: tests/canvas/node_modules ## The canvas' pure modules, by bun
	@cd tests/canvas && ../../$(BIN)/bun test .

tests/canvas/node_modules: tests/canvas/package.json tests/canvas/bun.lock | install
	@cd tests/canvas && ../../$(BIN)/bun install --frozen-lockfile && touch node_modules

unit: front browser ## Pytest: unit, service and browser tests
	@$(BIN)/python -m pytest

browser: install ## Chromium for the browser tests
	@sh .ci/chromium $(BIN)

bench: front ## Measure: 5,000 webhooks through the whole program
	@$(BIN)/python -m tests.bench.peers_job --events 5000 --rounds 3

wheel: front ## A wheel that holds the built front end
	@$(BIN)/python -m build --wheel --no-isolation

lock: ## Pin everything anew
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--upgrade --extra dev pyproject.toml -o requirements.lock --quiet
	@$(BIN)/python -m builder.build --force --lock

clean: ## Remove what was made (not your data)
	@rm -rf .venv .cache .web builder/_web dist tests/canvas/node_modules tests/screens
