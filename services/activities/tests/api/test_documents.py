"""Documents over HTTP: up and down as streams, versions, rights, names, and what becomes of what fails."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dossier.files import Uploads
from dossier.ids import new_id
from dossier.store import CommitStore
from dossier.testing.activities import ANNA, BEN, SECRET
from dossier.testing.documents import NEWER, PDF, Desk


@pytest.fixture
async def desk(client: Any) -> Desk:
    return Desk(client, await client.record())


async def stored(client: Any) -> int:
    """How many files and parts of files there are."""
    database = client.app.state.store.database
    files, parts = database["documents.files"], database["documents.chunks"]
    return await files.count_documents({}) + await parts.count_documents({})


def refused(answer: httpx.Response, status: int, rule: str, field: str | None = None) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["rule"], problem.get("field")) == (status, rule, field), answer.text


async def test_act_15_a_document_goes_up_and_comes_down_as_it_was(desk: Desk) -> None:
    answer = await desk.call("POST", "", PDF, name="Offer.pdf")
    assert answer.status_code == 201
    document = answer.json()["document"]
    assert answer.headers["location"] == f"{desk.path}/{document}"
    assert answer.json()["warnings"] == []
    (head,) = (await desk.client.read(desk.activity))["documents"]
    assert head == {
        "id": document,
        "name": "Offer.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "version": 1,
        "checked_out_by": [],
    }
    assert (await desk.call("GET", "")).json() == [head]
    assert (await desk.call("GET", f"/{document}")).json()["names"] == {ANNA: "Anna Muster"}
    down = await desk.content(document)
    assert (down.status_code, down.content) == (200, PDF)
    assert down.headers["content-type"] == "application/pdf"
    assert down.headers["content-length"] == str(len(PDF))
    assert down.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'
    assert down.headers["x-content-type-options"] == "nosniff"
    assert down.headers["content-security-policy"].startswith("sandbox")
    assert down.headers["content-disposition"] == "attachment; filename=\"Offer.pdf\"; filename*=UTF-8''Offer.pdf"


async def test_act_15_browsers_send_a_form(desk: Desk) -> None:
    files = {"file": ("Übersicht Müller.pdf", PDF, "text/plain")}
    headers = desk.client.tokens.headers("anna")
    answer = await desk.client.http.post(desk.path, files=files, headers=headers)
    assert answer.status_code == 201, answer.text
    document = answer.json()["document"]
    down = await desk.content(document)
    assert (down.content, down.headers["content-type"]) == (PDF, "application/pdf")
    assert "filename*=UTF-8''%C3%9Cbersicht%20M%C3%BCller.pdf" in down.headers["content-disposition"]
    assert 'filename="_bersicht M_ller.pdf"' in down.headers["content-disposition"]


@pytest.mark.parametrize(
    "form",
    [
        b"no form",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nbroken off',
        b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n1\r\n' * 2 + b"--x--\r\n",
        b"--x--\r\n",
        b"",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="' + b";" * 5000 + b'"\r\n\r\n1\r\n--x--\r\n',
    ],
    ids=["none", "broken", "field", "two", "empty", "nothing", "long"],
)
async def test_act_doc_a_form_without_one_whole_file_leaves_nothing(desk: Desk, form: bytes) -> None:
    answer = await desk.call("POST", "", form, Content_Type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["field"] == "body" or answer.json()["rule"] == "ACT-DOC"
    assert (await desk.client.read(desk.activity))["documents"] == []
    assert await stored(desk.client) == 0


@pytest.mark.parametrize("header", ["Content-Disposition", "Content-Type"])
async def test_act_doc_a_header_that_takes_seconds_to_be_read_is_refused(desk: Desk, header: str) -> None:
    """The time grows with the square of its length, and everybody else would wait for it."""
    answer = await desk.call("POST", "", PDF, **{header.replace("-", "_"): 'a/b; filename="' + ";" * 5000 + '"'})
    refused(answer, 422, "ACT-DOC", header)
    assert await stored(desk.client) == 0


async def test_act_doc_names_are_made_safe_and_types_told_by_content(desk: Desk) -> None:
    answer = await desk.call("POST", "", b"MZ\x90\0" + bytes(60), name="..%2f../Invoice.pdf")
    (warning,) = answer.json()["warnings"]
    assert warning["rule"] == "ACT-DOC"
    (head,) = (await desk.client.read(desk.activity))["documents"]
    assert (head["name"], head["media_type"]) == ("Invoice.pdf", "application/x-msdownload")
    rtl = await desk.client.http.post(
        desk.path,
        content=PDF,
        headers=desk.client.tokens.headers("anna")
        | {"Content-Disposition": "attachment; filename*=UTF-8''Offer%E2%80%AEfdp.exe"},
    )
    down = await desk.content(rtl.json()["document"])
    assert "Offerfdp.exe" in down.headers["content-disposition"]


async def test_act_doc_a_new_name_that_says_another_type_is_warned_of(desk: Desk) -> None:
    document = (await desk.call("POST", "", PDF, name="Offer.pdf")).json()["document"]
    warned = {}
    for name in ("Picture.jpg", "Contract.pdf", "Contract"):
        answer = await desk.call("PUT", f"/{document}/name", {"name": name})
        warned[name] = [(each["rule"], each["detail"]) for each in answer.json()["warnings"]]
    told = ("ACT-DOC", "the name says another type than application/pdf")
    assert warned == {"Picture.jpg": [told], "Contract.pdf": [], "Contract": []}
    await desk.call("PUT", f"/{document}/name", {"name": "Picture.jpg"})
    assert (await desk.call("POST", f"/{document}/check-out", {})).json()["warnings"] == []  # it names nothing


@pytest.mark.parametrize("header", ["", "attachment", "attachment; filename=../", "attachment; filename*=utf-8''%00"])
async def test_act_doc_a_document_needs_a_name(desk: Desk, header: str) -> None:
    headers = desk.client.tokens.headers("anna") | {"Content-Disposition": header}
    answer = await desk.client.http.post(desk.path, content=PDF, headers=headers)
    refused(answer, 422, "ACT-DOC", "Content-Disposition")
    assert "`Content-Disposition: " in answer.json()["detail"]
    assert await stored(desk.client) == 0


async def test_act_doc_an_empty_file_is_an_upload_that_went_wrong(desk: Desk) -> None:
    refused(await desk.call("POST", "", b"", name="a.pdf"), 422, "ACT-DOC", "body")
    assert await stored(desk.client) == 0


async def test_act_doc_a_file_beyond_the_limit_is_refused_and_leaves_nothing(desk: Desk) -> None:
    desk.client.app.state.documents.most_bytes = 2_500_000

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(100_000)

    refused(await desk.call("POST", "", bytes(2_500_001), name="a.bin"), 413, "max-body", "body")
    refused(await desk.call("POST", "", endless(), name="a.bin"), 413, "max-body", "body")
    assert await stored(desk.client) == 0
    assert await desk.attach(bytes(2_500_000), "a.bin")


async def test_act_12_documents_are_reached_with_the_right_to_the_activity_alone(client: Any) -> None:
    desk = Desk(client, await client.record(by="ben", visibility="granted"))
    document = await desk.attach(by="ben")
    for method, path, body in (
        ("GET", f"/{document}", None),
        ("GET", f"/{document}/content", None),
        ("POST", f"/{document}/check-out", None),
        ("POST", f"/{document}/remove", {"reason": ""}),
        ("PUT", f"/{document}/name", {"name": "x"}),
    ):
        hidden = await desk.call(method, path, body, by="cara")
        refused(hidden, 404, "exists", "document")
        missing = await desk.call(method, path.replace(document, new_id()), body, by="ben")
        assert missing.json() | {"correlation_id": ""} == hidden.json() | {"correlation_id": ""}
    before = await stored(client)
    refused(await desk.call("POST", "", PDF, name="a.pdf", by="cara"), 404, "exists", "id")
    refused(await desk.call("POST", f"/{document}/versions?based_on=1", PDF, by="cara"), 404, "exists", "document")
    assert await stored(client) == before
    assert (await desk.content(document, by="ben")).content == PDF


async def test_act_12_a_restricted_project_hides_its_documents(client: Any) -> None:
    desk = Desk(client, await client.record(by="ben", project=SECRET))
    document = await desk.attach(by="ben")
    assert (await desk.content(document, by="ben")).status_code == 200
    assert (await desk.content(document, by="anna")).status_code == 404


async def test_act_15_the_same_request_again_is_the_same_document(desk: Desk) -> None:
    document = new_id()
    for _ in range(2):
        answer = await desk.call("POST", f"?document={document}", PDF, name="Offer.pdf")
        assert (answer.status_code, answer.json()["document"]) == (201, document)
    refused(await desk.call("POST", f"?document={document}", NEWER, name="Offer.pdf"), 422, "ACT-DOC", "document")
    assert len((await desk.client.read(desk.activity))["documents"]) == 1
    assert await stored(desk.client) == 2


async def test_act_15_an_idempotency_key_stands_for_name_and_content(desk: Desk) -> None:
    first = await desk.call("POST", "", PDF, name="Offer.pdf", Idempotency_Key="k1")
    again = await desk.call("POST", "", PDF, name="Offer.pdf", Idempotency_Key="k1")
    assert (again.status_code, again.json()["replayed"]) == (201, True)
    assert again.json()["document"] == first.json()["document"]
    other = await desk.call("POST", "", NEWER, name="Offer.pdf", Idempotency_Key="k1")
    refused(other, 422, "one-key-one-request", "Idempotency-Key")
    named = await desk.call("POST", "", PDF, name="Other.pdf", Idempotency_Key="k1")
    refused(named, 422, "one-key-one-request", "Idempotency-Key")
    assert await stored(desk.client) == 2


async def test_act_16_two_versions_of_one_are_both_kept_and_the_second_is_warned(desk: Desk) -> None:
    document = await desk.attach()
    one = await desk.call("POST", f"/{document}/versions?based_on=1", NEWER, by="ben")
    assert (one.json()["number"], one.json()["warnings"]) == (2, [])
    other = await desk.call("POST", f"/{document}/versions?based_on=1", NEWER + b"2", Idempotency_Key="v")
    (warning,) = other.json()["warnings"]
    assert (other.json()["number"], warning["rule"], warning["version"]) == (3, "ACT-16", 2)
    assert warning["by"] == f"user:{BEN}"
    again = await desk.call("POST", f"/{document}/versions?based_on=1", NEWER + b"2", Idempotency_Key="v")
    assert again.json()["warnings"] == other.json()["warnings"]
    for number, content in ((1, PDF), (2, NEWER), (3, NEWER + b"2")):
        assert (await desk.content(document, f"?version={number}")).content == content
    assert (await desk.content(document)).content == NEWER + b"2"
    missing = await desk.content(document, "?version=4")
    assert (missing.status_code, missing.json()["field"]) == (404, "version")
    assert missing.json()["detail"] == "The document has the versions 1 to 3."
    view = await desk.shown(document)
    assert [(each["number"], each["based_on"]) for each in view["versions"]] == [(3, 1), (2, 1), (1, None)]


async def test_act_16_who_is_second_is_told_who_works_on_it_and_may_go_on(desk: Desk) -> None:
    document = await desk.attach()
    first = await desk.call("POST", f"/{document}/check-out")
    assert first.json()["warnings"] == []
    second = await desk.call("POST", f"/{document}/check-out", by="ben")
    (warning,) = second.json()["warnings"]
    assert second.status_code == 200
    (mine, _) = (await desk.shown(document))["checked_out"]
    assert (warning["by"], warning["since"]) == (mine["by"], mine["since"])
    assert warning["names"] == {ANNA: "Anna Muster"}
    done = await desk.call("POST", f"/{document}/versions?based_on=1&check_in=true", NEWER, by="ben")
    assert [each["by"] for each in done.json()["warnings"]] == [mine["by"]]
    assert [each["by"] for each in (await desk.shown(document))["checked_out"]] == [mine["by"]]
    await desk.call("POST", f"/{document}/check-in")
    assert (await desk.shown(document))["checked_out"] == []


async def test_act_15_a_removed_document_is_reached_by_nobody_and_its_bytes_stay(desk: Desk) -> None:
    document = await desk.attach()
    answer = await desk.call("POST", f"/{document}/remove", {"reason": "wrong file"})
    assert answer.status_code == 200, answer.text
    for path in ("", "/content", "/content?version=1"):
        assert (await desk.call("GET", f"/{document}{path}")).status_code == 404
    assert (await desk.client.read(desk.activity))["documents"] == []
    assert await stored(desk.client) == 2


async def test_act_15_a_new_name_is_what_the_newest_version_is_saved_as(desk: Desk) -> None:
    document = await desk.attach()
    await desk.call("POST", f"/{document}/versions?based_on=1", NEWER)
    assert (await desk.call("PUT", f"/{document}/name", {"name": "Quote.pdf"})).status_code == 200
    assert "Quote.pdf" in (await desk.content(document)).headers["content-disposition"]
    assert "Offer.pdf" in (await desk.content(document, "?version=1")).headers["content-disposition"]
    unsafe = await desk.call("PUT", f"/{document}/name", {"name": "a/b.pdf"})
    refused(unsafe, 422, "ACT-DOC", "name")


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-4", 0, 5), ("bytes=9-", 9, None), ("bytes=-3", -3, None), ("bytes=5-999999", 5, None)],
)
async def test_act_15_a_range_is_sent_alone(desk: Desk, wanted: str, start: int, stop: int | None) -> None:
    document = await desk.attach()
    part = await desk.content(document, Range=wanted)
    assert (part.status_code, part.content) == (206, PDF[start:stop])
    first = start if start >= 0 else len(PDF) + start
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(PDF)}"


async def test_act_15_a_range_of_another_content_is_the_whole(desk: Desk) -> None:
    document = await desk.attach()
    etag = (await desk.content(document)).headers["etag"]
    assert (await desk.content(document, Range="bytes=0-0", If_Range='"other"')).content == PDF
    assert (await desk.content(document, Range="bytes=0-0", If_Range=etag)).content == PDF[:1]
    assert (await desk.content(document, Range="lines=1-2")).content == PDF
    assert (await desk.content(document, If_None_Match=etag)).status_code == 304
    beyond = await desk.content(document, Range=f"bytes={len(PDF)}-")
    refused(beyond, 416, "range", "Range")
    assert beyond.headers["content-range"] == f"bytes */{len(PDF)}"


async def test_act_15_a_stale_if_match_is_refused_and_leaves_no_bytes(desk: Desk) -> None:
    await desk.attach()
    answer = await desk.call("POST", "", NEWER, name="b.pdf", If_Match='"1"')
    assert answer.status_code == 409
    assert await stored(desk.client) == 2


@pytest.fixture
async def uploads(client: Any, store: CommitStore) -> Uploads:
    """The uploads of the service, by another process and a day later."""
    later = datetime.now(UTC) + timedelta(days=2)
    return Uploads(store, store.database, client.app.state.documents.files, 24 * 3600.0, lambda: later)


async def test_act_15_what_no_event_refers_to_is_swept_and_nothing_else(desk: Desk, uploads: Uploads) -> None:
    client = desk.client
    document = await desk.attach()
    await desk.call("POST", f"/{document}/remove", {"reason": ""})
    own: Uploads = client.app.state.documents.uploads
    left = await own.begin(f"activity-{desk.activity}")

    async def half() -> AsyncIterator[bytes]:
        yield bytes(2_000_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await own.store(left, half())
    refers = client.app.state.documents.refers
    assert await own.sweep(refers) == 0, "an upload that may be under way was removed"
    assert await stored(client) > 2
    assert await uploads.sweep(refers) == 1
    assert await uploads.sweep(refers) == 0
    assert await stored(client) == 2


@pytest.fixture
def sweep_before_commit(desk: Desk, uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment: everything was looked at, nothing is committed."""
    require = Uploads.require

    async def late(self: Uploads, upload: Any) -> None:
        await require(self, upload)
        await uploads.sweep(desk.client.app.state.documents.refers)

    monkeypatch.setattr(Uploads, "require", late)


@pytest.mark.usefixtures("sweep_before_commit")
async def test_act_15_a_sweep_that_comes_before_the_commit_is_noticed_by_it(desk: Desk) -> None:
    answer = await desk.call("POST", "", PDF, name="Offer.pdf")
    assert answer.status_code == 503
    assert (await desk.client.read(desk.activity))["documents"] == []
    assert await stored(desk.client) == 0


@pytest.mark.usefixtures("sweep_before_commit")
async def test_act_15_without_its_guard_a_commit_would_refer_to_bytes_that_are_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: CommitStore, guard: str) -> None:
        """Changes nothing."""

    monkeypatch.setattr(CommitStore, "exclude", broken)
    document = await desk.attach()
    assert (await desk.content(document)).status_code == 404


async def test_act_15_uploads_and_sweeps_at_once_keep_what_is_shown_and_nothing_else(
    desk: Desk, uploads: Uploads
) -> None:
    refers = desk.client.app.state.documents.refers

    async def upload(number: int) -> int:
        return (await desk.call("POST", "", PDF + bytes([number]), name=f"{number}.pdf")).status_code

    statuses, *_ = await asyncio.gather(
        asyncio.gather(*(upload(number) for number in range(24))), *(_sweeping(uploads, refers) for _ in range(2))
    )
    assert set(statuses) <= {201, 503}
    shown = (await desk.client.read(desk.activity))["documents"]
    assert len(shown) == statuses.count(201)
    for document in shown:
        assert (await desk.content(document["id"])).status_code == 200
    await uploads.sweep(refers)
    assert await stored(desk.client) == 2 * len(shown)


async def _sweeping(uploads: Uploads, refers: Any) -> None:
    for _ in range(30):
        await uploads.sweep(refers)


async def test_act_15_a_sweep_that_comes_after_the_commit_leaves_the_bytes(
    desk: Desk, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = desk.client.app.state.documents

    async def never(self: Uploads, upload: Any, *, used: bool) -> None:
        """The process dies before it takes its note away."""

    with monkeypatch.context() as patched:
        patched.setattr(Uploads, "finish", never)
        document = await desk.attach()
    assert await uploads.sweep(documents.refers) == 0
    assert (await desk.content(document)).content == PDF
    assert await desk.client.app.state.store.database["uploads"].count_documents({}) == 0
