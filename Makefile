# The one front door: `make help` lists what is here. ENV names an environment below envs/.
ENV    ?= local
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HEADEND := $(BIN)/headend
CHECKOV := .venv-checkov/bin/checkov
OTHER_LINTERS := .venv-lint
MINISTACK := .venv-second-opinion/bin/ministack
PIP    := -m pip --quiet --disable-pip-version-check
PYTEST_ARGS ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Environments for Python. A changed lock makes a new one; a changed pyproject.toml only installs the package again.

.PHONY: setup
setup: $(VENV)/.stamp ## Build the Python environment (every target calls this when it is stale)

$(VENV)/.requirements: requirements/dev.txt requirements/media.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make setup PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	$(BIN)/python $(PIP) install --require-hashes --no-deps -r requirements/media.txt
	@touch $@

$(VENV)/.stamp: $(VENV)/.requirements pyproject.toml
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(CHECKOV): requirements/checkov.txt
	$(PYTHON) -m venv --clear .venv-checkov
	.venv-checkov/bin/python $(PIP) install --require-hashes --no-deps -r requirements/checkov.txt
	@touch $@

# See it

.PHONY: demo
demo: setup ## A degraded stream becomes an alarm, a workflow, an alert and a recovery notice
	$(HEADEND) demo $(if $(SCENARIO),--scenario $(SCENARIO))

.PHONY: rehearse
rehearse: setup ## What can happen to a flow's sources, played end to end: is it what is expected, and how long does it take
	$(HEADEND) local rehearse

.PHONY: bench
bench: setup ## Measure what costs time
	$(HEADEND) bench

# Environments

.PHONY: doctor
doctor: setup ## Look at this machine: Terraform, provider, credentials, disk, ports
	$(HEADEND) doctor

.PHONY: bootstrap
bootstrap: setup ## Make the state bucket and the budget (ENV=dev)
	$(HEADEND) bootstrap --env $(ENV)

.PHONY: plan
plan: setup ## Plan, and say what changes and why (ENV=dev; ALLOW_REPLACE=flow lets that one be replaced)
	$(HEADEND) plan --env $(ENV) $(foreach flow,$(ALLOW_REPLACE),--allow-replace $(flow))

.PHONY: drift
drift: setup ## Name what was changed by hand, which a plan does not see (ENV=dev; FIX=1 puts it back)
	$(HEADEND) drift --env $(ENV) $(if $(FIX),--fix)

.PHONY: apply
apply: setup ## Apply that plan, and start the flows (ENV=dev)
	$(HEADEND) apply --env $(ENV)

.PHONY: smoke
smoke: setup ## Check the running deployment (ENV=dev)
	$(HEADEND) smoke --env $(ENV)

.PHONY: destroy
destroy: setup ## Destroy everything and prove it (ENV=dev, STOP_FLOWS=1 takes flows off air)
	$(HEADEND) destroy --env $(ENV) $(if $(STOP_FLOWS),--stop-flows)

# Generated files

.PHONY: render
render: setup ## Render state machines, policies and dashboards
	$(HEADEND) render

.PHONY: package
package: setup ## Build the functions' zips
	$(HEADEND) package

.PHONY: release
release: setup ## Write zips, hashes and a usage snippet for a tag (VERSION=1.2.3)
	$(HEADEND) release $(VERSION)

.PHONY: docs
docs: setup ## Write the generated parts of the READMEs and the configuration's schema
	$(HEADEND) docs
	$(HEADEND) schema

.PHONY: lock
lock: setup ## Pin all dependencies again, with hashes (requirements/*.in, lambda_src/*/requirements.in)
	@set -e; for source in requirements/*.in lambda_src/*/requirements.in; do \
	  test -f "$$source" || continue; echo "locking $$source"; \
	  $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file "$${source%.in}.txt" "$$source"; \
	done

# Checks

.PHONY: fmt
fmt: setup ## Format Python and HCL
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	env -u TF_CLI_CONFIG_FILE terraform fmt -recursive

.PHONY: lint
lint: setup ## ruff, mypy, terraform fmt and validate, and whether generated files are fresh
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	@set -e; for function in lambda_src/*/; do MYPYPATH=$$function $(BIN)/mypy $$function; done
	$(HEADEND) render --check
	$(HEADEND) docs --check
	$(HEADEND) schema --check
	$(HEADEND) asl lint --strict modules/*/rendered/*.asl.json
	$(HEADEND) validate

.PHONY: checkov
checkov: setup $(CHECKOV) ## Security scan of the HCL and of every environment's plan
	$(HEADEND) scan

$(MINISTACK): requirements/second-opinion.txt
	$(PYTHON) -m venv --clear .venv-second-opinion
	.venv-second-opinion/bin/python $(PIP) install --require-hashes --no-deps -r requirements/second-opinion.txt
	@touch $@

.PHONY: second-opinion
second-opinion: setup $(MINISTACK) ## Ask another emulator what the contract tests ask the local cloud
	$(BIN)/python tests/second_opinion.py .venv-second-opinion

$(OTHER_LINTERS)/.stamp: requirements/lint-compared.txt
	$(PYTHON) -m venv --clear $(OTHER_LINTERS)
	$(OTHER_LINTERS)/bin/python $(PIP) install --require-hashes --no-deps -r requirements/lint-compared.txt
	npm install --prefix $(OTHER_LINTERS) --no-package-lock --no-audit --no-fund --silent asl-validator@4.0.0
	@touch $@

.PHONY: lint-compared
lint-compared: setup $(OTHER_LINTERS)/.stamp ## Our linter beside three others; CHECKOUTS as for corpus; needs npm
	$(BIN)/python tests/lint/compare.py $(OTHER_LINTERS) $(if $(CHECKOUTS),--checkouts $(CHECKOUTS)) --write

.PHONY: corpus
corpus: setup ## Run public state machines on the local cloud (CHECKOUTS=folder with the repositories' checkouts)
	$(BIN)/python tests/corpus/run.py $(CHECKOUTS) --least 45

.PHONY: test
test: setup ## Everything that proves it
	$(HEADEND) package
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The gates first, side by side; the tests last: the last line is pytest's own summary.
.PHONY: ci
ci: ## What .ci/run and the workflow run
	@$(MAKE) --no-print-directory --jobs 2 lint checkov
	@$(MAKE) --no-print-directory test
