# Everything is installed into .venv; nothing is downloaded while it is up to date.

PYTHON ?= python3
CONFIG ?= config/probe.yaml
VENV   := .venv
BIN    := $(VENV)/bin

PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
LOCKED      := $(PIP_INSTALL) --require-hashes --requirement
COMPILE     := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
               --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DELETE_ON_ERROR:
.PHONY: help demo run test unit scenarios lint format lock schema kubernetes screenshot report dashboards dashboards-preview bench bench-table image clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

demo: $(VENV)/.ready ## replay the outage of 2 March 2026 on this machine
	$(BIN)/probe demo

run: $(VENV)/.ready ## run the daemon: make run CONFIG=my.yaml
	$(BIN)/probe run $(CONFIG)

test: unit scenarios ## run all tests

# Without cached bytecode, every worker and every process that a test starts compiles for seconds.
# A third worker uses the two processors while the others wait for servers and threads.
unit: export PYTHONDONTWRITEBYTECODE :=
unit: $(VENV)/.dev ## run the unit tests and check their coverage
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not scenario" --cov --cov-report=
	$(BIN)/coverage json --quiet -o $(VENV)/coverage.json
	$(BIN)/python tests/coverage_gate.py $(VENV)/coverage.json

scenarios: $(VENV)/.dev ## run the real daemon against the simulator and real servers
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m scenario

lint: $(VENV)/.dev ## check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/lint-imports

format: $(VENV)/.dev ## format the source
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

lock: $(VENV)/.dev ## update the pinned versions and hashes: make lock ARGS=--upgrade
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/runtime.lock
	$(COMPILE) $(ARGS) --group build --output-file requirements/build.lock
	$(COMPILE) $(ARGS) pyproject.toml --group dev --output-file requirements/dev.lock \
	  --constraint requirements/runtime.lock --constraint requirements/build.lock

schema: $(VENV)/.ready ## regenerate config/schema.json and the reference of its keys in docs/
	$(BIN)/python -c "from probe.config.schema import schema; print(schema(), end='')" > config/schema.json
	$(BIN)/python docs/configuration.py

kubernetes: $(VENV)/.ready ## regenerate the manifests that contain rules and dashboards
	$(BIN)/python docs/kubernetes.py

screenshot: $(VENV)/.ready ## regenerate the README's screenshots, with headless Chromium
	$(BIN)/python docs/screenshot.py

report: $(VENV)/.ready ## regenerate the report of 2 March in docs/, with headless Chromium
	$(BIN)/python docs/report.py

dashboards: $(VENV)/.dev ## regenerate dashboards/json and the manifests that contain it
	$(BIN)/python -m dashboards.source
	$(BIN)/python docs/kubernetes.py

dashboards-preview: $(VENV)/.dev dashboards/preview/node_modules ## draw the dashboards, with headless Chromium
	npm --prefix dashboards/preview run --silent build
	PYTHONPATH=tests $(BIN)/python -m dashboards.preview

dashboards/preview/node_modules: dashboards/preview/package-lock.json
	npm --prefix dashboards/preview ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

bench: $(VENV)/.dev ## measure cost and accuracy against blackbox_exporter: make bench ONLY="cpu start"
	benchmarks/setup.sh
	PYTHONPATH=tests:tests/container $(BIN)/python -m benchmarks $(ONLY)

bench-table: $(VENV)/.dev ## write the measurements into docs/performance.md
	PYTHONPATH=tests:tests/container $(BIN)/python -m benchmarks.table

image: ## build the container image
	docker build --build-arg REVISION="$$(git rev-parse HEAD)" --tag splitprobe .

clean: ## remove everything that the targets above created
	rm -rf dashboards/preview/node_modules dashboards/preview/build
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "splitprobe needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(BIN)/python requirements/runtime.lock requirements/build.lock pyproject.toml
	$(BIN)/python $(LOCKED) requirements/build.lock
	$(BIN)/python $(LOCKED) requirements/runtime.lock
	$(BIN)/python $(PIP_INSTALL) --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.ready requirements/dev.lock
	$(BIN)/python $(LOCKED) requirements/dev.lock
	@touch $@
