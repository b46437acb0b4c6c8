"""Activities for tests: a plain note of Anna's, with whatever the test is about."""

from __future__ import annotations

from datetime import date

from dossier.contracts.activities import ActivityRecorded
from dossier.ids import derived_id

ANNA, BEN, CARA, DORA = (derived_id("user", name) for name in ("anna", "ben", "cara", "dora"))
"""Users, the same in every test."""
TEAM = derived_id("group", "team")
ACME, NOVA = derived_id("company", "acme"), derived_id("company", "nova")
MEYER = derived_id("contact", "meyer")
ATLAS, SECRET = derived_id("project", "atlas"), derived_id("project", "secret")
"""Two projects; where rights matter, Secret is restricted."""


def note(**fields: object) -> ActivityRecorded:
    """A note that Anna entered on 4 May 2026, with these fields in addition or instead."""
    given: dict[str, object] = {
        "kind": "note",
        "medium": "note",
        "title": "Offer",
        "occurred_on": date(2026, 5, 4),
        "entered_by": ANNA,
    }
    return ActivityRecorded.model_validate(given | fields)
