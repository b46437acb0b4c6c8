"""Documents in the storm: up in the storm's midst, small ones and some of several MB, and down again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from dossier.ids import new_id
from faults.cast import USER_IDS, Cast
from faults.client import Clients, File, Paper
from faults.model import Means, joined, left, taken_off, versioned

MEGABYTE = 1 << 20
SLOWLY = 1.2
"""Seconds a large upload takes, so that faults find many of them under way."""


class _LeftAlone(Exception):
    """Whoever sent it is gone."""


class Papers:
    """Who works with documents."""

    def __init__(self, clients: Clients, cast: Cast) -> None:
        self._clients = clients
        self._notes = clients.notes
        self._random = cast.random

    async def work(self) -> None:
        """One thing with one document."""
        if not self._notes.activities:
            return
        steps: list[Any] = [self._attach, self._add_version, self._desk, self._download, self._remove, self._break_off]
        await self._random.choices(steps, (40, 30, 20, 30, 3, 8))[0]()

    async def _attach(self) -> None:
        activity, document = self._random.choice(self._notes.activities[-100:]), new_id()
        path = f"/v1/activities/{activity}/documents?document={document}"
        await self._up("attach", activity, document, path)

    async def _add_version(self) -> None:
        if self._notes.papers:
            paper = self._random.choice(self._notes.papers[-50:])
            path = f"/v1/activities/{paper.activity}/documents/{paper.document}/versions?based_on={paper.number}"
            await self._up("versions", paper.activity, paper.document, path)

    async def _up(self, what: str, activity: str, document: str, path: str) -> None:
        file = self._file()
        means = {f"activity-{activity}": versioned(document, file.sha256)}
        told = await self._clients.send(what, path, file, means=means)
        if told is not None:
            self._notes.papers.append(Paper(activity, document, told["number"], file.sha256))

    async def _desk(self) -> None:
        """Somebody begins or ends to work on a document."""
        if not self._notes.papers:
            return
        paper, login = self._random.choice(self._notes.papers[-50:]), self._random.choice(("anna", "bruno"))
        what, effect = self._random.choice((("check-out", joined), ("check-in", left)))
        path = f"/v1/activities/{paper.activity}/documents/{paper.document}/{what}"
        means: Means = {f"activity-{paper.activity}": effect("working", (paper.document, USER_IDS[login]))}
        await self._clients.send(what, path, means=means, by=login)

    async def _remove(self) -> None:
        if self._notes.papers:
            paper = self._random.choice(self._notes.papers)
            path = f"/v1/activities/{paper.activity}/documents/{paper.document}/remove"
            means = {f"activity-{paper.activity}": taken_off(paper.document)}
            await self._clients.send("remove", path, {"reason": "storm"}, means=means)

    async def _download(self) -> None:
        """What was acknowledged is the same at any moment, if it can be had at this one."""
        if not self._notes.papers:
            return
        paper = self._random.choice(self._notes.papers)
        path = f"/v1/activities/{paper.activity}/documents/{paper.document}/content?version={paper.number}"
        try:
            answer = await self._clients.get("activities", path)
        except httpx.HTTPError:
            return
        if answer.is_success and hashlib.sha256(answer.content).hexdigest() != paper.sha256:
            self._notes.surprises.append(f"{paper} came down with other bytes")

    async def _break_off(self) -> None:
        """An upload whose sender is gone in the middle. Nothing is to be seen of it, then or later."""
        activity = self._random.choice(self._notes.activities[-100:])

        async def half() -> AsyncIterator[bytes]:
            yield self._random.randbytes(2 * MEGABYTE)
            raise _LeftAlone

        try:
            await self._clients.upload(f"/v1/activities/{activity}/documents?document={new_id()}", half())
        except (_LeftAlone, httpx.HTTPError):
            self._notes.broken_off += 1

    def _file(self) -> File:
        if self._random.random() < 0.75:
            return File(self._random.randbytes(self._random.randint(1, 20_000)))
        return File(self._random.randbytes(self._random.randint(2 * MEGABYTE, 5 * MEGABYTE)), seconds=SLOWLY)
