"""Settings that name a file: it has to be there when a process starts, not only when it is first needed."""

from __future__ import annotations

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
