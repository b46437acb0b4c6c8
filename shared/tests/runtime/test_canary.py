"""Personal data is fed through every handler of a running service, errors included; none of it is ever logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CANARIES = {
    "name": "Zebulon Quagmire",
    "mail": "zebulon.quagmire@canary.example",
    "phone": "+41 79 555 01 23",
    "street": "Canary Wharf Lane 99",
}
TEXT = " / ".join(CANARIES.values())


def test_no_canary_reaches_the_output(run: Callable[..., Any], issuer: tuple[str, str]) -> None:
    url, token = issuer
    sample = run(issuer_url=url).ready()
    headers = {"Authorization": f"Bearer {token}"}

    def send(method: str, path: str, **more: Any) -> int:
        own = headers | more.pop("headers", {})
        return sample.http.request(method, path, headers=own, **more).status_code

    made = sample.http.post("/groups", json={"name": TEXT}, headers=headers)
    assert made.status_code == 201, made.text
    path = f"/groups/{made.json()['id']}/name"
    answers = [
        send("PUT", path, json={"name": CANARIES["name"]}),
        send("PUT", path, json={"name": TEXT}, headers={"If-Match": '"1"'}),
        send("PUT", path, json={"name": "nothing"}),
        send("POST", "/groups", json={"name": TEXT * 20, CANARIES["name"]: TEXT}),
        send("POST", "/groups", content=TEXT.encode(), headers={"Content-Type": "application/json"}),
        send("POST", "/groups", json={"name": "A"}, headers={"Idempotency-Key": CANARIES["name"]}),
        send("GET", "/groups", params={"below": TEXT, "cursor": TEXT}),
        send("GET", f"/{CANARIES['name']}", params={"q": TEXT}),
        send("GET", "/groups", headers={"Authorization": f"Bearer {token[:-8]}AAAAAAAA"}),
        send("GET", "/groups", headers={"Correlation-Id": CANARIES["mail"], "traceparent": CANARIES["mail"]}),
        *(send("POST", f"/odd/break/{what}", json={"name": TEXT}) for what in ("x", "model", "database")),
        send("POST", f"/odd/break/{CANARIES['name']}", json={"name": TEXT}),
    ]
    assert answers == [200, 409, 422, 422, 400, 400, 422, 404, 401, 200, 500, 500, 503, 500]
    assert sample.stop()[0] == 0

    output = sample.out.read_text()
    assert len(sample.logged("http.request")) == len(answers) + 1
    assert len(sample.logged("http.failed")) == 3
    assert len(sample.logged("sample.breaking")) == 4
    private = [*CANARIES.values(), "Zebulon", "Quagmire", "canary.example", "555 01", token, token[-20:]]
    assert [canary for canary in private if canary in output] == []
