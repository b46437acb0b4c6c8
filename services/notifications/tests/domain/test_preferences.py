"""What a user wants to be reminded of."""

from __future__ import annotations

from datetime import time

from dossier.contracts.notifications import ReminderPreferencesChanged
from dossier.testing.gwt import Scenarios
from notifications.domain.preferences import Preferences, change, evolve

PREFERENCES = Scenarios(Preferences, evolve)


def test_not_09_reminders_come_at_nine_on_the_day_unless_the_user_chooses() -> None:
    assert PREFERENCES.given().state == Preferences(remind_at=time(9), due=True, follow_up=True, lead_days=0)


def test_only_what_differs_is_changed() -> None:
    wanted = ReminderPreferencesChanged(remind_at=time(9), lead_days=3)
    after = PREFERENCES.given().when(lambda state: change(state, wanted)).then(ReminderPreferencesChanged(lead_days=3))
    assert after.state == Preferences(lead_days=3)
    after.when(lambda state: change(state, wanted)).then()


def test_a_switch_can_be_turned_off_and_a_lead_taken_back() -> None:
    given = PREFERENCES.given(ReminderPreferencesChanged(due=False, lead_days=3))
    wanted = ReminderPreferencesChanged(due=True, lead_days=0)
    assert given.when(lambda state: change(state, wanted)).then(wanted).state == Preferences()
