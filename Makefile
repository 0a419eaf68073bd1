# Everything a person or a machine does with a checkout. `make` alone lists it.

# The interpreter the environment is made from: make test PYTHON=python3.13
PYTHON ?= python3
VENV ?= .venv
# make test UI= leaves the dashboard's own tests out
UI ?= yes
# Further words for pytest or petit: make test ARGS="-k keeper", make run ARGS="--api-port 9000"
ARGS ?=

BIN := $(VENV)/bin
UI_BUILT := src/petit/api/ui
NODE_IS_NEW := command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
STAMP := $(VENV)/.installed
VERSION_OF := -c "import sys; print('%d.%d' % sys.version_info[:2])"

# Tests that share nothing but the processor run side by side. The others start daemons, kill them and look at
# the clock: each has its own directory and its own port, but they are left alone with the machine.
SIDE_BY_SIDE := $(wildcard tests/unit tests/property tests/contract tests/api tests/repo tests/docs)
ONE_BY_ONE := $(wildcard tests/integration tests/security tests/e2e tests/faults)

.DEFAULT_GOAL := help
.PHONY: help run test check promises soak mutants bench openapi docs ui screenshots lock ready clean

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '%-16s %s\n' "$$name" "$$what"; done

run: ready ## run the example jobs, with state in .petit/, API and dashboard at http://localhost:8565
	@$(MAKE) --no-print-directory ui || echo "the scheduler runs without its dashboard"
	@exec $(BIN)/petit run examples/jobs $(ARGS)

test: ready ## run all tests; what the machine cannot do is skipped and listed at the end
	@failed=0; \
	if [ -n "$(UI)" ] && $(NODE_IS_NEW); then \
		$(MAKE) --no-print-directory ui && (cd ui && npm run --silent test -- --silent --reporter=dot) || failed=1; \
	fi; \
	[ -z "$(SIDE_BY_SIDE)" ] || $(BIN)/pytest -q -n 2 --dist loadfile $(SIDE_BY_SIDE) $(ARGS) || failed=1; \
	[ -z "$(ONE_BY_ONE)" ] || $(BIN)/pytest -q $(ONE_BY_ONE) $(ARGS) || failed=1; \
	exit $$failed

check: ready ## lint, format, types, import contracts, documentation, unit tests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/repo tests/docs tests/unit $(ARGS)
	@if $(NODE_IS_NEW); then $(MAKE) --no-print-directory ui && cd ui && npm run --silent check && npm run --silent budget; \
	elif [ -n "$$PETIT_TEST_ALL" ]; then echo "Node 20.19 or newer is missing" >&2; exit 1; \
	else echo "The dashboard was not checked: that takes Node 20.19 or newer."; fi

promises soak: export PETIT_TALLY ?= .promises.md
promises: export PETIT_FAULTS = quick
promises: ready ## prove the promises ten times as hard as `make test` does; the counts are in .promises.md, too
	@$(BIN)/pytest -q --timeout 3600 tests/faults tests/security $(ARGS)

soak: export PETIT_FAULTS = soak
soak: ready ## prove them for hours
	@$(BIN)/pytest -q --timeout 0 tests/faults tests/security $(ARGS)

mutants: ready ## change the code a little, again and again, and see whether the tests notice (an hour)
	@nice -n 15 $(BIN)/python -m tests.support.mutants $(ARGS)

bench: ready ## measure; figures are ratios to a loop in C built in the same run
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python "$$each" || exit 1; done

openapi: ready ## write openapi.json, and its examples, anew from the code
	@$(BIN)/python -m tests.support.examples

docs: ready ## write the tables of docs/reference anew from the code
	@$(BIN)/python -m docs.generate

ui: ## build the dashboard into the package (needs Node 20.19 or newer); at most once for what is there now
	@if ! $(NODE_IS_NEW); then \
		[ -e $(UI_BUILT)/index.html ] && exit 0; \
		echo "The dashboard takes Node 20.19 or newer to build; without it, / says so." >&2; exit 1; \
	fi; \
	wanted="$$( (git ls-files -co --exclude-standard ui openapi.json 2>/dev/null || find ui openapi.json -type f -not -path 'ui/node_modules/*') | sort | xargs cksum | cksum)"; \
	[ "$$wanted" = "$$(cat $(UI_BUILT)/.stamp 2>/dev/null)" ] && exit 0; \
	echo "building the dashboard"; \
	cd ui && { [ "$$(cksum < package-lock.json)" = "$$(cat node_modules/.locked 2>/dev/null)" ] || \
		{ npm ci --silent --no-audit --no-fund && cksum < package-lock.json > node_modules/.locked; }; } && \
	npm run --silent build >/dev/null && cd .. && echo "$$wanted" > $(UI_BUILT)/.stamp

screenshots: ready ui ## take pictures of every page of the dashboard, for README and docs (needs chromium)
	@$(BIN)/python -m tests.support.screenshots

lock: ## write requirements.lock anew from pyproject.toml (needs uv: pip install uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements.lock

clean: ## remove what was built and installed, not the state of `make run`
	rm -rf $(UI_BUILT) ui/node_modules ui/src/api/schema.d.ts
	rm -rf $(VENV) .venv-newest dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds what the environment was made from; the rest of the recipe runs only when that has changed.
ready:
	@version=$$( ($(PYTHON) $(VERSION_OF)) 2>/dev/null ); \
	wanted="$$version $$(cat requirements.lock pyproject.toml | cksum)"; \
	[ "$$wanted" = "$$(cat $(STAMP) 2>/dev/null)" ] && exit 0; \
	advice="Petit needs Python 3.11 or newer. Name one: make PYTHON=python3.13"; \
	case "$$version" in \
		3.1[1-9]) ;; \
		"") echo "$(PYTHON) does not run. $$advice" >&2; exit 1 ;; \
		*) echo "$(PYTHON) is Python $$version. $$advice" >&2; exit 1 ;; \
	esac; \
	$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { \
		echo "$(PYTHON) lacks the module venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	echo "setting up $(VENV) (Python $$version)"; \
	rm -f $(STAMP); \
	[ "$$version" = "$$( ($(BIN)/python $(VERSION_OF)) 2>/dev/null )" ] || \
		$(PYTHON) -m venv --clear $(VENV) || exit 1; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	echo "$$wanted" > $(STAMP)
