# Two commands do all the set-up on a fresh machine with Python 3.11+, git and make: `make demo` and `make test`.
.PHONY: demo test lint real corpora fuzz bench lock clean
.DEFAULT_GOAL := test

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# What the Action installs beside the core: without a reader, a file of its kind would be undecided there.
READERS := documents pkcs11 spdx xml
# Trust what the machine trusts, as pip does: many companies look into TLS.
export UV_SYSTEM_CERTS ?= 1

.venv/.ready: uv.lock pyproject.toml hooks/uv.txt
	@test -n "$(PYTHON)" || { echo "gatekeeper needs Python 3.11 or newer"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r hooks/uv.txt
	$(BIN)/uv sync --quiet --locked --all-extras --python $(BIN)/python
	@touch $@

# By file: tests that share a server, a browser or a cache stand in one file each and run one after the other.
test: .venv/.ready
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=
	$(BIN)/python -m coverage report

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Damaged inputs at length: none may be accepted, none may raise anything of its own.
fuzz: .venv/.ready
	$(BIN)/python -m tests.fuzz.fuzz_bundles 200000
	$(BIN)/python -m tests.fuzz.fuzz_scan 40000
	$(BIN)/python -m tests.fuzz.fuzz_sbom 100000
	$(BIN)/python -m tests.fuzz.fuzz_dossier

# The scan's report equal to stock Bandit's own, on eight packages from PyPI and the standard library.
corpora: .venv/.ready
	$(BIN)/python -m bench.corpora

demo: .venv/.ready
	@examples/demo.sh

real: .venv/.ready
	@examples/real.sh

lock: .venv/.ready
	$(BIN)/uv lock
	$(BIN)/uv export --quiet --locked --no-dev --no-emit-project --no-header $(READERS:%=--extra %) -o hooks/requirements.txt

clean:
	rm -rf .venv .demo build dist *.egg-info
