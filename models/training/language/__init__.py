"""Trains what reads agents' questions, from the wordings in `configs/training/questions.yaml`."""
