"""What the demo writes: HTTP calls, the same for the same seed, in phases whose calls do not depend on each other.

All ids are derived from the seed, so that loading twice changes nothing. Dates are relative to `today`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dossier.auth.demo import BY_LOGIN, USERS, DemoUser
from dossier.auth.demo import GROUPS as USER_GROUPS
from dossier.auth.groups import CONSULTANTS
from dossier.demo import mandates, papers, relations, tasks, words
from dossier.demo.basis import (
    AUTHORS,
    FIRST_WRITER,
    HISTORY_DAYS,
    INSIDERS,
    MAILBOX,
    TASK_EVERY,
    Call,
    Post,
)
from dossier.demo.cast import Cast
from dossier.demo.correspondence import senders


class Plan(Cast):
    """Phases of calls; what they are about is known once their phase was asked for."""

    def phases(self) -> Iterator[tuple[str, Sequence[Call]]]:
        """(what is written, its calls), in the order in which they must be sent."""
        yield "users", list(self._users())
        yield "groups", list(self._groups())
        yield "members", list(self._members())
        yield "leader and deputy", list(self._standing_in())
        yield "companies", list(self._companies())
        yield "subsidiaries", list(self._subsidiaries())
        yield "persons", list(self._persons())
        yield "private channels", list(self._private_channels())
        yield "contacts", list(self._contacts())
        yield "channels", list(self._channels())
        yield "job changes", list(self._job_changes())
        yield "couples", list(relations.couples(self))
        yield "changes of couples", list(relations.changes_of_couples(self))
        yield "keywords", list(relations.keywords(self))
        yield "links", list(relations.links(self))
        yield from self._engagements()
        yield "mailboxes", [self._mailbox()]
        yield "activities", list(self._activities())
        yield "completions", list(self._completions())
        yield "what documents hang on", list(papers.activities(self))
        yield "documents", list(papers.documents(self))
        yield "versions of documents", list(papers.versions(self))
        yield from tasks.phases(self)

    def _engagements(self) -> Iterator[tuple[str, Sequence[Call]]]:
        yield "projects", list(self._projects())
        yield "roles", list(self._roles())
        yield "phases", list(mandates.phases(self))
        self.chances = mandates.begin_chances(self)
        yield "opportunities", list(mandates.opportunities(self))
        yield "stages", list(mandates.stages(self))
        yield "projects of opportunities", list(mandates.projects_of_opportunities(self))
        yield "invoices", list(mandates.invoices(self))
        yield "restrictions", [*self._restrictions(), mandates.restricted_opportunity(self)]

    @property
    def last_activity(self) -> str:
        """The activity that is recorded last, when everything else is there."""
        return self.id("activity", "last")

    def last_call(self) -> Call:
        """What is sent when everything else was."""
        body = {
            "id": self.last_activity,
            "kind": "note",
            "title": "Demodaten geladen",
            "occurred_on": self.today.isoformat(),
            "address": {"type": "company", "id": self.shown},
        }
        return Call("activities", "/v1/activities", body, "anna")

    def _users(self) -> Iterator[Call]:
        for user in USERS:
            facts = {"id": user.id, "name": user.name, "email": user.email}
            yield Call("directory", "/v1/users", facts, "dora")

    def _groups(self) -> Iterator[Call]:
        for group, name in USER_GROUPS.items():
            yield Call("directory", "/v1/groups", {"id": group, "name": name}, "dora")

    def _members(self) -> Iterator[Call]:
        for user in USERS:
            for group in user.groups:
                yield Call("directory", f"/v1/groups/{group}/members/{user.id}", None, "dora", "PUT")

    def _standing_in(self) -> Iterator[Call]:
        """Clara leads the consultants, and Bruno stands in for her."""
        bruno, clara = BY_LOGIN["bruno"].id, BY_LOGIN["clara"].id
        yield Call("directory", f"/v1/groups/{CONSULTANTS}/leaders/{clara}", None, "dora", "PUT")
        yield Call("directory", f"/v1/users/{clara}/deputies/{bruno}", None, "dora", "PUT")

    def _companies(self) -> Iterator[Call]:
        for name in (*(group for group, _ in words.GROUPS), *words.COMPANIES):
            yield self._company(name, None)

    def _subsidiaries(self) -> Iterator[Call]:
        for group, members in words.GROUPS:
            for name in members:
                yield self._company(name, self.id("company", group))

    def _company(self, name: str, parent: str | None) -> Call:
        identifier = self.id("company", name)
        self.companies.append(identifier)
        body = {"id": identifier, "name": name, **({"parent": parent} if parent else {})}
        return Call("addresses", "/v1/companies", body, self.login())

    def _persons(self) -> Iterator[Call]:
        for number in range(self.size.persons):
            identifier = self.id("person", number)
            self.persons.append(identifier)
            yield Call("addresses", "/v1/persons", {"id": identifier, **self.name()}, self.login())

    def _private_channels(self) -> Iterator[Call]:
        for number, person in enumerate(self.persons[::2]):
            mail = {"id": self.id("private-mail", number), "kind": "E", "value": f"privat{number}@mail.example"}
            mobile = {
                "id": self.id("private-mobile", number),
                "kind": "M",
                "value": f"+41 79 {self.random.randint(200, 899)} {number % 90 + 10} {number % 80 + 10}",
            }
            for channel in (mail, mobile):
                yield Call("addresses", f"/v1/persons/{person}/channels", {**channel, "private": True}, "clara")

    def _contacts(self) -> Iterator[Call]:
        for number in range(self.size.contacts):
            post = Post(self.id("contact", number), self._employer(number))
            self.posts.append(post)
            function, department = self.random.choice(words.FUNCTIONS)
            since = self.day(HISTORY_DAYS + 900, HISTORY_DAYS)
            body: dict[str, Any] = {"id": post.contact, "company": post.company, "valid_from": since.isoformat()}
            if number % 25 == 24:
                body["supplement"] = "Kreditorenbuchhaltung"
            elif number < self.size.persons:
                body |= {"person": self.persons[number], "function": function, "department": department}
            else:
                body |= {**self.name(), "function": function, "department": department}
            yield Call("addresses", "/v1/contacts", body, self.login())

    def _employer(self, number: int) -> str:
        """Some job changers and writers of mails work where one looks first."""
        if number in (0, 1, *range(FIRST_WRITER, FIRST_WRITER + 4)):
            return self.shown
        return self.random.choice(self.companies)

    def _channels(self) -> Iterator[Call]:
        writers = dict(enumerate(senders(), FIRST_WRITER))
        for number, post in enumerate(self.posts):
            value = writers.get(number, f"kontakt{number}@firma{number % 40}.example")
            mail = {"id": self.id("mail", number), "kind": "E", "value": value}
            yield Call("addresses", f"/v1/contacts/{post.contact}/channels", mail, self.login())
        for number, company in enumerate(self.companies):
            phone = {"id": self.id("phone", number), "kind": "T", "value": f"+41 44 {300 + number} {number + 10} 00"}
            yield Call("addresses", f"/v1/companies/{company}/channels", phone, self.login())

    def _job_changes(self) -> Iterator[Call]:
        for number in range(self.size.job_changes):
            former, days = self.posts[number], self.random.randint(100, 500)
            company = self.random.choice([other for other in self.companies if other != former.company])
            successor = Post(self.id("successor", number), company, earliest=days - 3)
            self.posts[number] = replace(former, latest=days + 1)
            self.posts.append(successor)
            starts_on = self.today - timedelta(days=days)
            body = {"id": successor.contact, "company": company, "starts_on": starts_on.isoformat()}
            yield Call("addresses", f"/v1/contacts/{former.contact}/job-change", body, self.login())

    def _projects(self) -> Iterator[Call]:
        for number in range(self.size.projects):
            customer = self.shown if number in (1, 2) else self.random.choice(self.companies)
            identifier = self.id("project", number)
            self.projects.append((identifier, customer))
            title = words.PROJECTS[number % len(words.PROJECTS)]
            leader = AUTHORS[number % len(AUTHORS)].id
            body = {"id": identifier, "code": f"P-{2000 + number}", "title": title, "leader": leader}
            yield Call("engagements", "/v1/projects", body, self.login())

    def _roles(self) -> Iterator[Call]:
        for number, (project, customer) in enumerate(self.projects):
            role = {
                "id": self.id("role", number),
                "role": "customer",
                "address": {"type": "company", "id": customer},
                "valid_from": self.day(HISTORY_DAYS, HISTORY_DAYS - 300).isoformat(),
            }
            login = self.random.choice(INSIDERS).login  # repeated calls too are refused to those who may not see it
            yield Call("engagements", f"/v1/projects/{project}/roles", role, login)

    def _restrictions(self) -> Iterator[Call]:
        for project in self._restricted():
            readers = {"users": [user.id for user in INSIDERS], "groups": []}
            yield Call("engagements", f"/v1/projects/{project}/restriction", readers, "clara", "PUT")

    def _restricted(self) -> list[str]:
        """Two projects of which one of the authors may not know."""
        return [project for project, _ in self.projects[::12]]

    def _mailbox(self) -> Call:
        readers = {"users": [], "groups": [next(iter(USER_GROUPS))]}
        return Call("email-ingest", "/v1/mailboxes", {"mail_address": MAILBOX, "readers": readers}, "dora")

    def _activities(self) -> Iterator[Call]:
        weights = [kind.weight for kind in words.KINDS]
        for number in range(self.size.activities):
            kind = self.random.choices(words.KINDS, weights)[0]
            post = self.random.choice(self.posts)
            links = self._links(post)
            secret = links.get("project") in self._restricted() or mandates.confidential(self, links.get("opportunity"))
            authors = INSIDERS if secret else AUTHORS
            body: dict[str, Any] = {
                "id": self.id("activity", number),
                "kind": kind.kind,
                "title": self.random.choice(kind.titles),
                "text": self.random.choice(kind.texts),
                "occurred_on": self.day(post.earliest, post.latest).isoformat(),
                **links,
            }
            if kind.kind == "call":
                body["direction"] = self.random.choice(("in", "out"))
            if kind.kind in ("meeting", "appointment"):
                body |= _hour(body["occurred_on"], number)
            if number % TASK_EVERY == 0:
                body |= self._task(authors)
            yield Call("activities", "/v1/activities", body, self.random.choice(authors).login)

    def _links(self, post: Post) -> dict[str, Any]:
        """Usually the contact, sometimes the company, a person or a couple; half of what can be is on a project."""
        choice = self.random.random()
        address = {"type": "contact", "id": post.contact}
        if choice < 0.15:
            address = {"type": "company", "id": post.company}
        elif choice < 0.2:
            address = {"type": "person", "id": self.random.choice(self.persons)}
        elif choice < 0.23:
            address = {"type": "couple", "id": self.random.choice(self.couples)}
        return {"address": address, **self._engagement(post)}

    def _engagement(self, post: Post) -> dict[str, str]:
        """A project of the company with one of its phases or invoices, or an opportunity of the contact."""
        projects = [project for project, customer in self.projects if customer == post.company]
        if projects and self.random.random() < 0.5:
            project = self.random.choice(projects)
            part = self.random.random()
            if part < 0.4:
                return {"project": project, "phase": self.random.choice(self.phases_of[project])}
            if part < 0.5:
                return {"project": project, "invoice": self.random.choice(self.invoices_of[project])}
            return {"project": project}
        chances = [each.id for each in self.chances if each.address["id"] in (post.contact, post.company)]
        return {"opportunity": self.random.choice(chances)} if chances and self.random.random() < 0.5 else {}

    def _task(self, authors: Sequence[DemoUser]) -> dict[str, Any]:
        """Due around today, so that work lists and reminders have something to show."""
        due = self.today + timedelta(days=self.random.randint(-10, 20))
        follow_up = due - timedelta(days=2)
        return {
            "title": self.random.choice(words.TASKS),
            "responsible": {"user": self.random.choice(authors).id, "follow_up_on": follow_up.isoformat()},
            "due_on": due.isoformat(),
            "priority": self.random.choice(("low", "normal", "normal", "high")),
        }

    def _completions(self) -> Iterator[Call]:
        for number in range(0, self.size.activities, 3 * TASK_EVERY):
            yield Call("activities", f"/v1/activities/{self.id('activity', number)}/complete", {}, "clara")


def _hour(day: str, number: int) -> dict[str, Any]:
    """An hour of that day, so that it is in the calendar (CAL-01)."""
    return {"starts_at": f"{day}T{8 + number % 9:02}:00:00Z", "duration_minutes": 30 * (1 + number % 3)}
