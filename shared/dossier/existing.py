"""Settings that name a file: it has to be there when a process starts, not only when it is first needed."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _existing(path: str) -> str:
    if path and not Path(path).is_file():
        raise PydanticCustomError("file", "names no file")
    return path


ExistingFile = Annotated[str, AfterValidator(_existing)]
"""The path of a file, or empty."""


def holds_authorities(path: str) -> bool:
    """Whether the file can be read and holds certificates that may be trusted."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # of which an error of TLS is one
        return False
    return True


def _of_authorities(path: str) -> str:
    if path and not holds_authorities(path):
        raise PydanticCustomError("authorities", "holds no certificates in PEM")
    return path


AuthorityFile = Annotated[ExistingFile, AfterValidator(_of_authorities)]
"""The path of a PEM file with the certificates of authorities, or empty."""
