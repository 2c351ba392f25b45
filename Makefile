# Paths are relative throughout, so that the course works from a folder with spaces in its name.

PYTHON ?= python3
ENV := .venv/bin/python

# Two workers, a file of tests each; and one thread to a process: two threads on two busy cores wait for each other
# longer than they compute.
PYTEST := $(ENV) -m pytest -n 2 --dist loadfile --cpu-times
check test test-all: export OMP_NUM_THREADS = 1

# Where set, an extra package index to take the CPU build of torch from (see docs/install.md).
export TORCH_INDEX

.DEFAULT_GOAL := help
.PHONY: help course check test test-all lint ready build bench screenshots pins clean

help:
	@echo "make course       set everything up in .venv, fetch the data, and open the course (Ctrl-C ends it)"
	@echo "make check        for daily work: style, floors of imports, the tests of the library; under two minutes"
	@echo "make test         what CI runs: all tests, and the notebooks that a change reaches or whose turn it is"
	@echo "make test-all     all notebooks, all seeds, the long tests; before a chapter is called done"
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

lint:
	@$(PYTHON) tools/environment.py test
	$(ENV) -m ruff check .
	$(ENV) -m ruff format --check .
	$(ENV) tools/hygiene.py

check: lint
	$(PYTEST) tests/test_*.py tests/project/test_layers.py

ready: lint
	$(ENV) -m coursekit data get --default

# run_notebooks.py begins with what `coursekit build --check` does: the sources are read once for both.
test: ready
	$(ENV) tools/run_notebooks.py -n 2 --dist loadfile --cpu-times
	$(PYTEST)

test-all: ready
	$(ENV) tools/run_notebooks.py --all -n 2 --dist loadfile --cpu-times
	$(PYTEST) --thorough

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
