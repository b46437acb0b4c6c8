"""Who may see a project or an opportunity, and what is linked to it (RGT-05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import Aggregate
from dossier.contracts.base import Event, Id
from dossier.contracts.common import Principals
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write
from dossier.ids import stream_id
from engagements import access
from engagements.api.models import Notice, Restriction, WarnedAnswer
from engagements.api.naming import Called, Naming
from engagements.api.references import References, people
from engagements.domain import engagement
from engagements.domain.engagement import Engagement


def restriction_routes(prefix: str, aggregate: Aggregate[Any]) -> Router:
    """The routes of one kind of engagement."""
    router = Router(prefix=f"{prefix}/{{id}}/restriction", tags=["restrictions"], dependencies=[require("write")])

    @router.put("", responses=responses(409))
    async def restrict(
        id: Id, body: Restriction, write: Write, references: References, names: Called, caller: Caller
    ) -> WarnedAnswer:
        """Let only these users and groups see it, and what is linked to it.

        You are one of them, or in one of the groups: somebody who can change the restriction has to see it. With the
        capability `administer` you may leave yourself out, and hand over to others what you do not see yourself.
        """
        to = Principals(users=body.users, groups=body.groups)
        before = await access.restrictable(write, aggregate, id)
        engagement.restrict(before, to)
        named = people("users", "user", body.users) | people("groups", "group", body.groups)
        await references.check(stream_id(aggregate.kind, id), named)
        answer = await write.change(aggregate, id, lambda state: _restrict(state, to, caller))
        told = await _left_out(before, to, names) if access.may_see(before, caller) else ()
        return WarnedAnswer(**answer.model_dump(), warnings=told)

    @router.delete("", responses=responses(409))
    async def open_to_all(id: Id, write: Write) -> Answer:
        """Let everybody see it again."""
        return await access.change(write, aggregate, id, engagement.open_to_all)

    return router


def _restrict(state: Engagement, to: Principals, caller: Principal) -> Sequence[Event]:
    """Judged in the attempt itself: who saw the engagement a moment ago may have lost sight of it."""
    if caller.may("feed"):
        return engagement.restrict(state, to)
    sees = access.may_see(access.restrictable_state(state, caller), caller)
    stays = Engagement(restricted_to=to).is_visible_to(caller.user, caller.groups)
    engagement.require_keeper(sees=sees, stays=stays, administers=caller.may("administer"))
    return engagement.restrict(state, to)


async def _left_out(state: Engagement, to: Principals, names: Naming) -> tuple[Notice, ...]:
    """A word about leader and team, or the seller, who are not named. Who is in the groups is not known here."""
    concerned = [getattr(state, "leader", None), *getattr(state, "team", ()), getattr(state, "seller", None)]
    missing: list[str] = list(dict.fromkeys(user for user in concerned if user is not None and user not in to.users))
    if not missing:
        return ()
    called = await names.of(("user", user) for user in missing)
    who = ", ".join(called.get(("user", user), user) for user in missing)
    unless = ", unless one of the groups has them" if to.groups else ""
    detail = f"leader, team or seller may not see it any longer{unless}: {who}"
    return (Notice(rule="RGT-05", detail=detail),)
