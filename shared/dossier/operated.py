"""What an operator can reach of a service from outside its processes, found through entry points.

A service registers itself in its `pyproject.toml`, so that the command line knows all services that are installed
without importing any of them by name:

    [project.entry-points."dossier.services"]
    addresses = "addresses.operated:OPERATED"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from dossier.projections.model import Projection
from dossier.settings import ServiceSettings

GROUP = "dossier.services"


@dataclass(frozen=True)
class Operated:
    """A service: its settings, the context whose events it owns (none for pure readers), its projections by name."""

    settings: Callable[[], ServiceSettings]
    context: str | None = None
    projections: Mapping[str, Callable[[], Projection]] = field(default_factory=dict)


def operated_services() -> dict[str, Operated]:
    """Every installed service by folder name, in order."""
    return {point.name: point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}
