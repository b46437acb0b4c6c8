"""What the user who calls wants to be reminded of."""

from __future__ import annotations

from datetime import time

from fastapi import Response

from dossier.auth.guard import require
from dossier.commands import Aggregate, execute, load
from dossier.contracts.notifications import ReminderPreferencesChanged
from dossier.contracts.rules import RuleViolation
from dossier.http.commands import Command, etag
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store
from dossier.ids import stream_id
from notifications.api.callers import OwnReading, OwnUser
from notifications.api.models import ChangePreferences, PreferencesView
from notifications.domain.preferences import Preferences, change, evolve

PREFERENCES = Aggregate("preferences", Preferences, evolve)
router = Router(prefix="/v1/preferences", tags=["preferences"], dependencies=[require("read")])


@router.get("")
async def preferences(user: OwnUser, store: Store, reading: OwnReading, response: Response) -> PreferencesView:
    """The preferences as they stand at this moment; before anything was chosen, the usual ones."""
    assert user.user is not None
    loaded = await load(store, PREFERENCES, stream_id("preferences", user.user))
    response.headers["ETag"] = etag(loaded.head.commit)
    state = loaded.state
    return PreferencesView(
        remind_at=state.remind_at,
        due=state.due,
        follow_up=state.follow_up,
        lead_days=state.lead_days,
        time_zone=await reading.view.time_zone(user.user),
    )


@router.patch("", responses=responses(409))
async def change_preferences(body: ChangePreferences, user: OwnUser, store: Store, command: Command) -> Answer:
    """Be reminded in another way. Reminders that are to come move; none comes twice."""
    assert user.user is not None
    wanted = ReminderPreferencesChanged(**{name: getattr(body, name) for name in body.model_fields_set})
    if wanted.remind_at is not None and wanted.remind_at != _to_the_minute(wanted.remind_at):
        raise RuleViolation("NOT-09", "a time of day to the minute, without a zone, is meant", "remind_at")
    committed = await execute(
        store,
        PREFERENCES,
        stream_id("preferences", user.user),
        lambda state: change(state, wanted),
        command.metadata(),
        command.expected_commit,
        create=True,
    )
    return command.answer(committed)


def _to_the_minute(moment: time) -> time:
    return moment.replace(second=0, microsecond=0, tzinfo=None)
