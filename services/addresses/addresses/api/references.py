"""Checking what a request refers to in other services."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from dossier.references import ReferenceChecker


def _references(request: Request) -> ReferenceChecker:
    return request.app.state.references


References = Annotated[ReferenceChecker, Depends(_references)]
