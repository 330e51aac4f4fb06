"""Alembic migrations, one line of revisions for both databases."""
