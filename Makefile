# Needs only Python >= 3.11 and make. Everything it makes lives in .venv and _build.
PYTHON  ?= python3
BIN     := .venv/bin
PYTEST  := $(BIN)/python -m pytest
BUILD   := $(BIN)/python -m web.scripts.build_book build . -W -n --keep-going --quiet
CHAPTER ?= $(wildcard chapters/*.ipynb reference/*.ipynb)
NAME    := $(notdir $(basename $(CHAPTER)))
KNOWN   := $(sort $(notdir $(basename $(wildcard chapters/*.ipynb reference/*.ipynb))))
# For targets that work on one notebook.
INSIST_ON_ONE = [ $(words $(filter $(NAME),$(KNOWN))) = 1 ] || { echo "Name one with CHAPTER=, of: $(KNOWN)"; exit 1; }
OLDEST  := .venv-oldest/bin
TORCH   ?= torch
# What tests the library and needs neither a browser nor the book.
LIBRARY_TESTS := divergences tests/library tests/claims
# Named by a checksum of all that the book could be made of: not what is hidden, nor what is made itself.
SUM := $(shell (echo "$(BOOK_REPOSITORY_URL)"; find * \( -name '.?*' -o -name __pycache__ \
	-o -name _build -o -name mutants -o -name '*.egg-info' \) -prune -o -type f -exec cksum {} + | sort) | cksum | cut -d ' ' -f 1)
MADE := _build/html/.made-of-$(SUM)
PRINTED := _build/html/.printed-from-$(SUM)
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Workers and kernels start sooner from bytecode that is kept, also where the environment says not to keep it.
unexport PYTHONDONTWRITEBYTECODE

# Two targets at once would make one environment twice.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help book chapter check pdf links test test-oldest mutants test-portable notebooks lint serve lab torch benchmark lock clean FORCE

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# A folder that was moved needs its environment anew; FORCE is never up to date.
MOVED := $(if $(wildcard .venv/.stamp),$(if $(filter-out $(CURDIR),$(shell cat .venv/.stamp)),FORCE))
FORCE:

.venv/.stamp: requirements.txt pyproject.toml .ci/install.py $(MOVED)
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer, or name one: make PYTHON=..."; exit 1; }
	@$(PYTHON) .ci/install.py

# A PDF of another state of the book goes, and with it the link to it.
book: .venv/.stamp  ## build the site and print where it is
	@rm -f _build/html/.made-of-*
	@[ -e $(PRINTED) ] || rm -f _build/html/divergences.pdf _build/html/.printed-from-*
	$(BUILD)
	@touch $(MADE)
	@echo "The book: $(CURDIR)/_build/html/index.html"

chapter: .venv/.stamp  ## execute one chapter, build, and print its address (CHAPTER=02_kl)
	@$(INSIST_ON_ONE)
	$(BIN)/python -m web.scripts.run_notebooks $(CHAPTER)
	@$(MAKE) --no-print-directory book >/dev/null
	@echo "The chapter: file://$(CURDIR)/_build/html/chapters/$(NAME).html"

check: .venv/.stamp  ## test one chapter in seconds: outputs, numbers, claims, form (CHAPTER=02_kl)
	@$(INSIST_ON_ONE)
	$(PYTEST) -q --nbval --nbval-current-env --nbval-cell-timeout=120 -k "$(NAME)" \
		$(wildcard chapters/$(NAME).ipynb reference/$(NAME).ipynb) tests/claims tests/web/test_notebooks.py tests/web/test_numbers.py

# The tests need the book, but not built again if it was made of these very files.
$(MADE):
	@$(MAKE) --no-print-directory book

# Three workers fill two cores, for a browser lets its worker wait; threads of the linear algebra would only wait
# for each other.
test: export OPENBLAS_NUM_THREADS := 1
test: .venv/.stamp $(MADE)  ## run everything that can fail
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder --nbval --nbval-current-env --nbval-cell-timeout=120

.venv-oldest/.stamp: requirements-oldest.txt .venv/.stamp
	@$(PYTHON) .ci/install.py .venv-oldest requirements-oldest.txt

test-oldest: .venv-oldest/.stamp  ## run the library's tests with the oldest NumPy and SciPy that it admits
	$(OLDEST)/python -m pytest -n 2 $(LIBRARY_TESTS)

mutants: .venv-oldest/.stamp  ## break the library in thousands of places, list what no test notices (one module: MUTANTS="divergences.js.*")
	$(OLDEST)/mutmut run $(MUTANTS)
	@$(OLDEST)/mutmut results | sed "/not checked/d"

test-portable: .venv/.stamp  ## run the library's tests and the notebooks as other processors would
	$(BIN)/python .ci/portable.py

pdf: book  ## print the whole book into one PDF (needs Chromium), linked from its first page
	@$(BIN)/python -m web.scripts.print_book _build/html
	@touch $(PRINTED)
	@$(BUILD) >/dev/null

links: .venv/.stamp  ## check the links to other sites (needs the network)
	$(BIN)/jupyter-book build . --builder linkcheck --quiet

notebooks: .venv/.stamp  ## execute the chapters in place (one: CHAPTER=02_kl)
	$(BIN)/python -m web.scripts.run_notebooks $(CHAPTER)

lint: .venv/.stamp  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

serve: book  ## build the site and serve it at http://localhost:8000
	$(BIN)/python -m http.server --directory _build/html 8000

lab: .venv/.stamp  ## open the chapters in JupyterLab (with options: LAB="--no-browser --port 8890")
	$(BIN)/python -m jupyterlab --config=web/lab_config.py $$([ "$$(id -u)" != 0 ] || echo --allow-root) $(LAB)

torch: .venv/.stamp  ## install PyTorch for chapter 7 (on Linux several gigabytes; another build: TORCH="torch==...")
	$(BIN)/python -m pip install --quiet $(TORCH)

# Times are of the processor, and threads that wait for each other would count.
benchmark: export OPENBLAS_NUM_THREADS := 1
benchmark: .venv/.stamp  ## time the library against its peers, and count its right digits
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.accuracy

lock: .venv/.stamp  ## resolve requirements*.in into the hash-checked locks (newest: UPGRADE=--upgrade)
	$(BIN)/$(COMPILE) $(UPGRADE) requirements.in --output-file requirements.txt
	$(BIN)/$(COMPILE) requirements-oldest.in --output-file requirements-oldest.txt

clean:  ## remove everything that was made
	rm -rf .venv .venv-oldest _build mutants
