"""Demo data: a believable consultancy, written through the public interfaces only."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Annotated

import httpx
import typer
from pydantic import Field
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from dossier.cli.connection import HINT, connected, console, fail, run, service_named, settings_of
from dossier.demo.basis import Size
from dossier.demo.bulk import CONTACTS, Bulk, BulkRefusedError, write
from dossier.demo.load import Demo, DemoRefusedError
from dossier.demo.page import first_page, work_list
from dossier.demo.plan import Plan
from dossier.settings import ServiceSettings
from dossier.store import CommitStore

app = typer.Typer(no_args_is_help=True, help=__doc__)


class DemoSettings(ServiceSettings):
    """Where the demo is loaded into."""

    service: str = "demo"
    port: int = 0
    mongo_database: str = "none"
    lmtp_host: str = Field(default="127.0.0.1", description="Where the mail gateway takes mails (LMTP)")
    lmtp_port: int = Field(default=8124, description="On which port")


@app.command()
def load(
    seed: Annotated[int, typer.Option(help="The same seed makes the same data")] = 1,
    activities: Annotated[int, typer.Option(min=1, max=250_000)] = 3000,
    mails: Annotated[int, typer.Option(min=0, help="How many of the two hundred sample mails are delivered")] = 200,
    today: Annotated[str, typer.Option(help="The day the data is centred on")] = date.today().isoformat(),  # noqa: DTZ011
) -> None:
    """Load the demo. A second time does nothing."""
    settings = settings_of(DemoSettings)
    plan = Plan(seed, date.fromisoformat(today), Size(activities=activities, mails=mails))
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal or "CI" in os.environ) as bar:
        task = bar.add_task("demo data", total=None)
        demo = Demo(
            plan,
            settings,
            (settings.lmtp_host, settings.lmtp_port),
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
        try:
            loaded = run(demo.load())
        except (DemoRefusedError, httpx.HTTPError, OSError) as error:
            fail(f"The demo could not be loaded: {type(error).__name__} {error}\n{HINT}")
    console.print("Demo data loaded." if loaded else "The demo data is there already.")


@app.command()
def show(seed: Annotated[int, typer.Option(help="The seed the demo was loaded with")] = 1) -> None:
    """Print the history of a company and a work list as everybody gets them, through the query API."""
    settings, plan = settings_of(DemoSettings), Plan(seed, date.today())  # noqa: DTZ011 (companies do not depend on the day)
    url = f"{settings.histories_url}/v1/companies/{plan.shown}/history"
    try:
        page = run(first_page(settings, url, plan.last_activity))
        items = run(work_list(settings, f"{settings.histories_url}/v1/work-lists/mine"))
    except httpx.HTTPError as error:
        fail(f"The history cannot be read: {type(error).__name__} {error}\n{HINT}")
    table = Table(
        "day", "kind", "title", "why it is here", title=f"History of {page['of']['name']}", title_justify="left"
    )
    for row in page["items"]:
        table.add_row(row["occurred_on"], row["kind"], row["title"], row["why"][0]["says"])
    console.print(table)
    console.print(f"From {url}", soft_wrap=True)
    todo = Table("day", "", "title", "with", title="What Anna has to do", title_justify="left")
    for item in items:
        address = item["primary_address"]
        todo.add_row(item["on"] or "–", item["section"], item["title"], (address["name"] or "") if address else "")
    console.print(todo)


@app.command()
def bulk(
    activities: Annotated[int, typer.Option(min=1, max=250_000)] = 250_000,
    seed: Annotated[int, typer.Option(help="Another seed, another company")] = 1,
) -> None:
    """Write very many activities of one company straight into the stores, for measurements. Repeating adds nothing."""
    settings = settings_of(DemoSettings)
    work = Bulk(seed, date.today(), activities)  # noqa: DTZ011
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("commits", total=activities + CONTACTS + 1)
        try:
            new = run(_bulk(work, lambda count: bar.advance(task, count)))
        except BulkRefusedError as error:
            fail(str(error))
    console.print(f"{new} new commits. {settings.histories_url}/v1/companies/{work.company}/history", soft_wrap=True)


async def _bulk(work: Bulk, written: Callable[[int], None]) -> int:
    new = 0
    for context, events in (("addresses", work.addresses()), ("activities", work.entries())):
        async with connected(service_named(context)) as service:
            new += await write(CommitStore(service.mongo, service.database, context), events, written)
    return new
