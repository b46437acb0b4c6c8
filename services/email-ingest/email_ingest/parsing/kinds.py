"""Whether a human wrote the mail. Nothing is refused for being automatic; it gets a kind."""

from __future__ import annotations

import re

from email_ingest.parsing.raw import Headers

_DAEMON = re.compile(
    r"^(?:mailer-daemon|post_?master|mail-daemon|mail\.delivery\.system|mdaemon|bounces?|bounce[-+].*)@", re.IGNORECASE
)
_NO_REPLY = re.compile(r"^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply)@", re.IGNORECASE)
_BOUNCE_SUBJECT = re.compile(
    r"^\W*(?:undeliver|delivery (?:status|failure|report|notification|has failed)|mail delivery|"
    r"returned mail|failure notice|unzustellbar|mail system error|nondeliverable|message undeliverable|"
    r"warning: (?:could not send|message))",
    re.IGNORECASE,
)
_REPORTS = {"delivery-status": "bounce", "disposition-notification": "read_receipt", "feedback-report": "feedback"}


def kind_of(headers: Headers, media_types: set[str], sender: str) -> str:
    """One of the kinds of the contract, by signals from strong to weak."""
    reported = _report(headers, media_types)
    if reported:
        return reported
    if headers.text("x-failed-recipients") or _DAEMON.match(sender):
        return "bounce"
    senderless = not sender or headers.first("return-path").strip() == b"<>"
    if senderless and _BOUNCE_SUBJECT.match(headers.text("subject")):
        return "bounce"
    automatic = headers.text("auto-submitted").split(";")[0].strip().lower()
    if automatic and automatic != "no":
        return "auto_reply" if automatic.startswith("auto-replied") else "auto_generated"
    if any(headers.text(name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply")):
        return "auto_reply"
    if headers.text("precedence").strip().lower() in ("auto_reply", "auto-reply"):
        return "auto_reply"
    if _is_bulk(headers):
        return "bulk"
    if "text/calendar" in media_types:
        return "calendar"
    return "auto_generated" if _NO_REPLY.match(sender) else "human"


def _report(headers: Headers, media_types: set[str]) -> str:
    content_type = headers.text("content-type").lower()
    for name, kind in _REPORTS.items():
        if f"report-type={name}" in content_type.replace('"', "").replace(" ", "") or f"message/{name}" in media_types:
            return kind
    return ""


def _is_bulk(headers: Headers) -> bool:
    listed = any(headers.text(name) for name in ("list-id", "list-unsubscribe", "feedback-id"))
    return listed or headers.text("precedence").strip().lower() in ("bulk", "junk", "list")
