"""The aggregates of this service."""

from __future__ import annotations

from directory.domain import group, user
from directory.domain.group import Group
from directory.domain.user import User
from dossier.commands import Aggregate

USER = Aggregate("user", User, user.evolve)
GROUP = Aggregate("group", Group, group.evolve)
