# `make` lists the targets. Everything works from a clean clone, and nothing is set up twice.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
NOTEBOOK ?= notebooks/03_live_training.ipynb
SHADERS := vultorch_widget/render/shaders
# Rooms whose tests are quick: no browser, no kernel, no notebook that is executed.
QUICK := $(addprefix tests/,api basics controls metrics notebook offscreen pages pictures protocol render replay run scene3d training transfer tree)
# What is imported is compiled then: to compile all that is installed takes as long as the rest of the installation.
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-compile
unexport PYTHONDONTWRITEBYTECODE
# These constraints apply to every installation, so torch never changes unintentionally.
CONSTRAINTS := .constraints.txt
# The address of the notebook is printed, and opened in a browser if there is a display.
LAB_FLAGS = --ip=127.0.0.1 --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(NOTEBOOK) \
  $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),,--no-browser) \
  $(if $(filter 0,$(shell id -u)),--allow-root)
# JupyterLab in this environment neither asks to fetch news nor checks for updates.
LAB_DEFAULTS := {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}

.PHONY: help system setup front-end hooks lab test quick test-front-end test-python test-quick lint format protocol \
  shaders fixture docs bench clean

help: ## this list
	@awk '/^##@ /{print (n++ ? "\n" : "") substr($$0, 5)} /^[a-z-]+:.*## /{split($$0, part, ":.*## "); printf "  %-12s%s\n", part[1], part[2]}' $(MAKEFILE_LIST)

##@ Setting up

system: ## installs missing Debian packages, if permitted
	@PYTHON=$(PYTHON) .ci/system-packages

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 ..." % sys.version_info[:2] or 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS) js/hatch_build.py | $(VENV)/.python
	@echo "Installing the package and what its development needs into $(VENV) ..."
	@$(INSTALL) --constraint $(CONSTRAINTS) --editable '.[dev]'
	@$(INSTALL) --constraint $(CONSTRAINTS) --no-deps 'fastai>=2.8.12,<3'
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '$(LAB_DEFAULTS)' >$(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@

setup: system ## sets up everything that the other targets need
	@$(MAKE) --no-print-directory --silent $(VENV)/.installed front-end
	@.ci/browser $(BIN)

front-end: | $(VENV)/.installed
	@$(BIN)/python js/hatch_build.py

hooks: setup ## installs pre-commit checks
	@$(BIN)/python -m pre_commit install

##@ Using it

lab: setup ## JupyterLab on the live-training notebook
	OMP_WAIT_POLICY=$${OMP_WAIT_POLICY-PASSIVE} $(BIN)/python -m jupyterlab $(LAB_FLAGS) $(LAB_OPTIONS)

##@ Testing

test: setup ## every test that can run here; PYTEST_OPTIONS="-k slider" selects some
	@MAKE="$(MAKE)" .ci/each test-front-end test-python

quick: setup ## the tests that need no browser and no kernel, to run during development
	@MAKE="$(MAKE)" .ci/each test-front-end test-quick

test-front-end: | $(VENV)/.installed
	@$(BIN)/python js/hatch_build.py test

test-python: | $(VENV)/.installed
	@PATH="$(BIN):$$PATH" $(BIN)/python -m pytest --numprocesses=auto $(PYTEST_OPTIONS)

test-quick: | $(VENV)/.installed
	@PATH="$(BIN):$$PATH" $(BIN)/python -m pytest --numprocesses=auto $(QUICK) $(PYTEST_OPTIONS)

bench: setup ## benchmarks in a real JupyterLab; results go to tests/benchmarks/RESULTS.md
	PATH="$(BIN):$$PATH" $(BIN)/python -m tests.benchmarks $(BENCH)

lint: setup ## ruff, mypy, tsc, biome; generated files are up to date
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/python js/hatch_build.py lint
	cd $(SHADERS) && sha256sum --quiet --check *.sha256 || { echo "The SPIR-V is not that of the shader: run \`make shaders\`"; exit 1; }
	$(BIN)/python -m vultorch_widget.protocol.typescript /dev/stdout | diff js/src/wire/protocol.ts - || { echo "js/src/wire/protocol.ts is out of date: run \`make protocol\`"; exit 1; }

##@ Writing

format: | $(VENV)/.installed ## formats all code
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format
	$(BIN)/python js/hatch_build.py format

protocol: | $(VENV)/.installed ## js/src/wire/protocol.ts from vultorch_widget/protocol/messages.py
	$(BIN)/python -m vultorch_widget.protocol.typescript js/src/wire/protocol.ts

shaders: $(patsubst %.comp,%.spv,$(wildcard $(SHADERS)/*.comp)) ## SPIR-V from the compute shaders

%.spv: %.comp
	glslc -O --target-env=vulkan1.2 $< -o $@
	cd $(@D) && { glslc --version | sed '/^$$/,$$d; s/^/# /'; sha256sum $(<F) $(@F); } >$(*F).sha256

fixture: setup ## tests/replay/saved/NAME.ipynb, saved by this version, for tests of later ones
	$(BIN)/python -m tests.replay.saved $(NAME)

docs: setup ## the site: reference and tutorial, in build/docs/site; DOCS=--quick runs no notebook
	PATH="$(BIN):$$PATH" $(BIN)/python .docs/build.py $(DOCS)

##@ Cleaning up

clean: ## removes everything that was built or set up
	rm -rf $(VENV) js/node_modules vultorch_widget/static build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis
