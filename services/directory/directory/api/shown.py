"""The view that lists are read from, as a dependency."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from directory.views.people import People


def _people(request: Request) -> People:
    return request.app.state.people


Shown = Annotated[People, Depends(_people)]
