"""Trains the embedded diarization pipeline: `python -m models.training.diarizer`."""
