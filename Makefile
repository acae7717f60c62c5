# Everything runs in .venv, made on first use with the packages of requirements.lock.
PYTHON ?= python3
ARGS ?=
# whose solutions the service is made of: labs or solutions
FROM ?= labs
# where `make course` makes a class
DIR ?= ../servicelab-class
URL ?= http://127.0.0.1:8080/process
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv

# Empty unless this very folder, lock and pyproject.toml have been installed: a moved or changed checkout installs anew.
KEY := $(shell { pwd; cat requirements.lock pyproject.toml; } | cksum | cut -d' ' -f1)
STAMP := $(VENV)/installed-$(KEY)

# uv comes through the pip that is there; only where there is none does the venv get one first (10 s of CPU time)
PIP_INSTALL = --disable-pip-version-check install --quiet --no-deps --require-hashes -r $(VENV)/uv.txt

NOTEBOOKS = $(wildcard solutions/*/*.ipynb)
PYTEST_NBVAL = --nbval --nbval-current-env --nbval-cell-timeout=120

# compiled once, not by each of the many processes: the environment is ours
unexport PYTHONDONTWRITEBYTECODE
# another environment may be active in the shell: IPython would complain, and mix both
unexport VIRTUAL_ENV

.DEFAULT_GOAL := check
.PHONY: check test lint format lab demo course bench release lock install help run load profile-cpu profile-heap docker-run

check: test ## tests and lint (what plain `make` does)

# no $(MAKE) in here: `make --dry-run` would run that line
LINT = $(PY) -m ruff check . || failed=1; $(PY) -m ruff format --check . || failed=1; $(PY) -m mypy || failed=1

test: $(STAMP) ## lint, types, unit tests, every notebook under strict nbval, browser tests
	@failed=0; $(LINT); \
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(NOTEBOOKS),$(PYTEST_NBVAL)) tests $(NOTEBOOKS) $(ARGS) || failed=1; \
	exit $$failed

lint: $(STAMP) ## ruff and mypy
	@failed=0; $(LINT); exit $$failed

format: $(STAMP) ## let ruff mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lab: $(STAMP) ## JupyterLab on the start page; ARGS="--no-browser --port 8899" are handed on
	@$(PY) -m servicelab.start $(ARGS)

run: $(STAMP) ## your service, from what is solved; FROM=solutions takes the reference; SLOW_AUTH=true make run, and so on
	@exec $(PY) -m servicelab run --from $(FROM) $(ARGS)

load: $(STAMP) ## requests at a rate: make load URL=http://127.0.0.1:8080/process ARGS="--rate 200 --seconds 10"
	@$(PY) -m servicelab load $(URL) $(ARGS)

profile-cpu: $(STAMP) ## what the running service spends its time on: cpu.html
	@$(PY) -m servicelab profile cpu --to cpu.html $(ARGS)

profile-heap: $(STAMP) ## what the running service keeps in memory: heap.html
	@$(PY) -m servicelab profile heap --to heap.html $(ARGS)

docker-run: ## the same service in a container (needs a container engine; FROM=labs or solutions)
	docker build --build-arg NOTEBOOKS=$(FROM) --tag servicelab .
	docker run --rm --init --publish 8080:8080 --env SLOW_AUTH --env DB_FAILURE $(ARGS) servicelab

demo: $(STAMP) ## a small synthetic class graded end to end
	@$(PY) -m autograder demo $(ARGS)

course: $(STAMP) ## a class on one machine: make course DIR=../my-class ARGS="--roster class.csv"
	@$(PY) -m autograder course $(DIR) $(ARGS)

bench: $(STAMP) ## every figure that the project claims, written to bench.json
	@$(PY) -m tests.benchmarks $(ARGS)

release: $(STAMP) ## regenerate labs/ from solutions/
	@$(PY) -m autograder release $(ARGS)

install: $(STAMP) ## only make .venv

lock: $(STAMP) ## bring requirements.lock up to date with pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra dev $(ARGS) pyproject.toml --output-file requirements.lock

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] < (3, 14) else \
		"expected Python 3.11 to 3.13, not " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.12 ...")'
	@echo "making $(VENV) from requirements.lock"
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt
	@$(PYTHON) -m pip --python $(PY) $(PIP_INSTALL) 2> $(VENV)/pip.log \
		|| { $(PY) -m ensurepip > /dev/null && $(PY) -m pip $(PIP_INSTALL); } \
		|| { cat $(VENV)/pip.log; echo "no working pip: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; } >&2
	@$(UV) pip sync --quiet --python $(PY) --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@
