"""Where it is said what a stored file says: the id that the services share, so that none has to ask another for it."""

from __future__ import annotations

from dossier.ids import derived_id, stream_id

CONTENTS = "contents"
"""The kind of stream that says what reading a stored file came to."""


def contents_id(stored_object: str) -> str:
    """The id under which the contents of a stored file are kept; of the same file always the same."""
    return derived_id(CONTENTS, stored_object)


def contents_stream(stored_object: str) -> str:
    """The stream of the contents of a stored file."""
    return stream_id(CONTENTS, contents_id(stored_object))
