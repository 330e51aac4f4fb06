"""Training of the small Mandarin recogniser: texts, synthetic speech, network, training, export, evaluation."""
