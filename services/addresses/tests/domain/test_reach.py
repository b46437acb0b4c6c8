"""Whether and how a channel may be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from addresses.domain import channels, reach
from addresses.domain.company import Company, evolve
from addresses.domain.reach import Reach
from dossier.contracts.addresses import (
    ChannelAdded,
    ChannelBounced,
    ChannelChanged,
    ChannelConsentRecorded,
    ChannelContactAllowed,
    ChannelContactForbidden,
    ChannelReached,
    CompanyRegistered,
)
from dossier.ids import new_id
from dossier.testing.gwt import Given, Scenarios

MAIL, OTHER = new_id(), new_id()
EARLY, LATE = datetime(2024, 3, 1, 12, tzinfo=UTC), datetime(2024, 3, 2, 12, tzinfo=UTC)
DAY = date(2024, 3, 1)


def added(channel_id: str) -> ChannelAdded:
    return ChannelAdded(channel_id=channel_id, kind="E", value="a@b.ch", normalised="a@b.ch", is_default=False)


COMPANY = Scenarios(Company, evolve).given(CompanyRegistered(name="Acme"), added(MAIL), added(OTHER))


def of(state: Company, channel_id: str = MAIL) -> Reach:
    return channels.find(state.channels, channel_id).reach


def untouched(given: Given[Company]) -> None:
    assert of(given.state, OTHER) == Reach()


def test_com_01_a_channel_is_not_to_be_used_until_it_may_be_again() -> None:
    forbidden = COMPANY.when(lambda c: reach.forbid(of(c), MAIL, " by letter ")).then(
        ChannelContactForbidden(channel_id=MAIL, source="by letter")
    )
    assert (of(forbidden.state).forbidden, of(forbidden.state).source) == (True, "by letter")
    untouched(forbidden)
    forbidden.when(lambda c: reach.forbid(of(c), MAIL, "by letter")).then()
    allowed = forbidden.when(lambda c: reach.allow(of(c), MAIL, "")).then(ChannelContactAllowed(channel_id=MAIL))
    assert not of(allowed.state).forbidden
    allowed.when(lambda c: reach.allow(of(c), MAIL, "again")).then()


def test_com_01_consent_has_a_day_and_a_source() -> None:
    event = ChannelConsentRecorded(channel_id=MAIL, consent="given", on=DAY, source="newsletter form")
    given = COMPANY.when(lambda c: reach.record_consent(of(c), MAIL, "given", DAY, "newsletter form")).then(event)
    assert (of(given.state).consent, of(given.state).consent_on) == ("given", DAY)
    untouched(given)
    given.when(lambda c: reach.record_consent(of(c), MAIL, "given", DAY, "newsletter form")).then()
    withdrawn = ChannelConsentRecorded(channel_id=MAIL, consent="withdrawn", on=DAY, source="")
    after = given.when(lambda c: reach.record_consent(of(c), MAIL, "withdrawn", DAY, "")).then(withdrawn)
    assert of(after.state).consent == "withdrawn"


def test_com_01_a_bounce_counts_once_and_until_the_channel_is_reached() -> None:
    soft = ChannelBounced(channel_id=MAIL, bounce="soft", at=EARLY, status="4.2.2")
    hard = ChannelBounced(channel_id=MAIL, bounce="hard", at=LATE, status="")
    once = COMPANY.when(lambda c: reach.bounced(of(c), MAIL, "soft", EARLY, "4.2.2")).then(soft)
    once.when(lambda c: reach.bounced(of(c), MAIL, "soft", EARLY, "4.2.2")).then()
    twice = once.when(lambda c: reach.bounced(of(c), MAIL, "hard", LATE, "")).then(hard)
    assert of(twice.state).bounce == "hard"
    untouched(twice)
    reached = twice.when(lambda c: reach.reached(of(c), MAIL)).then(ChannelReached(channel_id=MAIL))
    assert of(reached.state).bounce is None
    reached.when(lambda c: reach.reached(of(c), MAIL)).then()
    # Reports arrive in any order and more than once: what was known before the channel was reached stays so.
    reached.when(lambda c: reach.bounced(of(c), MAIL, "soft", EARLY, "4.2.2")).then()
    reached.when(lambda c: reach.bounced(of(c), MAIL, "hard", LATE, "")).then()


def test_com_07_another_mailbox_has_not_bounced() -> None:
    bounced = COMPANY.when(lambda c: reach.bounced(of(c), MAIL, "hard", EARLY, "")).then(
        ChannelBounced(channel_id=MAIL, bounce="hard", at=EARLY, status="")
    )
    present = channels.find(bounced.state.channels, MAIL)
    fields = {"label": "", "value": "c@d.ch", "normalised": "c@d.ch"}
    changed = bounced.when(lambda c: channels.change(c.channels, replace(present, **fields)))
    changed.then(ChannelChanged(channel_id=MAIL, **fields), ChannelReached(channel_id=MAIL))
    labelled = {"label": "office", "value": "A@b.ch", "normalised": "a@b.ch"}
    same = bounced.when(lambda c: channels.change(c.channels, replace(present, **labelled)))
    assert of(same.then(ChannelChanged(channel_id=MAIL, **labelled)).state).bounce == "hard"
