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
    """A service: its settings, the context whose events it owns (none for pure readers), and its read models by name.

    `projections` are rebuilt beside the live generation and switched. `views` are small ones that the service keeps for
    itself and reads directly; they are verified and their parked streams released like all others. `incomparable`
    says of some why they cannot be compared with a fresh one, by name.
    """

    settings: Callable[[], ServiceSettings]
    context: str | None = None
    projections: Mapping[str, Callable[[], Projection]] = field(default_factory=dict)
    views: Mapping[str, Callable[[], Projection]] = field(default_factory=dict)
    incomparable: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def read_models(self) -> dict[str, Callable[[], Projection]]:
        """Projections and views."""
        return {**self.projections, **self.views}


def operated_services() -> dict[str, Operated]:
    """Every installed service by folder name, in order."""
    return {point.name: point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}
