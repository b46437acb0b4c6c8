"""The aggregates of this service."""

from __future__ import annotations

from dossier.commands import Aggregate
from engagements.domain import conflicts, invoice, opportunity, phase, project, role_types, settings, statuses
from engagements.domain.conflicts import ConflictCheck
from engagements.domain.invoice import Invoice
from engagements.domain.opportunity import Opportunity
from engagements.domain.phase import Phase
from engagements.domain.project import Project
from engagements.domain.role_types import RoleType
from engagements.domain.settings import EngagementSettings
from engagements.domain.statuses import Status

PROJECT = Aggregate("project", Project, project.evolve)
PHASE = Aggregate("phase", Phase, phase.evolve)
OPPORTUNITY = Aggregate("opportunity", Opportunity, opportunity.evolve)
INVOICE = Aggregate("invoice", Invoice, invoice.evolve)
ROLE_TYPE = Aggregate("role-type", RoleType, role_types.evolve)
STATUS = Aggregate("opportunity-status", Status, statuses.evolve)
SETTINGS = Aggregate("engagement-settings", EngagementSettings, settings.evolve)
CONFLICT_CHECK = Aggregate("conflict-check", ConflictCheck, conflicts.evolve)
