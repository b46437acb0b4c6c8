"""The groups that ship with Dossier, and what each may do unless an installation says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CONSULTANTS = "01900000-0000-7000-8000-00000000c001"
PARTNERS = "01900000-0000-7000-8000-00000000c002"
ASSISTANTS = "01900000-0000-7000-8000-00000000c003"
ADMINISTRATORS = "01900000-0000-7000-8000-00000000c004"
HR = "01900000-0000-7000-8000-00000000c005"

EVERYONE = "*"
"""The key of the table for what every signed-in user has without any group."""

SERVICES = (
    "addresses",
    "engagements",
    "activities",
    "email-ingest",
    "notifications",
    "directory",
    "histories",
    "web",
)
"""Client ids of our own services."""

_WORK = ("read", "write", "create", "deactivate")
_SERVICE = ("read", "write", "create", "feed")

DEFAULT_TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EVERYONE: ("read",),
        CONSULTANTS: _WORK,
        PARTNERS: (*_WORK, "export", "private"),
        ASSISTANTS: ("read",),
        ADMINISTRATORS: (*_WORK, "export", "administer"),
        HR: ("read", "private"),
        **{f"service:{name}": _SERVICE for name in SERVICES if name != "web"},
        "service:scim": ("provision",),
    }
)
"""Group id, or `service:<client id>`, to capabilities. Seeing restricted content is no capability: it needs a grant."""
