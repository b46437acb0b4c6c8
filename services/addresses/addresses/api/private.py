"""Private data is for callers with the capability `private` alone."""

from __future__ import annotations

from dossier.auth.principals import Principal
from dossier.http.problems import Problem


def needs_private(caller: Principal, field: str) -> None:
    """Raise Problem 403, at the field of the request that is about private data, unless the caller may see it."""
    if not caller.may("private"):
        detail = "This needs the capability 'private'."
        raise Problem(403, "not-allowed", "Not allowed", detail, rule="capability:private", field=field)
