"""The own side of an activity: a fold of its stream, by itself."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts import activities as a
from dossier.contracts import attachments as d
from dossier.contracts import tasks as t
from histories.domain import handing_on, placing
from histories.domain.documents import DateFact, Entry, Fields, Fold
from histories.domain.lists import settle_lists
from histories.domain.order import following
from histories.domain.places import place
from histories.domain.terms import terms_of

_ENGAGEMENTS = ("project", "phase", "opportunity", "invoice")


def new_entry(stream: str) -> Entry:
    """The entry before the activity's first event."""
    return {
        "_id": stream,
        "version": 0,
        "applied": 0,
        "recorded_at": "",
        "dated": "",
        "own": {},
        "dates": [],
        "terms": [],
        "lists": {},
        "next": None,
        "links": [],
        "corrections": [],
        "shown_on": [],
        "pinned": [],
        "hidden": [],
        "paths": [],
        "gates": [],
        "inputs": {},
    }


def fold_activity(entry: Entry, events: Sequence[RecordedEvent]) -> None:
    """Apply the events that follow the entry's version, in place.

    Types that have no bearing on a history are passed over. Raises OutOfOrder at a gap, UndecodableEvent, UnknownEvent.
    """
    for event in following(entry["version"], events):
        fold = FOLDS.get(event.type)
        if fold is not None:
            fold(entry, decode_fields(event.type, event.schemaversion, event.data), event)
        entry["version"] = event.sequence
    entry["terms"] = terms_of(entry["own"])
    settle_lists(entry)


def insiders(own: Fields) -> list[str]:
    """Author and responsible users, as principals: who sees the activity whatever else is in doubt."""
    main = own.get("responsible")
    users = [own.get("entered_by"), *((main["user"],) if main else ())]
    users += [assignment["user"] for assignment in own.get("further_responsible", ())]
    return [f"user:{user}" for user in users if user is not None]


def admitted(own: Fields) -> list[str] | None:
    """The principals an activity is visible to; None: everybody (design: "Who may see and do what")."""
    if own.get("visibility", "everyone") == "everyone":
        return None
    granted = {f"{grant['to']}:{grant['id']}" for grant in own.get("grants", ())}
    participants = {f"user:{user}" for user in own.get("participants", ())}
    return sorted(granted | participants | handing_on.asked(own) | set(insiders(own)))


def dates(entry: Entry) -> list[DateFact]:
    """All days the activity was ever said to be of, in the order they were recorded."""
    return entry["dates"] or [{"on": entry["own"]["occurred_on"], "event": 1, "since": entry["recorded_at"]}]


def _recorded(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    linked: dict[str, None] = {}
    if primary := fields.pop("address", None):
        fields["primary"] = stream = f"{primary['type']}-{primary['id']}"
        linked[stream] = None
    for address in fields.pop("further_addresses", ()):
        linked[f"{address['type']}-{address['id']}"] = None
    for kind in _ENGAGEMENTS:
        if kind in fields and (engagement := fields.pop(kind)):
            linked[f"{kind}-{engagement}"] = None
    fields.pop("sighting", None)
    entry["own"] = fields
    entry["recorded_at"] = event.recordedtime
    entry["links"] = [{"to": stream, "events": [1]} for stream in linked]
    entry["dated"] = _place(entry)


def _corrected(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    former = dates(entry)
    entry["own"].update(fields["changes"])
    day = entry["own"]["occurred_on"]
    if day != former[-1]["on"]:
        entry["dates"] = [*former, {"on": day, "event": event.sequence, "since": event.recordedtime}]
    entry["dated"] = _place(entry)


def _place(entry: Entry) -> str:
    return place(entry["own"], entry["recorded_at"], entry["_id"][-36:])


def _linked(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    target = fields["object"]
    stream = f"{target['type']}-{target['id']}"
    if not any(link["to"] == stream and "until" not in link for link in entry["links"]):
        entry["links"].append({"to": stream, "events": [event.sequence], "since": event.recordedtime})
    if fields.get("primary"):
        entry["own"]["primary"] = stream


def _unlinked(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    target, successor = fields["object"], fields.get("new_primary")
    stream = f"{target['type']}-{target['id']}"
    for link in entry["links"]:
        if link["to"] == stream and "until" not in link:
            link["until"] = event.recordedtime
    if successor:
        entry["own"]["primary"] = f"{successor['type']}-{successor['id']}"
    elif entry["own"].get("primary") == stream:
        del entry["own"]["primary"]


def _assigned(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    own, assignment = entry["own"], fields["assignment"]
    former = own.get("responsible")
    if former and former["user"] == assignment["user"]:
        own["responsible"] = None  # nobody is both
    further = [other for other in own.get("further_responsible", ()) if other["user"] != assignment["user"]]
    if fields["main"]:
        own["responsible"] = assignment
    else:
        further.append(assignment)
    own["further_responsible"] = further
    handing_on.assigned(entry, fields, event)


def _removed(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    own, user = entry["own"], fields["user"]
    main = own.get("responsible")
    if main and main["user"] == user:
        own["responsible"] = None
    own["further_responsible"] = [other for other in own.get("further_responsible", ()) if other["user"] != user]


def _follow_up_moved(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    own = entry["own"]
    main = own.get("responsible")
    for assignment in (*((main,) if main else ()), *own.get("further_responsible", ())):
        if assignment["user"] == fields["user"]:
            assignment["follow_up_on"] = fields["follow_up_on"]


def _early_made(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    entry["own"]["early_of"] = f"activity-{fields['deadline']}"


def _keep(*names: str) -> Fold:
    def fold(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
        entry["own"].update({name: fields[name] for name in names})

    return fold


def _reopened(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    del entry["own"]["completed_on"]


def _granted(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    held = entry["own"].get("grants", [])
    entry["own"]["grants"] = held + [grant for grant in fields.get("grants", ()) if grant not in held]


def _revoked(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """The same right from another origin stays: a grant is its holder and its origin."""
    entry["own"]["grants"] = [grant for grant in entry["own"].get("grants", ()) if grant not in fields["grants"]]


def _threaded(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    entry["own"]["mail"] = {**entry["own"]["mail"], "thread": fields["thread"]}


def _attached(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    shown = {"id": fields["document"], **_of_file(fields["file"]), "version": 1}
    entry["own"]["documents"] = [*entry["own"].get("documents", ()), shown]


def _version_added(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    _document(entry, fields).update({**_of_file(fields["file"]), "version": fields["number"]})


def _document_renamed(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    _document(entry, fields)["name"] = fields["name"]


def _document_removed(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    entry["own"]["documents"].remove(_document(entry, fields))


def _document_restored(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    shown = {"id": fields["document"], **_of_file(fields["file"]), "name": fields["name"], "version": fields["number"]}
    entry["own"]["documents"] = [*entry["own"].get("documents", ()), shown]


def _of_file(file: Fields) -> Fields:
    """What of a stored file a row shows; how many documents there are the activity limits."""
    return {name: file[name] for name in ("name", "media_type", "size")}


def _document(entry: Entry, fields: Fields) -> Fields:
    return next(each for each in entry["own"]["documents"] if each["id"] == fields["document"])


FOLDS: dict[str, Fold] = {
    a.ActivityRecorded.event_type: _recorded,
    a.ActivityCorrected.event_type: _corrected,
    a.ActivityLinked.event_type: _linked,
    a.ActivityUnlinked.event_type: _unlinked,
    a.ResponsibleAssigned.event_type: _assigned,
    a.ResponsibleRemoved.event_type: _removed,
    a.FollowUpMoved.event_type: _follow_up_moved,
    a.DueMoved.event_type: _keep("due_on"),
    a.ActivityCompleted.event_type: _keep("completed_on"),
    a.ActivityReopened.event_type: _reopened,
    a.VisibilityChanged.event_type: _keep("visibility"),
    a.GrantsAdded.event_type: _granted,
    a.GrantsRevoked.event_type: _revoked,
    a.MailSighted.event_type: _granted,
    a.MailThreaded.event_type: _threaded,
    **placing.FOLDS,
    d.DocumentAttached.event_type: _attached,
    d.DocumentVersionAdded.event_type: _version_added,
    d.DocumentRenamed.event_type: _document_renamed,
    d.DocumentRemoved.event_type: _document_removed,
    d.DocumentRestored.event_type: _document_restored,
    t.DelegationOffered.event_type: handing_on.offered,
    t.DelegationAnswered.event_type: handing_on.answered,
    t.ReviewDemanded.event_type: handing_on.review_demanded,
    t.ReviewWaived.event_type: handing_on.review_waived,
    t.ReviewGiven.event_type: handing_on.reviewed,
    t.EarlyDeadlineMade.event_type: _early_made,
}
