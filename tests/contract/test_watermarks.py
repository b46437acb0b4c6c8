"""Read models: whoever compares all watermarks reads the same ones as whoever asks for some."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dossier.operated import operated_services
from dossier.projections.model import Projection

MADE = [make for operated in operated_services().values() for make in operated.read_models.values()]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make().name)
def test_all_watermarks_are_read_where_some_are(make: Callable[[], Projection]) -> None:
    """One of the two alone would be that of a superclass, which reads them elsewhere: a lack would never be seen."""
    kind = type(make())
    homes = {name: next(one for one in kind.__mro__ if name in vars(one)) for name in ("positions", "all_positions")}
    assert homes["positions"] is homes["all_positions"]
