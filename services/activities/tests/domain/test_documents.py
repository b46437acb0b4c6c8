"""Documents on an activity: nothing is lost by working together (ACT-15, ACT-16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.domain import attaching
from activities.domain.state import Activity, evolve
from activities.media_types import lies, media_type
from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentCheckedIn,
    DocumentCheckedOut,
    DocumentRemoved,
    DocumentRenamed,
    DocumentRestored,
    DocumentVersionAdded,
    StoredFile,
)
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.file_names import MOST_BYTES, require_safe, safe_name
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, note
from dossier.testing.gwt import Given, Scenarios

ACTIVITY = Scenarios(Activity, evolve)
OFFER, OTHER = new_id(), new_id()


def file(content: str = "1", name: str = "Offer.pdf") -> StoredFile:
    sha256 = content.rjust(64, "0")
    return StoredFile(stored_object=f"a/{content}", name=name, media_type="application/pdf", size=7, sha256=sha256)


def offered(*versions: DocumentVersionAdded) -> Given[Activity]:
    return ACTIVITY.given(note(), DocumentAttached(document=OFFER, file=file()), *versions)


def version(number: int, based_on: int, content: str) -> DocumentVersionAdded:
    return DocumentVersionAdded(document=OFFER, number=number, based_on=based_on, file=file(content))


def test_act_15_an_activity_has_several_documents() -> None:
    after = offered().when(lambda state: attaching.attach(state, OTHER, file("2", "Plan.png")))
    after = after.then(DocumentAttached(document=OTHER, file=file("2", "Plan.png")))
    assert [each.name for each in after.state.documents] == ["Offer.pdf", "Plan.png"]


def test_act_15_the_same_document_again_changes_nothing_and_another_is_refused() -> None:
    offered().when(lambda state: attaching.attach(state, OFFER, file())).then()
    refused = offered().when(lambda state: attaching.attach(state, OFFER, file("2")))
    refused.refused("ACT-DOC", "document")


def test_act_15_the_id_of_a_removed_document_is_not_used_again() -> None:
    gone = ACTIVITY.given(note(), DocumentAttached(document=OFFER, file=file()), DocumentRemoved(document=OFFER))
    gone.when(lambda state: attaching.attach(state, OFFER, file())).refused("ACT-DOC", "document")
    gone.when(lambda state: attaching.remove(state, OFFER, "again")).then()
    gone.when(lambda state: attaching.rename(state, OFFER, "x")).not_found()


def test_act_15_a_removed_document_comes_back_as_it_was() -> None:
    renamed = DocumentRenamed(document=OFFER, name="Quote.pdf")
    gone = offered(version(2, 1, "2"), renamed, DocumentRemoved(document=OFFER))
    back = DocumentRestored(document=OFFER, name="Quote.pdf", number=2, file=file("2"), reason="was right")
    after = gone.when(lambda state: attaching.restore(state, OFFER, "was right")).then(back)
    (document,) = after.state.documents
    assert (document.name, document.removed, len(document.versions)) == ("Quote.pdf", False, 2)
    after.when(lambda state: attaching.restore(state, OFFER, "")).then()
    after.when(lambda state: attaching.restore(state, OTHER, "")).not_found()


def test_act_16_who_works_on_a_removed_document_still_does_once_it_is_back() -> None:
    worked_on = offered(DocumentCheckedOut(document=OFFER, user=ANNA), DocumentRemoved(document=OFFER))
    back = DocumentRestored(document=OFFER, name="Offer.pdf", number=1, file=file())
    after = worked_on.when(lambda state: attaching.restore(state, OFFER, "")).then(back)
    assert after.state.documents[0].checked_out_by == (ANNA,)


def test_act_15_there_has_to_be_room_for_what_comes_back() -> None:
    many = [DocumentAttached(document=new_id(), file=file(str(number))) for number in range(attaching.MOST_DOCUMENTS)]
    full = offered(DocumentRemoved(document=OFFER), *many)
    full.when(lambda state: attaching.restore(state, OFFER, "")).refused("ACT-15")


def test_act_15_documents_are_limited_because_rows_name_them() -> None:
    many = [DocumentAttached(document=new_id(), file=file(str(number))) for number in range(attaching.MOST_DOCUMENTS)]
    full = ACTIVITY.given(note(), *many)
    full.when(lambda state: attaching.attach(state, OFFER, file("f"))).refused("ACT-15")


def test_act_15_removed_documents_are_limited_too_because_they_are_listed() -> None:
    ever = [DocumentAttached(document=new_id(), file=file(str(number))) for number in range(attaching.MOST_EVER)]
    full = ACTIVITY.given(note(), *ever, *(DocumentRemoved(document=each.document) for each in ever))
    full.when(lambda state: attaching.attach(state, OFFER, file("f"))).refused("ACT-15")
    assert attaching.restore(full.state, ever[0].document, ""), "what is there comes back"


def test_act_15_there_are_no_documents_without_an_activity() -> None:
    with pytest.raises(NotFound):
        attaching.attach(Activity(), OFFER, file())


def test_act_16_a_version_based_on_an_older_one_is_kept_beside_the_newer() -> None:
    after = offered(version(2, 1, "2")).when(lambda state: attaching.add_version(state, OFFER, file("3"), based_on=1))
    after = after.then(version(3, 1, "3"))
    (document,) = after.state.documents
    assert [each.file.sha256[-1] for each in document.versions] == ["1", "2", "3"]


@pytest.mark.parametrize("based_on", [1, 2])
def test_act_16_the_newest_version_sent_again_is_no_new_one(based_on: int) -> None:
    same = offered(version(2, 1, "2")).when(
        lambda state: attaching.add_version(state, OFFER, file("2"), based_on=based_on)
    )
    same.then()


@pytest.mark.parametrize("based_on", [0, 2])
def test_act_16_a_version_is_based_on_one_that_there_is(based_on: int) -> None:
    refused = offered().when(lambda state: attaching.add_version(state, OFFER, file("2"), based_on=based_on))
    refused.refused("ACT-16", "based_on")


def test_act_16_checking_out_keeps_nobody_out() -> None:
    anna = DocumentCheckedOut(document=OFFER, user=ANNA)
    given_anna = ACTIVITY.given(note(), DocumentAttached(document=OFFER, file=file()), anna)
    given_anna.when(lambda state: attaching.check_out(state, OFFER, ANNA)).then()
    after = given_anna.when(lambda state: attaching.check_out(state, OFFER, BEN))
    after = after.then(DocumentCheckedOut(document=OFFER, user=BEN))
    assert after.state.documents[0].checked_out_by == (ANNA, BEN)


def test_act_16_checking_in_with_a_version_is_one_command() -> None:
    anna = DocumentCheckedOut(document=OFFER, user=ANNA)
    checked_out = ACTIVITY.given(note(), DocumentAttached(document=OFFER, file=file()), anna)
    done = checked_out.when(lambda state: attaching.add_version(state, OFFER, file("2"), based_on=1, check_in=ANNA))
    done = done.then(version(2, 1, "2"), DocumentCheckedIn(document=OFFER, user=ANNA))
    assert done.state.documents[0].checked_out_by == ()
    done.when(lambda state: attaching.check_in(state, OFFER, ANNA)).then()


def test_act_16_only_a_person_works_on_a_document() -> None:
    offered().when(lambda state: attaching.check_out(state, OFFER, None)).refused("ACT-16")


def test_act_15_a_new_name_leaves_the_versions_as_they_came() -> None:
    after = offered().when(lambda state: attaching.rename(state, OFFER, "Quote.pdf"))
    after = after.then(DocumentRenamed(document=OFFER, name="Quote.pdf"))
    (document,) = after.state.documents
    assert (document.name, document.newest.file.name) == ("Quote.pdf", "Offer.pdf")
    after.when(lambda state: attaching.rename(state, OFFER, "Quote.pdf")).then()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Offer.pdf", "Offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\eva\\Offer.docx", "Offer.docx"),
        ("Rechnung\u202efdp.exe", "Rechnungfdp.exe"),
        ("a\x00b\r\nc\u200b.txt", "ab c.txt"),
        ('Offer <new>: "A|B"?.pdf', "Offer _new__ _A_B__.pdf"),
        ("  .hidden. ", "hidden"),
        ("con.txt", "_con.txt"),
        ("Mu\u0308ller.pdf", "Müller.pdf"),
    ],
)
def test_act_doc_names_are_safe_wherever_they_are_saved(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@pytest.mark.parametrize("sent", ["", " ", "..", "a/", "\u202e"])
def test_act_doc_a_name_of_nothing_is_refused(sent: str) -> None:
    with pytest.raises(RuleViolation, match="name"):
        safe_name(sent)


@given(st.text())
def test_act_doc_what_is_safe_stays_and_fits_every_file_system(name: str) -> None:
    try:
        kept = safe_name(name)
    except RuleViolation:
        return
    require_safe(kept)
    assert len(kept.encode()) <= MOST_BYTES
    assert not set(kept) & set('/\\\0\n"')


def test_act_doc_a_long_name_keeps_its_ending() -> None:
    assert safe_name("ä" * 300 + ".docx").endswith("ää.docx")


@pytest.mark.parametrize(
    ("head", "name", "found", "lying"),
    [
        (b"%PDF-1.7\n", "Offer.pdf", "application/pdf", False),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "scan.pdf", "image/jpeg", True),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "scan.JPEG", "image/jpeg", False),
        (b"MZ\x90\0" + bytes(60), "Invoice.pdf", "application/x-msdownload", True),
        (b"<!DOCTYPE html><script>", "photo.png", "text/plain", True),
        (b"<!DOCTYPE html><script>", "page.html", "text/html", False),
        (b"From: a@b.example\n\nHi", "mail.eml", "message/rfc822", False),
        ("Grüße;1\n".encode(), "list.csv", "text/csv", False),
        (b"BMW, a text", "cars.txt", "text/plain", False),
        ("Grüße".encode("utf-16"), "note.txt", "text/plain", False),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old.msg", "application/vnd.ms-outlook", False),
        (bytes(range(1, 200)), "plan.dwg", "application/octet-stream", True),
        (bytes(range(1, 200)), "data.xyz", "application/octet-stream", False),
        (b"{\\rtf1\\ansi}", "letter.doc", "application/rtf", True),
    ],
)
def test_act_doc_the_type_is_told_by_the_signature(head: bytes, name: str, found: str, lying: bool) -> None:
    assert media_type(head, name) == found
    assert lies(found, name) == lying
