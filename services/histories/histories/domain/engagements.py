"""What projects, phases, opportunities and invoices say of names, of what they belong to, and of who may see them."""

from __future__ import annotations

from dossier.contracts import RecordedEvent
from dossier.contracts import engagements as e
from histories.domain.documents import Fields, Node
from histories.domain.hops import Fold, Way, bound, day_after, end, holding, lead, remember, state, stream_of
from histories.domain.rules import (
    INVOICE_OF_RECIPIENT,
    OPPORTUNITY_OF_ADDRESS,
    PART_OF_PROJECT,
    PROJECT_OF_CUSTOMER,
    kind_of,
)

CUSTOMER = "customer"
GOVERNED = ("phase", "invoice")
"""Kinds of engagements that may follow a project in who may see them."""
_ADDRESS = "address"
_BELONGS = "belongs"


def governed_by(stream: str, facts: Fields) -> str | None:
    """The project whose restriction the engagement follows: a phase's, and an invoice's that has one."""
    project = facts.get("project") if kind_of(stream) in GOVERNED else None
    return f"project-{project}" if project else None


def _project_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """From here on it is known whether the project is restricted: what is linked to it may open."""
    _PROJECT_FACTS(node, fields, event)
    node["shape"] = event.sequence


def _role_assigned(node: Node, fields: Fields, event: RecordedEvent) -> None:
    if fields["role"] != CUSTOMER:
        return
    first, before = fields.get("valid_from"), day_after(fields.get("valid_to"))
    to = stream_of(fields["address"])
    lead(node, event, fields["role_id"], Way(PROJECT_OF_CUSTOMER, to, [event.sequence], first, before))
    _note_customers(node)


def _role_dates_changed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    for hop in holding(node, fields["role_id"]):
        bound(node, event, hop, fields["valid_from"], day_after(fields["valid_to"]))


def _role_removed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    end(node, event, fields["role_id"])
    _note_customers(node)


def _note_customers(node: Node) -> None:
    """Who is a customer, whatever the days: what finds customers that one has not heard of (CTL-01)."""
    holding = {hop["to"] for hop in node["hops"] if hop["code"] == PROJECT_OF_CUSTOMER and hop["until"] is None}
    node["facts"]["customers"] = sorted(holding)


def _phase_added(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """A phase stays in its project."""
    _PHASE_FACTS(node, fields, event)
    lead(node, event, _BELONGS, Way(PART_OF_PROJECT, f"project-{fields['project']}", [event.sequence]))


def _opportunity_said(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """Another address than before says that the first was wrong: everything moves."""
    _OPPORTUNITY_FACTS(node, fields, event)
    if fields.get("address"):
        way = Way(OPPORTUNITY_OF_ADDRESS, stream_of(fields["address"]), [event.sequence])
        state(node, event, _ADDRESS, [way])


def _invoice_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    _invoice_said(node, {"project": None, **fields}, event)


def _invoice_said(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """An invoice belongs to its project; only without one to its recipient."""
    facts = node["facts"]
    _INVOICE_FACTS(node, fields, event)
    if "project" in fields:
        facts.update({"project": fields["project"], "project_event": event.sequence})
    if fields.get("recipient"):
        facts.update({"recipient": stream_of(fields["recipient"]), "recipient_event": event.sequence})
    if facts["project"]:
        way = Way(PART_OF_PROJECT, f"project-{facts['project']}", [facts["project_event"]])
    else:
        causes = sorted({facts["project_event"], facts["recipient_event"]})
        way = Way(INVOICE_OF_RECIPIENT, facts["recipient"], causes)
    state(node, event, _BELONGS, [way])


def _restricted(node: Node, fields: Fields, event: RecordedEvent) -> None:
    named = fields["to"]
    users, groups = named.get("users", ()), named.get("groups", ())
    node["readers"] = sorted({f"user:{user}" for user in users} | {f"group:{group}" for group in groups})
    node["shape"] = event.sequence


def _opened(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["readers"] = None
    node["shape"] = event.sequence


_PROJECT_FACTS = remember("code", "title", "leader", "is_active")
_PHASE_FACTS = remember("project", "code", "title", "is_active")
_OPPORTUNITY_FACTS = remember("title", "is_active")
_INVOICE_FACTS = remember("number", "title")

FOLDS: dict[str, Fold] = {
    e.ProjectRegistered.event_type: _project_registered,
    e.ProjectChanged.event_type: _PROJECT_FACTS,
    e.RoleAssigned.event_type: _role_assigned,
    e.RoleDatesChanged.event_type: _role_dates_changed,
    e.RoleRemoved.event_type: _role_removed,
    e.PhaseAdded.event_type: _phase_added,
    e.PhaseChanged.event_type: remember("code", "title", "is_active"),
    e.OpportunityOpened.event_type: _opportunity_said,
    e.OpportunityChanged.event_type: _opportunity_said,
    e.InvoiceRegistered.event_type: _invoice_registered,
    e.InvoiceChanged.event_type: _invoice_said,
    e.EngagementRestricted.event_type: _restricted,
    e.EngagementOpened.event_type: _opened,
}
