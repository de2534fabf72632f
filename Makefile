# Tieout's commands; `make` alone lists them. All they need is make and Python 3.11 or newer with venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ok

.PHONY: help demo test test-spark check serve bench fuzz soak plant notebooks lock clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -e 's/:.*## /	/' | expand -t 10

demo: $(READY) ## the whole job on sample data, then the dashboard where a terminal is attached
	@$(BIN)/tieout demo

# Three workers on two cores: browsers and real processes wait for much of their time.
test: $(READY) ## every test, notebooks and a real browser included
	@sh .ci/browser
	@sh .ci/postgres
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder
	@if [ -n "$$(find notebooks -name '*.ipynb' 2>/dev/null)" ]; then sh .ci/notebooks; \
	else echo "No notebooks to run."; fi

test-spark: $(READY) ## the same bytes on real Spark with two executor processes: Java, 1.2 GB and three minutes
	@sh .ci/spark
	$(BIN)/pytest -q -p no:cacheprovider tests/scale/on_spark.py

check: $(READY) ## format, lint, types, layers and the quick tests: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow and not browser"

serve: $(READY) ## the dashboard on your own data
	@$(BIN)/tieout serve

bench: $(READY) ## how well and how fast payments meet claims, how long loading and reconciling take, how quick the pages are
	@$(BIN)/python -m tests.bench.matching
	@$(BIN)/python tests/bench/reconcile.py
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.decisions
	@$(BIN)/python -m tests.bench.loading

N ?= 10000
fuzz: $(READY) ## break exports by the thousand (N=10000) and see that none is met badly
	@$(BIN)/python -m tests.erps.fuzz $(N)

soak: $(READY) ## ten thousand simulated runs of the push, every cell of faults, a thousand real kills: an hour or two, resumable
	@$(BIN)/python -m tests.simulation.soak

plant: $(READY) ## known defects, planted one by one in a copy: does the suite see each
	@$(BIN)/python -m tests.simulation.plant

notebooks: $(READY) ## run every notebook anew and keep its outputs
	$(BIN)/python .ci/execute.py
	$(BIN)/nbstripout --keep-output --keep-count --keep-id $$(find notebooks -name '*.ipynb')

lock: $(READY) ## pin every version anew in requirements.lock
	@printf '# Every version, pinned by `make lock`.\n' > .venv/lock
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml >> .venv/lock
	@mv .venv/lock requirements.lock

clean: ## remove the environment and what tools left behind; your data in .tieout stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The one environment, made anew when what it is made from changes.
$(READY): requirements.lock pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment
	@touch $(READY)
