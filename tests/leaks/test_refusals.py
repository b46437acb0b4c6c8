"""P11: what one may not see is refused in the same words, and after as many commands to the databases, as nothing."""

from __future__ import annotations

import pytest

from addresses.api.others import Others
from leaks import refusals
from leaks.firm import Firm, Size
from leaks.office import move_in, opened
from leaks.rights import Rights
from leaks.rounds import begun

pytestmark = [pytest.mark.backends, pytest.mark.slow]


async def test_p11_a_hidden_thing_is_refused_as_one_that_there_is_not(
    mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm(3, Size(users=20, groups=5, restricted=20, activities=200))
    async with opened(mongo_url, database_name) as office:
        await move_in(office, firm)
        probes = begun(office, firm, 3)
        rights, reader = probes.rights, probes.reader()
        hidden = [each for each in firm.recorded if not rights.visible(each, reader.tokens)]
        by_engagement = [each for each in hidden if not rights.activities[each].granted_only]
        by_itself = [each for each in hidden if rights.activities[each].granted_only]
        engagements = [
            next(each for each in firm.objects if each.startswith(kind) and is_hidden(rights, each, reader.tokens))
            for kind in ("project-", "phase-", "opportunity-", "invoice-")
        ]
        found = await refusals.everywhere(probes, reader, [*by_engagement[:3], *by_itself[:3]], engagements)
        assert found == []
        monkeypatch.setattr(Others, "sight", _seen)
        told = await refusals.of_folders(probes, reader)
    assert {each.split("/entries/")[1].partition("-")[0] for each in told} == {"activity", "project", "opportunity"}


async def _seen(self: Others, thing: object) -> str:
    """Nobody asks who may see what is put into a folder."""
    return "seen"


def is_hidden(rights: Rights, engagement: str, tokens: set[str]) -> bool:
    known = engagement in rights.known and not rights.belongs_to_nothing_known(engagement)
    return known and not rights.exists(engagement, tokens)
