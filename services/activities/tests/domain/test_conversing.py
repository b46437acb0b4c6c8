"""A mail is put into the conversation that it turns out to belong to (EML-19)."""

from __future__ import annotations

from activities.domain import conversing
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import Mail, MailThreaded
from dossier.ids import new_id
from dossier.testing.activities import note
from dossier.testing.gwt import Scenarios

ACTIVITY = Scenarios(Activity, evolve)
FIRST, SECOND = new_id(), new_id()


def test_eml_19_the_highest_revision_of_what_conversation_a_mail_is_of_counts() -> None:
    given = ACTIVITY.given(note(kind="email", mail=Mail(message=new_id(), sender="a@example.com")))
    second = MailThreaded(thread=SECOND, revision=2)
    given = given.when(lambda state: conversing.thread(state, SECOND, 2)).then(second)
    for revision in (1, 2):
        given.when(lambda state, revision=revision: conversing.thread(state, FIRST, revision)).then()
    mail = given.state.facts.mail
    assert mail is not None
    assert mail.thread == SECOND


def test_act_mail_what_is_no_mail_is_of_no_conversation() -> None:
    ACTIVITY.given(note()).when(lambda state: conversing.thread(state, FIRST, 1)).refused("ACT-MAIL", "mail")
