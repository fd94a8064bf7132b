# The two commands: `make run` and `make test`. Everything else is a part of them.
# `make run ARGS="--port 9000"` hands arguments to `wayline up`.

.DEFAULT_GOAL := help
.PHONY: help install front run format lint types unit postgres service browser chromium canvas test \
        simulate-engine interleave quickfaults faults bench bench-editor soak wheel lock tables clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)

PY := .venv/bin/python
TS := tests/canvas
JOBS ?= 2
ON_POSTGRES := tests/work tests/store/test_intake.py tests/facade \
    $(addprefix tests/ingest/test_,key.py management.py process.py track_api.py webhooks.py)
# what a file has started serves the whole file; they begin in the order in which they are named
APART = -n $(JOBS) --dist loadfile --no-loadscope-reorder
# the files that take longest begin first, or one process would wait at the end for the other
LONG := $(addprefix tests/,builder/test_pages.py browser/test_story.py browser/test_screens.py \
    builder/test_pages_in_german.py \
    canvas/test_commands_in_a_browser.py canvas/test_together_through_an_end.py \
    canvas/test_editor_in_a_browser.py canvas/test_texts_in_a_browser.py \
    canvas/test_access_and_speed.py services/test_up.py builder/test_wheel.py queue/test_worker.py)
# reading only these saves each process 12 CPU-seconds; tests/conftest.py sees that none is missed
found = $(sort $(shell grep -rlE 'mark\.$(1)' tests --include='*.py'))
marked = $(filter $(call found,$(1)),$(LONG)) $(filter-out $(LONG),$(call found,$(1)))
FAULTS ?= 4  # fault tests at a time: they mostly wait
# Parts side by side, where one leaves to the others what it does not need. What each says comes
# when it has ended, if this make can keep that apart.
SYNC = $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
AFTER = $(MAKE) --no-print-directory -o install
BESIDE = $(AFTER) -j $(SYNC)

help:
	@echo "make run      install, build the front end, start Wayline and print its address"
	@echo "make test     every check: lint, types, unit, service and browser tests"
	@echo "make faults   all fifty faults on real processes and both databases; make test has the quick ones"
	@echo "make bench    how fast it is, on SQLite and PostgreSQL; FULL=1 takes a million rows, JSON=FILE keeps the figures"
	@echo "make bench-editor  how quick the journey editor is at 20, 100, 500 and 1,000 nodes; JSON=FILE keeps the figures"
	@echo "make simulate-engine  SEEDS=10000 seeds of the engine's simulator; FIRST_SEED=77 SEEDS=1 TRACE=1 is one again"
	@echo "make soak     EVENTS=100000 webhooks while processes are killed all the time; DATABASE=postgres kills that, too"
	@echo "make wheel    a wheel with the built front end, in dist/"
	@echo "make format   format the Python sources"
	@echo "make tables   renew the scripts that a first start makes its tables by"
	@echo "make lock     renew requirements.lock and builder/reflex.lock"

install:
	@.ci/install

front: install
	@$(PY) -m builder.build

run: install front
	@exec .venv/bin/wayline up $(ARGS)

format: install
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lint: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

# --- Types and tests ---------------------------------------------------------------------------

$(TS)/node_modules/installed: $(TS)/package.json $(TS)/bun.lock | install
	cd $(TS) && bun install --frozen-lockfile --silent
	@touch $@

types: install $(TS)/node_modules/installed
	.venv/bin/pyright --warnings
	cd $(TS) && bun run types

canvas: install $(TS)/node_modules/installed
	cd $(TS) && bun test --timeout 60000 .

chromium: install
	@.ci/chromium

# What the tests import is compiled once, not in each of some thirty processes.
unit postgres service browser quickfaults faults simulate-engine interleave: \
    export PYTHONDONTWRITEBYTECODE :=

unit: install
	.venv/bin/pytest -n $(JOBS) -m "not service and not browser and not fault"

# the suites that speak SQL, on a PostgreSQL of their own
postgres: install
	WAYLINE_TEST_DATABASE=postgresql .venv/bin/pytest -n $(JOBS) -m "not browser and not fault" \
	    $(ON_POSTGRES)

service: install front
	.venv/bin/pytest $(APART) -m "service and not browser and not fault" $(call marked,service)

browser: install front chromium
	.venv/bin/pytest $(APART) -m browser $(call marked,browser)

quickfaults: install front
	.venv/bin/pytest tests/faults -n $(strip $(FAULTS)) --dist worksteal -m "fault and not slow"

faults: install front
	.venv/bin/pytest tests/faults -n $(strip $(FAULTS))

# the engine's simulator: many seeds, or one again to the byte (SEEDS=1 FIRST_SEED=n TRACE=1)
simulate-engine: install
	$(PY) -m tests.interleave --seeds $(or $(SEEDS),10000) --first $(or $(FIRST_SEED),1) \
	    --jobs $(JOBS) $(if $(TRACE),--trace) $(if $(ROUGH),--rough) \
	    $(if $(WITHOUT),--without "$(WITHOUT)")

# for a minute, and at least 500 seeds
interleave: install
	$(ASIDE) $(PY) -m tests.interleave --seeds 1000000 --least 500 --seconds 60 --jobs $(JOBS)

test: install
	+@$(AFTER) lint canvas
	@echo "The front end and the types, side by side …"
	+@$(BESIDE) front types chromium
	+@$(AFTER) -o front unit postgres
	@echo "Services, quick faults and the simulator, side by side …"
	+@$(BESIDE) -o front service quickfaults interleave ASIDE="nice -n 19"
	+@$(AFTER) -o front -o chromium browser
	@echo "Every check passed."

# --- Making things -----------------------------------------------------------------------------

bench: install front
	$(PY) -m tests.bench $(if $(FULL),--full) $(if $(JSON),--json $(JSON)) $(BENCH)

# the journey editor in headless Chromium; SIZES=20,500 takes some
bench-editor: install front chromium
	$(PY) -m tests.bench.editor $(if $(JSON),--json $(JSON)) $(if $(SIZES),--sizes $(SIZES))

soak: install front
	$(PY) -m tests.soak --events $(or $(EVENTS),100000) --database $(or $(DATABASE),sqlite) $(SOAK)

wheel: install front
	$(PY) -m build --wheel --no-isolation --outdir dist

lock: install
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	$(PY) -m builder.build --lock

tables: install
	$(PY) -m runtime.store.newest

clean:
	rm -rf .cache .web builder/_web build dist tests/screens $(TS)/node_modules
