"""What a large mail takes of the process that takes and files it: a few times its size, and nothing afterwards."""

from __future__ import annotations

import asyncio
import base64
import os
import smtplib
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path

import pytest

from dossier.mongo import Mongo
from dossier.testing.memory import extra_memory, resident
from mail.world import until

pytestmark = [pytest.mark.backends, pytest.mark.slow]

MB = 1 << 20
SIZE = 12 * MB
HEAD = (
    b"From: eva@kunde.example\r\nSubject: Pl\xc3\xa4ne\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: application/octet-stream; name=plan.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)
GATEWAY = Path(__file__).with_name("gateway_process.py")


def deliver(port: int, mail: bytes, recipients: int) -> None:
    door = smtplib.LMTP("127.0.0.1", port)
    assert door.sendmail("eva@kunde.example", [f"{n}@dossier.example" for n in range(recipients)], mail) == {}
    door.quit()  # the library hears one answer of several; the others are this one's


async def test_a_large_mail_to_several_takes_little_of_the_gateway_and_all_of_it_is_given_back(
    mongo_url: str, database_name: str
) -> None:
    mail = HEAD + base64.encodebytes(os.urandom(SIZE * 3 // 4)).replace(b"\n", b"\r\n")
    process = await create_subprocess_exec(sys.executable, str(GATEWAY), mongo_url, database_name, stdout=PIPE)
    mongo = Mongo(mongo_url)
    deliveries = mongo.database(database_name)["deliveries"]

    async def all_filed() -> bool:
        return await deliveries.count_documents({"open": True}) == 0

    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        await asyncio.to_thread(deliver, port, b"Subject: small\r\n\r\nfirst", 1)
        before = resident(process.pid)
        with extra_memory(process.pid, 60 * MB):
            await asyncio.to_thread(deliver, port, mail, 3)
            await until(all_filed)
        assert resident(process.pid) - before < 20 * MB
    finally:
        process.kill()
        await process.wait()
        await mongo.close()
