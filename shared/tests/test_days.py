"""Which day it is."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from dossier.days import TimeZone, today
from dossier.testing.clock import ManualClock


@pytest.mark.parametrize(("zone", "day"), [("Europe/Zurich", date(2026, 3, 3)), ("America/New_York", date(2026, 3, 2))])
def test_late_in_the_evening_it_is_tomorrow_further_east(zone: str, day: date) -> None:
    assert today(zone, ManualClock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))) == day


@pytest.mark.parametrize("name", ["Europe/Atlantis", "localtime", "posixrules", "Factory", "/etc/localtime", ""])
def test_a_zone_means_the_same_on_every_host_or_is_none(name: str) -> None:
    with pytest.raises(ValidationError, match="no IANA time zone"):
        TypeAdapter[str](TimeZone).validate_python(name)


@pytest.mark.parametrize("name", ["Europe/Zurich", "UTC", "Etc/GMT-14"])
def test_an_iana_name_is_a_zone(name: str) -> None:
    assert TypeAdapter[str](TimeZone).validate_python(name) == name
