# Two commands are all a newcomer needs: `make serve` shows the site, `make test` runs every test.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PORT ?= 8000

export NO_MKDOCS_2_WARNING := 1

.PHONY: serve site test check bite bench lock install clean

serve: .venv/.site ## build the site and open it in a browser; installs no framework
	$(BIN)/tandem export
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT) $(if $(CI),,--open)

site: .venv/.site ## build the site into site/, as it is published
	$(BIN)/tandem export
	$(BIN)/mkdocs build --strict

test: .venv/.all ## run every snippet and every test
	$(BIN)/python -m pytest

check: .venv/.all ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check snippets_lib tests benchmarks
	$(BIN)/mypy
	$(BIN)/tandem check

bite: .venv/.all ## change one literal at a time and want the run to fail (slow); IDS=area/topic for some
	$(BIN)/python tests/bite.py $(IDS)

bench: .venv/.all ## how fast the snippets run, beside one process each
	$(BIN)/python benchmarks/run_all.py

install: .venv/.all ## everything, the frameworks included (about 5 minutes, 10 GB)

lock: .venv/.all ## write constraints.txt from what is installed
	(echo "# Every package, pinned. Written by: make lock"; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9.]*$$//') > constraints.txt.part
	mv constraints.txt.part constraints.txt

clean:
	rm -rf site docs/downloads docs/pairs.json docs/claims.json docs/llms.txt docs/timings.csv docs/timings.json

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.site: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e .
	touch $@

.venv/.all: pyproject.toml constraints.txt no-deps.txt | .venv/bin/python
	$(PIP) -e '.[snippets,no-deps,test]'
	$(PIP) --no-deps -r no-deps.txt
	touch $@ .venv/.site
