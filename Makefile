# SPDX-License-Identifier: Apache-2.0
# Every target does the set-up it needs by itself, in .venv; a second run finds it done.

PYTHON ?= python3
VENV   := .venv/bin/python
PYTEST := $(VENV) -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal --durations 20

# What is built for hardware: make bitstream BOARD=ulx3s ENGINE=lut
BOARD  ?= ulx3s
ENGINE ?= mac

# Further arguments for the program of a target: make sim ARGS="--trials 10"
ARGS ?=

.NOTPARALLEL:
.PHONY: help sim test test-all check prove bench bitstream program netlist format clean

help:
	@echo "make sim        set-up, then bit-flip campaigns on simulated boards, arithmetic against logic: tables and curves"
	@echo "make test       set-up, then the tests"
	@echo "make test-all   set-up, then these and further sizes and lengths of them"
	@echo "make check      set-up, then style, types, lints of the RTL, generated files"
	@echo "make prove      set-up, then the formal proofs"
	@echo "make bench      set-up, then the figures of the README"
	@echo "make bitstream  set-up, then the bitstream of a board: BOARD=ulx3s ENGINE=mac (or lut, or all)"
	@echo "make netlist    the synthesised netlist under the self-test: ARGS=\"--board icebreaker --engine lut\", or ARGS=--all"
	@echo "make program    load that into the board which is plugged in: BOARD and ENGINE as above"
	@echo "make format     format the Python sources"
	@echo "make clean      remove build products and .venv; results stay"
	@echo 'further arguments: make sim ARGS="--ber 1e-3 --trials 10"; make test ARGS="-k sweep"; make bitstream ARGS=--check-only'

sim: .venv/ready-sim
	$(VENV) -m host.versus $(ARGS)

test: .venv/ready-test
	$(PYTEST) -m "not slow" $(ARGS)

test-all: .venv/ready-test
	$(PYTEST) $(ARGS)

check: .venv/ready-check
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy
	$(VENV) -m host.regmap --check
	$(VENV) -m host.codes --check
	$(VENV) -m tools.lint

prove: .venv/ready-test
	$(VENV) -m tools.prove $(ARGS)

bench: .venv/ready-bench
	$(VENV) -m tools.bench $(ARGS)

bitstream: .venv/ready-boards
	$(VENV) -m tools.bitstream --board $(BOARD) --engine $(ENGINE) $(ARGS)

netlist: .venv/ready-check
	$(VENV) -m tools.netlist $(ARGS)

program: .venv/ready-boards
	$(VENV) -m host.program --board $(BOARD) --engine $(ENGINE) $(ARGS)

format: .venv/ready-check
	$(VENV) -m ruff format .

clean:
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready-%: pyproject.toml tools/setup.py
	@$(PYTHON) tools/setup.py $*
