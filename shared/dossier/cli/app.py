"""The commands, by what they are about."""

from __future__ import annotations

from typing import Annotated

import httpx
import typer

from dossier.cli import demo, parked, projections, unpublished
from dossier.cli.connection import HINT, console, fail, run, settings_of
from dossier.cli.verifying import verify_all
from dossier.settings import ServiceSettings
from dossier.topics import TopicSettings, ensure_all

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
app.add_typer(parked.app, name="parked")
app.add_typer(unpublished.app, name="unpublished")
app.add_typer(projections.app, name="projections")
app.add_typer(demo.app, name="demo")


class ClientSettings(ServiceSettings):
    """The settings of somebody who only calls services."""

    service: str = "operator"
    port: int = 0
    mongo_database: str = "none"


@app.command()
def verify(
    projections: Annotated[bool, typer.Option(help="Also compare projections with a fresh rebuild")] = True,
) -> None:
    """Prove store, feed and projections against each other; ends with 1 if anything is wrong."""
    if not run(verify_all(with_projections=projections)):
        raise typer.Exit(1)


@app.command()
def topics() -> None:
    """Make the topics that are missing and correct the settings of those that exist; what others have set stays."""
    settings = settings_of(TopicSettings)  # pyright: ignore[reportArgumentType]  (read from the environment)
    run(ensure_all(settings))
    console.print(f"Topics of [bold]{settings.topic_prefix}[/] are as they should be.")


@app.command()
def token(user: Annotated[str, typer.Argument(help="A demo user: anna, bruno, clara, dora, emil")]) -> None:
    """Print an access token of the development issuer."""
    settings = settings_of(ClientSettings)
    try:
        answer = httpx.get(f"{settings.issuer_url}/dev/token", params={"user": user}, timeout=5)
    except httpx.HTTPError:
        fail(f"The development issuer does not answer at {settings.issuer_url}.\n{HINT}")
    if not answer.is_success:
        fail(f"The development issuer knows no user {user!r}.")
    print(answer.text.strip())
