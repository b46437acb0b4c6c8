"""The service's own engagements, so that they are found by address, seller, keyword and date. A view finds, the store
says: whoever shows an engagement folds its stream, and judges rights by that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from dossier.auth.principals import Principal
from dossier.contracts import RecordedEvent
from dossier.contracts import engagements as e
from dossier.contracts.base import Event
from dossier.folding import words
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.views import ViewProjection
from engagements.domain.money import weighted
from engagements.domain.role_types import CUSTOMER

_FOUND_BY = ("parties", "deeds", "seller", "keywords", "project", "leader", "words", "code", "number", "state")


class Register(ViewProjection):
    """One document per project, phase, opportunity, invoice and conflict check; `_id` is the stream.

    `parties` are the streams of the addresses in it: of a project's `roles` (by assignment), an opportunity's address,
    an invoice's recipient. `deeds` are those whom it makes customers: a project's customers, the address of a won
    opportunity. `readers` are whom it is restricted to, absent while it is open. Amounts are in cents. `code` of a
    project or phase and `number` of an invoice are as they are compared (`compared`), `words` are those of a project's
    code and title.
    """

    name: ClassVar[str] = "entries"
    sources: ClassVar[tuple[str, ...]] = ("engagements",)
    view: ClassVar[str] = "engagements"

    async def prepare(self) -> None:
        """See Projection."""
        found = [
            IndexModel(
                [(field, ASCENDING), ("_id", ASCENDING)], name=field, partialFilterExpression={field: {"$exists": True}}
            )
            for field in _FOUND_BY
        ]
        closing = IndexModel([("closes_on", ASCENDING)], name="closes_on")
        await self.documents.create_indexes([*found, closing])

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection."""
        kind = split_stream(event.stream)[0]
        if kind not in _KINDS:
            return None
        document = _common(document or {}, event.event())
        match kind:
            case "project":
                return _project(document, event.event())
            case "opportunity":
                return _opportunity(document, event.event())
            case _:
                return _part(document, event.event())


def visible_to(caller: Principal) -> Document:
    """Matches engagements that the caller may see, as far as the view has come. Services with the feed see all."""
    if caller.may("feed"):
        return {}
    return {"$or": [{"readers": None}, {"readers": {"$in": caller.tokens}}]}


def compared(code: str) -> str:
    """A code or number as it is compared with others: without capitals and the space around it."""
    return code.strip().casefold()


def beginning_with(text: str) -> list[Document]:
    """Matches what has words that begin with those of the text (folded); nothing if the text has none."""
    return [{"words": {"$regex": f"^{word}"}} for word in words(text)] or [{"words": ""}]


_KINDS = frozenset(("project", "phase", "opportunity", "invoice", "conflict-check"))
_OPPORTUNITY = ("probability", "seller", "project", "closing_on", "currency")


def _common(document: Document, event: Event) -> Document:
    match event:
        case e.EngagementRestricted(to=to):
            users, groups = (f"user:{user}" for user in to.users), (f"group:{group}" for group in to.groups)
            return {**document, "readers": sorted({*users, *groups})}
        case e.EngagementOpened():
            return {name: value for name, value in document.items() if name != "readers"}
        case e.EngagementKeywordAssigned(keyword=keyword, instead_of=gone):
            return {**document, "keywords": _kept(document, (keyword, *gone), [keyword])}
        case e.EngagementKeywordUnassigned(keyword=keyword):
            return {**document, "keywords": _kept(document, (keyword,), [])}
        case _:
            return document


def _kept(document: Document, gone: Sequence[str], new: Sequence[str]) -> list[str]:
    return [*(each for each in document.get("keywords", ()) if each not in gone), *new]


def _project(document: Document, event: Event) -> Document:
    roles: dict[str, Mapping[str, str]] = dict(document.get("roles", {}))
    match event:
        case e.ProjectRegistered() | e.ProjectChanged():
            facts = event.model_dump(mode="json", exclude_unset=True, include={"leader"})
            titled = {**document.get("titled", {}), **event.model_dump(exclude_unset=True, include={"code", "title"})}
            said = sorted(set(words(" ".join(titled.values()))))
            return {**document, **facts, "titled": titled, "code": compared(titled["code"]), "words": said}
        case e.RoleAssigned():
            roles[event.role_id] = {"role": event.role, "address": event.address.stream}
        case e.RoleRemoved():
            roles.pop(event.role_id, None)
        case _:
            return document
    parties = {each["address"] for each in roles.values()}
    customers = {each["address"] for each in roles.values() if each["role"] == CUSTOMER}
    return {**document, "roles": roles, "parties": sorted(parties), "deeds": sorted(customers)}


def _opportunity(document: Document, event: Event) -> Document:
    match event:
        case e.OpportunityOpened() | e.OpportunityChanged():
            document = {**document, **_opportunity_facts(event)}
        case e.OpportunityStatusSet():
            closed_on = None if event.outcome == "open" else event.on.isoformat()
            facts = {"outcome": event.outcome, "probability": event.probability}
            document = {**document, **facts, "closed_on": closed_on}
        case _:
            return document
    amount = document.get("amount_cents", 0)
    likely = int(weighted(Decimal(amount) / 100, document["probability"]) * 100)
    closes_on = document.get("closed_on") or document.get("closing_on")
    deeds = document["parties"] if document["outcome"] == "won" else []
    return {**document, "weighted_cents": likely, "closes_on": closes_on, "deeds": deeds}


def _opportunity_facts(event: e.OpportunityOpened | e.OpportunityChanged) -> Document:
    facts = event.model_dump(mode="json", exclude_unset=True, include=set(_OPPORTUNITY))
    if event.address is not None:
        facts["parties"] = [event.address.stream]
    if "amount" in event.model_fields_set:
        facts["amount_cents"] = int((event.amount or Decimal(0)) * 100)
    return {"outcome": "open", **facts} if isinstance(event, e.OpportunityOpened) else facts


def _part(document: Document, event: Event) -> Document:
    match event:
        case e.PhaseAdded():
            return {**document, "project": event.project, "code": compared(event.code)}
        case e.PhaseChanged(code=str(code)):
            return {**document, "code": compared(code)}
        case e.ConflictChecked():
            return {**document, "project": event.project}
        case e.InvoiceRegistered() | e.InvoiceChanged():
            facts: dict[str, Any] = event.model_dump(mode="json", exclude_unset=True, include={"project"})
            state = {} if event.state is None else {"state": event.state}
            number = {} if event.number is None else {"number": compared(event.number)}
            recipient = {} if event.recipient is None else {"parties": [event.recipient.stream]}
            return {**document, **facts, **state, **number, **recipient}
        case _:
            return document
