"""Loaded by every test session: the fixtures with real servers."""

pytest_plugins = ["dossier.testing.backends", "dossier.testing.databases"]
