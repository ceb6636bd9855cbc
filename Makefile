# `make` lists what there is. Everything works from a clean clone; what is set up once is not set up again.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONSTRAINTS := .constraints.txt
NOTEBOOK := notebooks/03_live_training.ipynb
SHADERS := $(wildcard vultorch_widget/render/shaders/*.comp)

.PHONY: help setup system lab test lint format protocol shaders front-end bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

system: ## Debian packages that are missing, where they may be installed
	@PYTHON=$(PYTHON) .ci/system-packages

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and f"Python 3.10 or newer is needed, $(PYTHON) is {sys.version.split()[0]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS) js/hatch_build.py | $(VENV)/.python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[dev]'
	@touch $@

setup: system ## everything that the other targets need
	@$(MAKE) --no-print-directory $(VENV)/.installed front-end

front-end: | $(VENV)/.installed
	@$(BIN)/python js/hatch_build.py

lab: setup ## JupyterLab on the live-training notebook
	$(BIN)/jupyter lab --ip=127.0.0.1 $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--no-browser) $(if $(filter 0,$(shell id -u)),--allow-root) --LabApp.news_url= $(LAB_OPTIONS) $(NOTEBOOK)

test: setup ## every test that can run here
	$(BIN)/python js/hatch_build.py test
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

lint: setup ## ruff, mypy, tsc, biome; generated files are up to date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python js/hatch_build.py lint

format: | $(VENV)/.installed ## puts code in the one form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python js/hatch_build.py format

protocol: | $(VENV)/.installed ## js/src/protocol.ts from vultorch_widget/transport/messages.py
	$(BIN)/python -m vultorch_widget.transport.typescript js/src/protocol.ts

shaders: $(SHADERS:.comp=.spv) ## SPIR-V from the compute shaders

%.spv: %.comp
	glslc -O --target-env=vulkan1.2 $< -o $@
	cd $(@D) && sha256sum $(<F) > $(<F).sha256

bench: setup ## benchmarks in a real JupyterLab; results go to tests/benchmarks/RESULTS.md
	$(BIN)/python -m tests.benchmarks $(BENCH)

clean: ## removes what was built and set up
	rm -rf $(VENV) js/node_modules vultorch_widget/static build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis
