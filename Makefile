# On a bare machine with Python 3.11+, make and git every target sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.run ## virtual environment and hash-pinned dependencies

$(VENV)/.run: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: setup ## publish the sample announcements to all channels (sandbox) and serve the result
	$(BIN)/publisher demo

run: setup ## run the desk in workspace/desk, made on first use
	@test -e workspace/desk/publisher.toml || $(BIN)/publisher init --workspace workspace/desk
	$(BIN)/publisher run --workspace workspace/desk

test: $(VENV)/.dev ## the whole test suite
	@sh tests/provide.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev ## lint, types, import directions, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## every benchmark: ours, the peer, the ratio
	$(BIN)/python -m benchmarks

lighthouse: $(VENV)/.dev ## what Lighthouse says of a demo's pages
	@sh tests/provide.sh
	$(BIN)/python -m benchmarks.lighthouse

pictures: $(VENV)/.dev ## the pictures of the documentation, from a running demo
	@sh tests/provide.sh
	$(BIN)/python docs/pictures.py

gallery: $(VENV)/.dev ## docs/gallery.md: pictures of every kind's page, mails and posts
	@sh tests/provide.sh
	PYTHONPATH=. $(BIN)/python docs/gallery.py

soak: $(VENV)/.dev ## the long fault runs
	$(BIN)/python -m pytest -m soak -s

.PHONY: help setup demo run test check bench lighthouse pictures gallery soak
