# The two commands: `make report` trains, analyses and writes the report of a study;
# `make test` checks the code. Both make the environment first, if it is not there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
STUDY ?= quick
CORES ?= all
BIN := .venv/bin

# A job has one core: several threads of BLAS or torch would only compete.
export OMP_NUM_THREADS ?= 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: report test test-all format lock

# The directory is its own stamp; an installation that failed leaves it out of date.
.venv: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	touch -t 197001020000 .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch .venv

report: .venv
	$(BIN)/snakemake --cores $(CORES) all --config study=$(STUDY)
	@echo "Report: $(CURDIR)/results/$(STUDY)/report.html"

test: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -n auto

test-all: .venv
	$(BIN)/pytest -n auto -m ""

format: .venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes down what is installed now; torch without the name of its build.
lock: .venv
	$(BIN)/python -m pip freeze --all --exclude-editable \
	  | sed 's/+cpu$$//' | grep -v -E '^pip==' | sort -f > requirements.lock
