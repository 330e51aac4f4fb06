# One way to do each developer job. Every target sets up .venv by itself; the second time that costs nothing.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2
PACKAGES := api configs models pipeline
SAMPLES := clean mismatch straw

.PHONY: help demo test lint bench bench-speech serve synth-samples train-language train-diarizer train-apart train-recogniser clean
.DEFAULT_GOAL := help

help:
	@echo "make demo              set up, then three recordings through to their reports"
	@echo "make test              set up, then every test, two files at a time (JOBS=4: four)"
	@echo "make lint              ruff and mypy --strict"
	@echo "make bench             speed, memory and character error rate, beside the stock whisper command"
	@echo "make bench-speech      callproof beside whisper, faster-whisper and whisperX on one set of weights (an hour)"
	@echo "make serve             set up, then the API and the worker on http://127.0.0.1:8000"
	@echo "make train-language    train the models that read turns (a minute)"
	@echo "make train-apart       train what hears two voices on one channel apart (hours; needs espeak-ng)"
	@echo "make train-diarizer    train a diarization pipeline on synthetic voices (two hours; needs espeak-ng)"
	@echo "make train-recogniser  train the embedded recogniser from nothing (hours; resumes; needs espeak-ng)"
	@echo "make synth-samples     speak samples/*.script.yaml again (needs espeak-ng)"
	@echo "make clean             remove .venv and everything generated"

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "callproof needs Python 3.11 or newer; name one with: make PYTHON=python3.11"; exit 2; }
	@echo "setting up .venv (once; a few minutes, mostly PyTorch)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created pyproject.toml
	@$(PIP) install --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	@$(PIP) install --editable '.[dev]'
	@touch $@

demo: .venv/installed
	@for call in $(SAMPLES); do \
	  echo "$$ callproof run samples/$$call.opus --application samples/$$call.application.json"; \
	  $(BIN)/callproof run samples/$$call.opus --application samples/$$call.application.json || exit $$?; \
	  echo; \
	done

test: .venv/installed-dev
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile

lint: .venv/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/installed-dev
	@$(BIN)/python -m bench

bench-speech: .venv/installed-dev
	@$(BIN)/python -m bench.speech $(ARGUMENTS)

serve: .venv/installed
	@$(BIN)/callproof serve

train-language: .venv/installed-dev
	@$(BIN)/python -m models.training.language

train-diarizer: .venv/installed-dev
	@$(BIN)/python -m models.training.diarizer bank
	@$(BIN)/python -m models.training.diarizer segmentation
	@$(BIN)/python -m models.training.diarizer voice
	@$(BIN)/python -m models.training.diarizer release
	@echo 'to measure it: $(BIN)/python -m bench diarization --diarizer pyannote --diarizer-model build/diarizer/pipeline'

train-apart: .venv/installed-dev
	@$(BIN)/python -m models.training.diarizer bank --folder build/apart
	@$(BIN)/python -m models.training.diarizer apart --folder build/apart
	@$(BIN)/python -m models.training.diarizer release-apart --folder build/apart
	@echo 'to use it: CALLPROOF_VOICES_APART=build/apart/voices-apart.pt'

train-recogniser: .venv/installed-dev
	@$(BIN)/python -m models.training.recogniser clips
	@$(BIN)/python -m models.training.recogniser train
	@echo 'to measure and ship it: $(BIN)/python -m models.training.recogniser release'

synth-samples: .venv/installed-dev
	@for call in $(SAMPLES); do \
	  $(BIN)/callproof synth samples/$$call.script.yaml -o samples/$$call.opus --truth samples/$$call.truth.json || exit $$?; \
	done

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
