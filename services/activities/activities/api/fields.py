"""Where in a request a field stands that a rule names."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager

from dossier.contracts.rules import RuleViolation


@contextmanager
def below(place: str, fields: Collection[str]) -> Generator[None]:
    """Name the field that a rule refuses as it stands in the request, `place` before it, if it is one of these.

    Any other is of the activity itself, such as the due date that it lacks.
    """
    try:
        yield
    except RuleViolation as refusal:
        if refusal.field is not None and refusal.field.partition(".")[0] in fields:
            refusal.field = f"{place}.{refusal.field}"
        raise
