"""Facts of users that depend on nothing but themselves."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from directory.facts import TimeZone


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "/etc/localtime", "Mars/Phobos", ""])
def test_a_time_zone_means_the_same_on_every_host(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TimeZone).validate_python(name)


@pytest.mark.parametrize("name", ["Europe/Zurich", "UTC", "Etc/GMT-14"])
def test_an_iana_name_is_a_time_zone(name: str) -> None:
    assert TypeAdapter(TimeZone).validate_python(name) == name
