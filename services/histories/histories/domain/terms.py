"""What an activity can be looked up by, whatever page it is on: short words in one list, which one index holds.

e:<user>     entered by                 s:<mail address>, s:@<domain>   the mail's sender
r:<user>     responsible, main or not   o:<mail address>, o:@<domain>   one of its recipients
t:<type>     activity type              h:<thread>                      the conversation it belongs to
c:<keyword>  has the keyword                  f:<activity>  the activity that it follows up
w:           was withdrawn
"""

from __future__ import annotations

from collections.abc import Iterator

from histories.domain.documents import Fields

ENTERED_BY, RESPONSIBLE, TYPE, KEYWORD, DIRECTION = "e:", "r:", "t:", "c:", "d:"
SENDER, RECIPIENT, THREAD, FOLLOWING, WITHDRAWN = "s:", "o:", "h:", "f:", "w:"


def terms_of(own: Fields) -> list[str]:
    """All terms of an activity, each once, in order."""
    return sorted(set(_terms(own)))


def correspondent(text: str) -> str:
    """A mail address as terms hold it; what has no local part is a domain."""
    plain = text.strip().casefold()
    return plain if "@" in plain else f"@{plain}"


def _terms(own: Fields) -> Iterator[str]:
    if author := own.get("entered_by"):
        yield ENTERED_BY + author
    main = own.get("responsible")
    for assignment in (*((main,) if main else ()), *own.get("further_responsible", ())):
        yield RESPONSIBLE + assignment["user"]
    if activity_type := own.get("activity_type"):
        yield TYPE + activity_type
    if direction := own.get("direction"):
        yield DIRECTION + direction
    for keyword in own.get("keywords", ()):
        yield KEYWORD + keyword
    if earlier := own.get("follow_up_of"):
        yield FOLLOWING + earlier
    if own.get("withdrawn"):
        yield WITHDRAWN
    if mail := own.get("mail"):
        yield from _mail_terms(mail)


def _mail_terms(mail: Fields) -> Iterator[str]:
    if thread := mail.get("thread"):
        yield THREAD + thread
    written = [(SENDER, mail["sender"]), *((RECIPIENT, to["address"]) for to in mail.get("recipients", ()))]
    for mark, address in written:
        plain = correspondent(address)
        yield mark + plain
        yield mark + "@" + plain.rpartition("@")[2]
