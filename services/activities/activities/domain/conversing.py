"""The conversation that a mail belongs to (EML-19), which may be known only once the mails before it have come."""

from __future__ import annotations

from collections.abc import Sequence

from activities.domain.state import Activity
from dossier.contracts.activities import MailThreaded
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation


def thread(state: Activity, thread: str, revision: int) -> Sequence[Event]:
    """Put the mail into another conversation; what is not newer than what was said already changes nothing.

    Raises RuleViolation ACT-MAIL if the activity is no mail.
    """
    if state.facts.mail is None:
        raise RuleViolation("ACT-MAIL", "only a mail belongs to a conversation", "mail")
    return [MailThreaded(thread=thread, revision=revision)] if revision > state.threaded else []
