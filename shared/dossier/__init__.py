"""Dossier: contracts and machinery shared by all services."""
