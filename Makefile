# make run | test | bench | parity. Everything beyond Python 3.11 is set up below this folder (see explorer/set_up.py).
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV_PYTHON = .venv/bin/python

.PHONY: run test check bench bench-class parity set-up set-up-dev

set-up: ; @test -n "$(PYTHON)" || { echo "Orrery needs Python 3.11 or newer, and there is none on the PATH. Name one: make PYTHON=/path/to/python3.11 run"; exit 1; }
	@$(PYTHON) explorer/set_up.py

set-up-dev: ; @test -n "$(PYTHON)" || { echo "Orrery needs Python 3.11 or newer, and there is none on the PATH. Name one: make PYTHON=/path/to/python3.11 test"; exit 1; }
	@$(PYTHON) explorer/set_up.py --dev

run: set-up
	@exec $(VENV_PYTHON) -m explorer.server

test: set-up-dev
	@$(VENV_PYTHON) -m tests.everything

check: set-up-dev
	@$(VENV_PYTHON) -m tests.everything --linters

bench: set-up-dev
	@$(VENV_PYTHON) -m bench

parity: set-up
	@$(VENV_PYTHON) -m bench.parity
