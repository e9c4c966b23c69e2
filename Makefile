# The menu: `make help` lists it. Every target makes its environment first.

PY := .venv/bin/python
WORKERS ?= 3
SOURCES := manage.py wealthalloc accounts portfolios trading taxharvest mlrecs common tests bench deploy
# The tests of the two engines, which are to take every branch of them.
COVERING := tests/portfolios/engine tests/taxharvest/engine

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test coverage lint types arch checks bench soak fuzz heirs mutation css lock

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: ## The environment: .venv from requirements-dev.txt
	@sh deploy/bootstrap/environment.sh

demo: setup ## The product with demo data on PORT (8000), servers included; Ctrl-C stops it
	@$(PY) -m wealthalloc.devstack demo --follow-parent

serve: setup ## The shape of production on PORT and PORT+1, for benches and drills
	@$(PY) -m wealthalloc.devstack serve --follow-parent

test: setup ## All tests, the browser's too, in three workers (WORKERS=3), for two cores
	@CHROMIUM="$$(sh deploy/bootstrap/chromium.sh)" && export CHROMIUM && \
	HYPOTHESIS_PROFILE=ci exec $(PY) -m pytest -n $(WORKERS) $(ARGS)

coverage: setup ## Tests of both engines (book and taxes): fails unless every branch is taken
	HYPOTHESIS_PROFILE=ci $(PY) -m pytest -n $(WORKERS) -q $(COVERING) --cov=portfolios.engine --cov=taxharvest.engine \
		--cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered $(ARGS)

lint: setup ## Rules of style, templates, migrations and the settings of production
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --quiet
	@# Migrations are compared with the models; the servers need not run.
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@sh deploy/bootstrap/check_production.sh

types: setup ## mypy, strict
	$(PY) -m mypy $(wildcard $(SOURCES))

arch: setup ## The storeys and rooms: who may import whom
	.venv/bin/lint-imports

checks: ## lint, types and arch; all of them, even when one fails
	@$(MAKE) --no-print-directory --keep-going lint types arch

bench: setup ## Figures of speed and size, as ratios and counts
	$(PY) -m bench $(ARGS)

soak: setup ## Tests that run for minutes to find leaks and drift
	$(PY) -m pytest -m soak $(ARGS)

fuzz: setup ## Long random search
	HYPOTHESIS_PROFILE=fuzz $(PY) -m pytest -m fuzz $(ARGS)

heirs: setup ## The broker's tests on ib_async, the heir of ib_insync, in .venv-ib-async
	@sh deploy/bootstrap/heirs.sh $(ARGS)

mutation: setup ## Small faults put into the wash-sale rule: tests must notice them
	$(PY) -m bench.mutation

css: ## Rebuild the stylesheet (needs Node)
	npm ci --no-fund --no-audit
	npm run css

lock: ## Rewrite requirements*.txt from an environment made of requirements*.in
	$(PY) deploy/bootstrap/lock.py
