"""The engagements of a random world: projects with roles and phases, opportunities, invoices, and who may see them.

Some belong to a project nobody ever tells of.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dossier.contracts import AddressRef, Event
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from oracle.book import Book


class Mandates(Book):
    """What is so far known of engagements, and what may happen to them."""

    def __init__(self, seed: int, *, skewed: bool) -> None:
        super().__init__(seed, skewed=skewed)
        self.projects: dict[str, dict[str, str]] = {}
        self.phases: list[str] = []
        self.opportunities: list[str] = []
        self.invoices: list[str] = []
        self.ghosts = [self.new_id()]
        self.status = self.new_id()

    def project(self) -> None:
        identifier = self.new_id()
        self.projects[identifier] = {}
        self.record("project", identifier, eng.ProjectRegistered(code="P-1", title="Move"))
        if self.maybe(0.3):
            self.record("project", identifier, eng.EngagementRestricted(to=self.principals()))

    def role(self) -> None:
        if not self.projects:
            return
        project, role_id = self.pick(self.projects), self.new_id()
        kinds: list[tuple[str, Any]] = [("company", self.companies), ("person", self.persons)]
        address = self.address() if self.maybe(0.2) else None
        if address is None:
            kind, choices = self.pick(kinds)
            address = AddressRef(type=kind, id=self.pick(choices))
        role = self.pick(("customer", "customer", "customer", "counterparty"))
        first, last = self.bounds()
        self.projects[project][role_id] = role
        event = eng.RoleAssigned(role_id=role_id, role=role, address=address, valid_from=first, valid_to=last)
        self.record("project", project, event)

    def role_change(self) -> None:
        held = [(project, role_id) for project, roles in self.projects.items() for role_id in roles]
        if not held:
            return
        project, role_id = self.pick(held)
        if self.maybe(0.3):
            del self.projects[project][role_id]
            self.record("project", project, eng.RoleRemoved(role_id=role_id))
        else:
            first, last = self.bounds()
            self.record("project", project, eng.RoleDatesChanged(role_id=role_id, valid_from=first, valid_to=last))

    def phase(self) -> None:
        identifier = self.new_id()
        self.phases.append(identifier)
        self.record("phase", identifier, eng.PhaseAdded(project=self.any_project(), title="Concept"))

    def opportunity(self) -> None:
        identifier = self.new_id()
        self.opportunities.append(identifier)
        event = eng.OpportunityOpened(
            title="Chance",
            address=self.address(),
            entered_on=self.day(),
            status=self.status,
            probability=50,
            project=self.any_project() if self.maybe(0.2) else None,
        )
        self.record("opportunity", identifier, event)
        if self.maybe(0.3):
            self.record("opportunity", identifier, eng.EngagementRestricted(to=self.principals()))

    def opportunity_change(self) -> None:
        if not self.opportunities:
            return
        event: Event = eng.OpportunityChanged(address=self.address())
        if self.maybe(0.4):
            event = self.pick(
                [
                    eng.OpportunityChanged(title="Great chance", probability=80),
                    eng.OpportunityStatusSet(status=self.status, outcome="won", probability=100, on=self.day()),
                ]
            )
        self.record("opportunity", self.pick(self.opportunities), event)

    def invoice(self) -> None:
        identifier = self.new_id()
        self.invoices.append(identifier)
        event = eng.InvoiceRegistered(
            number="R-1",
            project=self.any_project() if self.maybe() else None,
            recipient=self.address(),
            issued_on=date(2024, 1, 15),
            amount=Decimal(100),
            currency="CHF",
        )
        self.record("invoice", identifier, event)

    def invoice_change(self) -> None:
        if not self.invoices:
            return
        events = [
            eng.InvoiceChanged(recipient=self.address()),
            eng.InvoiceChanged(project=self.any_project()),
            eng.InvoiceChanged(project=None),
            eng.InvoiceChanged(project=None, recipient=self.address()),
            eng.InvoiceChanged(state="paid"),
        ]
        self.record("invoice", self.pick(self.invoices), self.pick(events))

    def any_project(self) -> str:
        return self.pick([*self.projects, *self.projects, *self.ghosts])

    def restriction(self) -> None:
        choices = [("project", identifier) for identifier in self.projects]
        choices += [("opportunity", identifier) for identifier in self.opportunities]
        if choices:
            event = eng.EngagementOpened() if self.maybe(0.4) else eng.EngagementRestricted(to=self.principals())
            self.record(*self.pick(choices), event)

    def principals(self) -> Principals:
        users = tuple(user for user in self.users if self.maybe(0.3))
        return Principals(users=users, groups=tuple(group for group in self.groups if self.maybe(0.4)))

    def engagement(self) -> tuple[str, str]:
        """One of any kind, now and then one that nobody tells of."""
        choices = {
            "project": [*self.projects, *self.ghosts],
            "phase": self.phases or self.ghosts,
            "opportunity": self.opportunities or self.ghosts,
            "invoice": self.invoices or self.ghosts,
        }
        kind = self.pick(choices)
        return kind, self.pick(self.ghosts if self.maybe(0.1) else choices[kind])
