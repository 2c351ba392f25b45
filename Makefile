# Paths are relative throughout, so that the course works from a folder with spaces in its name.

PYTHON ?= python3
ENV := .venv/bin/python

# One thread to a process: two threads on two busy cores wait for each other longer than they compute.
test: export OMP_NUM_THREADS = 1

# Where set, an extra package index to take the CPU build of torch from (see README).
export TORCH_INDEX

.DEFAULT_GOAL := help
.PHONY: help course lab test build bench screenshots pins clean

help:
	@echo "make course       set everything up in .venv, fetch the data, and open the course (Ctrl-C ends it)"
	@echo "make test         set up, then run everything that CI runs"
	@echo "make build        rebuild the notebooks from chapters/"
	@echo "make bench        time the library's own code"
	@echo "make screenshots  make docs/screenshots/ anew, with the browser that is installed"
	@echo "make pins         make constraints.txt anew, from a fresh environment"
	@echo "make clean        remove .venv and what tests and builds left behind"

course:
	@$(PYTHON) tools/environment.py course
	@$(ENV) -m coursekit data get --default
	@$(ENV) -m coursekit doctor
	@$(ENV) -m coursekit lab

test:
	@$(PYTHON) tools/environment.py test
	$(ENV) -m ruff check .
	$(ENV) -m ruff format --check .
	$(ENV) -m coursekit data get --default
	$(ENV) -m coursekit build --check
	$(ENV) -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=600 \
		--nbval-kernel-startup-timeout=120 notebooks solutions
	$(ENV) -m pytest

build:
	@$(PYTHON) tools/environment.py course
	$(ENV) -m coursekit build

bench:
	@$(PYTHON) tools/environment.py test
	$(ENV) -m benchmarks

screenshots:
	@$(PYTHON) tools/environment.py test
	$(ENV) tests/browser/screenshots.py

pins:
	$(PYTHON) tools/environment.py pins

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
