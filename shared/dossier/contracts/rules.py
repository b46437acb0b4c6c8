"""The word a domain uses to refuse a command. It lives here because a domain imports nothing else of ours."""

from __future__ import annotations


class RuleViolation(Exception):
    """A command was refused by a rule of the domain.

    `rule` is the id of the rule in the domain catalogue (for instance CON-01), `detail` a sentence for people without
    personal data of others, `field` the path of the offending field in the request; without one, what of the thing
    itself stands against it, as reading it names that, or the header. `holder` is the stream (of a part: its kind and
    id) that has what may be had once only.
    """

    def __init__(self, rule: str, detail: str, field: str | None = None, holder: str | None = None) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail
        self.field = field
        self.holder = holder


class Unseen(RuleViolation):
    """A command refers to what its caller may not see. It looks like the refusal of what does not exist.

    An idempotency key does not help against it: whoever lost sight of a thing is told nothing of it.
    """


class NotFound(Exception):
    """The aggregate does not exist (or is not to be seen, which looks the same)."""


class Removed(NotFound):
    """What is meant was taken off something that its caller sees, and can be put there again."""


class Gone(NotFound):
    """The aggregate was deleted (DEL-01): others may still name it, but nothing is done with it any more."""
