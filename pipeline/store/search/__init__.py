"""Full-text search over transcripts: one analyser, two databases, an index that does not show what was said."""
