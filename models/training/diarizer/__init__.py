"""Trains a diarization pipeline for pyannote.audio on synthetic voices: `python -m models.training.diarizer`."""
