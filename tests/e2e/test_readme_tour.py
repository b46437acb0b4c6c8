"""What the README tells a newcomer to type works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from e2e.stack import ROOT, Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]
_STEP = re.compile(r"^```sh tour\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> list[str]:
    return _STEP.findall((ROOT / "README.md").read_text())


def test_every_line_of_the_tour_works(stack: Stack, tmp_path: Path) -> None:
    script = tmp_path / "tour.sh"
    script.write_text("set -eu\n" + "\necho\necho =====\n".join(steps()))
    toured = stack.run("bash", str(script), seconds=180)
    assert toured.returncode == 0, toured.stdout + toured.stderr
    assert "curl:" not in toured.stderr
    told = toured.stdout.split("=====\n")
    _, written, page, offered, holding, couple, tasks, handed_in, mails, noted, found, reminded, listed, taken = told
    assert '"commit"' in written
    assert "is a contact of Acme AG" in page
    assert "Asks for an offer" in page
    assert '"name": "Offer.pdf"' in offered
    assert '"version": 2' in offered
    assert "New roof is an opportunity of Acme AG, Muster Eva" in holding
    assert "Acme AG is a subsidiary of Acme Holding AG" in holding
    assert "Muster Eva is one half of Muster Eva, Beispiel Bert" in couple
    assert '"due_on": "2030-06-21"' in tasks
    assert '"due_on": "2030-06-10"' in tasks
    assert '"delivery"' in handed_in
    assert "Our conversation" in mails
    assert "One more thing" in mails
    assert noted.count('"outcome":"recorded"') == noted.count('"outcome":"already-there"') == 1
    assert '"title": "Eva prefers slate"' in noted
    assert '"before": "granted"' in noted
    assert "Thank you for the call." in found
    assert '"title":"Asks for an offer"' in found
    assert reminded.count("Send the offer") == 2
    assert "Ask about the roof" in listed
    assert "BEGIN:VTODO" in listed
    assert "Our offer/Offer.pdf" in taken
    assert "index.html" in taken
