"""The connections by which services call each other."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from dossier.http.client import _trusted, plain_client
from dossier.service import Service
from dossier.settings import faults_of
from dossier.testing.certificates import Authority
from dossier.testing.sample import SampleSettings

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with plain_client() as http:
        yield http


def saying(*answers: bytes) -> Answer:
    """A server that answers the requests on a connection with these, one after the other, and then hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(one)
            await writer.drain()
        writer.close()

    return answer


async def serve(answer: Answer) -> tuple[asyncio.Server, str]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 \xff\xfe\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"SSH-2.0-nothing\r\n"],
    ids=["hangs-up", "malformed", "half", "another-protocol"],
)
async def test_whatever_goes_wrong_on_the_way_is_a_transport_error(http: httpx.AsyncClient, answer: bytes) -> None:
    server, url = await serve(saying(answer))
    async with server:
        with pytest.raises(httpx.TransportError):
            await http.post(url, content=b"x")


async def test_nobody_there_is_a_connect_error(http: httpx.AsyncClient) -> None:
    server, url = await serve(saying())
    server.close()
    await server.wait_closed()
    with pytest.raises(httpx.TransportError):
        await http.get(url)


async def test_a_service_that_does_not_answer_is_a_timeout(http: httpx.AsyncClient) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server, url = await serve(silent)
    async with server:
        with pytest.raises(httpx.TimeoutException):
            await http.get(url, timeout=0.05)


async def test_the_firm_s_own_authority_is_trusted_beside_the_public_ones(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("server")
    spoken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    spoken.load_cert_chain(certificate, key)
    answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=spoken)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        async with plain_client() as strangers:
            with pytest.raises(httpx.TransportError):
                await strangers.get(url)
        settings = SampleSettings(environment="test", port=0, ca_file=str(authority.file))
        async with Service(settings) as service:
            assert (await service.http.get(url, auth=httpx.Auth())).text == "1"
            assert (await service._plain.get(url)).text == "1"
    publicly, here = (_trusted(file).cert_store_stats()["x509_ca"] for file in ("", str(authority.file)))
    assert here == publicly + 1 > 100


def test_an_authority_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        SampleSettings(environment="test", ca_file="/not/there")
    assert faults_of(refused.value) == "DOSSIER_CA_FILE: names no file"


async def test_a_connection_is_used_again(http: httpx.AsyncClient) -> None:
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + text for text in (b"1", b"2")]
    server, url = await serve(saying(*answers))
    async with server:  # another connection would hear the first answer again
        assert [(await http.get(url)).text for _ in answers] == ["1", "2"]
