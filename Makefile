# Bihuan 闭环. `make` alone lists what there is to make.
# A bare machine needs Python 3.11 or newer and make; all else is brought here.

VENV := .venv
PY := $(VENV)/bin/python
ISLANDS := api/web/islands
BUNDLE := api/web/static/manifest.json
WORKERS ?= 2
WITH_NODE := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
AGAIN = $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))
SOURCES := engine forms processes connectors telephony api tests

# PYTHON=… names the interpreter to build on; else the first of these that is new enough. The system's own comes first: it was built
# with profile-guided optimisation, one that pyenv compiles was not and takes a third longer for all we do (docs/adr/0021).
PYTHONS := $(or $(PYTHON),$(wildcard /usr/bin/python3) python3 python3.13 python3.12 python3.11)

# Debian's packages, where we may install them; elsewhere the tests say what they miss.
define debian
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && \
		apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $(1) >/dev/null; \
	else false; fi
endef

.PHONY: help setup run test lint bench bench-scale cluster bench-cluster bench-telephony crash-points simulate-days replay asterisk clean constraints chromium
.DELETE_ON_ERROR:

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.tests $(BUNDLE) chromium ## everything `run` and `test` need, nothing started

run: $(VENV)/.runtime $(BUNDLE) ## the demo city at http://127.0.0.1:8000 (PORT=… for another port)
	@exec $(VENV)/bin/bihuan serve

test: setup ## every test, on real databases and in a real browser
	cd $(ISLANDS) && $(WITH_NODE) npm test --silent
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

lint: $(VENV)/.lint $(BUNDLE) ## style, types, the direction of imports, the rules of the house
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy $(wildcard $(addsuffix /,$(SOURCES)))
	$(VENV)/bin/lint-imports --no-cache
	cd $(ISLANDS) && $(WITH_NODE) npx --no-install tsc --noEmit
	$(PY) -m pytest -q tests/house

bench: setup ## the figures, as a table and in var/bench.json
	@mkdir -p var
	$(PY) -m tests.bench

bench-scale: setup ## step, tick, lists and timers among 1 k, 100 k and CASES=1000000 open cases (20 minutes for a million on SQLite alone)
	@mkdir -p var
	$(PY) -m tests.scale --cases $(or $(CASES),1000000)

cluster: setup ## two web nodes, three workers and PostgreSQL that keep dying while CASES=2000 cases are worked (CLUSTER_SEED=… replays)
	CLUSTER_CASES=$(or $(CASES),2000) $(PY) -m pytest -s -q -o faulthandler_timeout=0 tests/cluster

bench-cluster: setup ## one worker against two, on one PostgreSQL
	@mkdir -p var
	$(PY) -m tests.bench.cluster

bench-telephony: setup ## what calls cost the exchange and the worker, and how many they carry (BENCH_RATES="3 6 9 12" calls a second)
	@mkdir -p var
	$(PY) -m tests.bench.telephony

crash-points: setup ## kill at every statement, commit and outgoing call of every process in turn (an hour; one point again: ARGS=…)
	$(PY) -m tests.crash $(ARGS)

simulate-days: setup ## N=10 days of a city in which everything goes wrong that can (CALLS=20 a day, SEED=… plays it again)
	$(PY) -m tests.simulation days $(or $(N),10) --calls $(or $(CALLS),20) $(AGAIN)

replay: setup ## the histories of CASES=10000 random cases done again on an empty city, and what is stored compared (SEED=…, DATABASE=postgresql)
	$(PY) -m tests.simulation replay $(or $(CASES),10000) $(AGAIN)

asterisk: setup ## a real telephone exchange for development, from Debian's packages, until Ctrl-C
	@$(PY) -m tests.fixtures.asterisk

clean: ## all that was made here, the demo's database included
	rm -rf $(VENV) $(ISLANDS)/node_modules api/web/static var *.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- what the above stand on ---------------------------------------------------------------------

$(VENV)/.made:
	@for python in $(PYTHONS); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -m venv $(VENV) >/dev/null 2>&1 && break; \
		rm -rf $(VENV); $(call debian,python3-venv) && $$python -m venv $(VENV) && break; \
		rm -rf $(VENV); echo "$$python cannot make a virtual environment: install python3-venv" >&2; \
	done; \
	test -x $(PY) || { echo "Bihuan needs Python 3.11 or newer; name one with PYTHON=…" >&2; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.made setup.cfg constraints.txt pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.lint: $(VENV)/.tests
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	@touch $@

# Node 20.19 or newer of the machine, else the one that PyPI carries.
$(VENV)/.node: $(VENV)/.runtime
	@{ command -v npm && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; } \
		>/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[node]'
	@touch $@

$(ISLANDS)/node_modules/.package-lock.json: $(ISLANDS)/package-lock.json $(VENV)/.node
	cd $(ISLANDS) && $(WITH_NODE) npm ci --silent --no-fund --no-audit
	@touch $@

$(BUNDLE): $(ISLANDS)/node_modules/.package-lock.json $(shell find $(ISLANDS) -name node_modules -prune -o -type f -print 2>/dev/null)
	cd $(ISLANDS) && $(WITH_NODE) npm run --silent build
	@touch $@

# The tests' browser, and a font in which it can show Chinese.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { $(call debian,chromium fonts-noto-cjk); } \
		|| echo "no Chromium here, and no right to install Debian's: the browser tests will say so" >&2
	@fc-list :lang=zh 2>/dev/null | grep -q . || { $(call debian,fontconfig fonts-noto-cjk); } || true

constraints: $(VENV)/.lint # after a change of setup.cfg
	@sed -i '/^[^#]/d' constraints.txt
	$(PY) -m pip freeze --exclude-editable >> constraints.txt
