"""The directory is fed from a file, as often as one likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from directory.loading import UnusableFile, load_directory, read_file
from directory.roles import roles
from directory.settings import Settings
from dossier.auth.principals import directory_id
from dossier.testing.services import ServiceUnderTest, running

EVA, PARTNERS = directory_id("user", "eva"), directory_id("group", "partners")
CONTENT = {
    "users": [{"id": "eva", "name": "Eva Muster"}, {"id": "max", "name": "Max Meier", "is_active": False}],
    "groups": [{"id": "partners", "name": "Partners", "members": ["eva"]}],
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "directory.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.backends
async def test_a_file_makes_users_and_groups_what_it_says_and_again_changes_nothing(
    directory: ServiceUnderTest, tmp_path: Path
) -> None:
    path = written(tmp_path, CONTENT)
    assert await load_directory(directory.store, read_file(path)) == 3
    assert await load_directory(directory.store, read_file(path)) == 0
    assert (await directory.call("GET", f"/v1/groups/{PARTNERS}", expect=200)).json()["members"] == [EVA]
    changed = {"users": [{"id": "eva", "name": "Eva Huber"}], "groups": [{"id": PARTNERS, "name": "Partners"}]}
    assert await load_directory(directory.store, read_file(written(tmp_path, changed))) == 2
    assert (await directory.call("GET", f"/v1/groups/{PARTNERS}", expect=200)).json()["members"] == []
    assert (await directory.call("GET", f"/v1/users/{EVA}", expect=200)).json()["name"] == "Eva Huber"


@pytest.mark.backends
async def test_a_group_has_more_members_than_fit_into_a_commit(directory: ServiceUnderTest, tmp_path: Path) -> None:
    names = [f"user{number}" for number in range(150)]
    users = [{"id": name, "name": name} for name in names]
    content = {"users": users, "groups": [{"id": "partners", "name": "Partners", "members": names}]}
    assert await load_directory(directory.store, read_file(written(tmp_path, content))) == 151
    assert await load_directory(directory.store, read_file(tmp_path / "directory.json")) == 0
    found = (await directory.call("GET", f"/v1/groups/{PARTNERS}", expect=200)).json()
    assert found["members"] == [directory_id("user", name) for name in names]


@pytest.mark.backends
async def test_a_group_with_an_unknown_member_is_refused_before_anything_is_written(
    directory: ServiceUnderTest, tmp_path: Path
) -> None:
    content = {**CONTENT, "groups": [{"id": "partners", "name": "Partners", "members": ["nobody"]}]}
    with pytest.raises(UnusableFile):
        await load_directory(directory.store, read_file(written(tmp_path, content)))
    assert await directory.store.commits.count_documents({}) == 0


@pytest.mark.backends
async def test_the_file_of_the_settings_is_read_at_the_start(
    mongo_url: str, database_name: str, tmp_path: Path
) -> None:
    path = written(tmp_path, CONTENT)
    for _ in range(2):
        async with running(Settings, roles, mongo_url, database_name, directory_file=path) as service:
            assert (await service.call("GET", f"/v1/users/{EVA}", expect=200)).json()["name"] == "Eva Muster"
            assert await service.store.commits.count_documents({}) == 3


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ([], "directory.json"),
        ({"people": []}, "people"),
        ({"users": [{"id": "eva"}]}, "users.0.name"),
        ({"users": [{"id": "eva", "name": "Eva", "email": "secret"}]}, "users.0.email"),
    ],
)
def test_an_unusable_file_is_refused_with_the_place_and_without_values(
    tmp_path: Path, content: Any, place: str
) -> None:
    with pytest.raises(UnusableFile) as refusal:
        read_file(written(tmp_path, content))
    assert place in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_settings_with_an_unusable_file_are_refused_with_a_clear_word(tmp_path: Path) -> None:
    for path, word in ((tmp_path / "none.json", "No such file"), (written(tmp_path, {"people": []}), "people")):
        with pytest.raises(ValidationError, match=word):
            Settings(directory_file=path)
