"""The aggregates of this service."""

from __future__ import annotations

from dossier.commands import Aggregate
from engagements.domain import project
from engagements.domain.project import Project

PROJECT = Aggregate("project", Project, project.evolve)
