# The two commands: `make report` trains, analyses and writes the report of a study;
# `make test` checks the code. Both make the environment first, if it is not there.
# `make publish STUDY=...` then puts a study's results where they can be committed.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
STUDY ?= quick
CORES ?= all
BIN := .venv/bin

# A job has one core: several threads of BLAS or torch would only compete.
export OMP_NUM_THREADS ?= 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: report publish test test-slow test-all docs mutation format lock benchmarks

# The directory is its own stamp; an installation that failed leaves it out of date.
.venv: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Making .venv with the packages of requirements.lock; this takes some minutes.'
	$(PYTHON) -m venv .venv
	touch -t 197001020000 .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch .venv

report: .venv
	$(BIN)/snakemake --cores $(CORES) all --config study=$(STUDY)
	@echo "Report: $(CURDIR)/results/$(STUDY)/report.html"

# From the run folders, so that what is published is what the code now makes of them.
publish: .venv
	$(BIN)/mpo-repro collect $(STUDY) --out reports/$(STUDY)
	$(BIN)/mpo-repro derive --json > reports/$(STUDY)/data/certificates.json
	cp paper_configs/errata.yaml reports/$(STUDY)/data/
	cp benchmarks/results.json reports/$(STUDY)/data/speed.json
	$(BIN)/mpo-repro claims check reports/$(STUDY)
	$(BIN)/mpo-repro figures reports/$(STUDY)
	$(BIN)/mpo-repro report reports/$(STUDY)

test: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/pytest -n auto

# What `make test` leaves out, one at a time, as some measure time; durations at the end.
test-slow: .venv
	$(BIN)/pytest -n 0 -m slow --durations 30

test-all: .venv
	$(BIN)/pytest -n auto -m ""

# Twenty minutes, on a machine that does nothing else; see benchmarks/README.md.
benchmarks: .venv
	$(BIN)/python benchmarks/measure.py
	$(BIN)/python -m mpo_repro.report.documentation

# The site of docs/ in build/site, its generated parts written first.
docs: .venv
	$(BIN)/python -m mpo_repro.report.documentation
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Site: $(CURDIR)/build/site/index.html"

# Every sign, term and clamp of mpo_repro/mpo changed in turn: a test must turn red.
# Tests the files that have changed since tests/mutation/table.json was written, or
# those of FILES: `make mutation FILES=e_step`, `make mutation FILES=all`.
mutation: .venv
	$(BIN)/python tests/mutation/run.py --jobs 2 $(FILES)

format: .venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# Writes down what is installed now; torch without the name of its build.
lock: .venv
	$(BIN)/python -m pip freeze --all --exclude-editable \
	  | sed 's/+cpu$$//' | grep -v -E '^pip==' | sort -f > requirements.lock
