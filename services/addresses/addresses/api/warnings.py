"""What a command's answer points out without refusing the command."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from addresses.aggregates import CONTACT
from addresses.api.models import ContactAnswer, Notice
from addresses.api.shown import Book
from dossier.commands import load
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.writing import Store


class Warner:
    """Looks at a contact after a command.

    It reads the book, which is a moment behind: a caller who wants to be warned of what it has just written itself
    sends `Dossier-After` and `Prefer: wait`, as for any query.
    """

    def __init__(self, store: Store, book: Book, after: After) -> None:
        self._store = store
        self._book = book
        self._after = after

    async def warned(self, answer: Answer) -> ContactAnswer:
        """The answer, with a word if this person has another contact in this company at the same time (CON-07)."""
        state = (await load(self._store, CONTACT, answer.stream)).state
        warnings: tuple[Notice, ...] = ()
        if state.person is not None:
            await self._after.reached(self._book)
            others = await self._book.coinciding(
                answer.id, state.person, state.company, state.valid_from, state.valid_to
            )
            if others:
                detail = "this person has another contact in this company at the same time"
                warnings = (Notice(rule="CON-07", detail=detail, contacts=others),)
        return ContactAnswer(**answer.model_dump(), warnings=warnings)


Warn = Annotated[Warner, Depends(Warner)]
