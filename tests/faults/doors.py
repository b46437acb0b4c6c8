"""Who may see projects, who is in a team and leads it, who stands in for whom: all of it changes in the storm."""

from __future__ import annotations

from faults.cast import GROUPS_OF_DOORS, READERS, USER_IDS, Cast
from faults.client import Clients
from faults.model import joined, left, put


class Doors:
    """What administrators and owners do about access."""

    def __init__(self, clients: Clients, cast: Cast) -> None:
        self._clients = clients
        self._cast = cast
        self._random = cast.random

    async def restrict(self) -> None:
        """A project is closed to others, or opened."""
        project = self._random.choice(self._cast.projects)
        path, stream = f"/v1/projects/{project}/restriction", f"project-{project}"
        if self._random.random() < 0.5:
            means = {stream: put(restricted_to=None)}
            await self._clients.send("open", path, means=means, by="clara", service="engagements", method="DELETE")
            return
        users = [USER_IDS[login] for login in READERS if login == "clara" or self._random.random() < 0.6]
        groups = [group for group in GROUPS_OF_DOORS if self._random.random() < 0.3]
        to = frozenset((*(f"user:{user}" for user in users), *(f"group:{group}" for group in groups)))
        body, means = {"users": users, "groups": groups}, {stream: put(restricted_to=to)}
        await self._clients.send("restrict", path, body, means=means, by="clara", service="engagements", method="PUT")

    async def regroup(self) -> None:
        """Somebody joins or leaves a team, comes to lead it or leads it no longer."""
        team, user = self._random.choice(self._cast.teams), USER_IDS[self._random.choice(READERS)]
        role, there = self._random.choice(("members", "leaders")), self._random.random() < 0.6
        means = {f"group-{team}": joined(role, user) if there else left(role, user)}
        await self._admit(f"/v1/groups/{team}/{role}/{user}", means, role, there=there)

    async def stand_in(self) -> None:
        """Somebody stands in for another user, or no longer."""
        user, deputy = (USER_IDS[login] for login in self._random.sample(READERS, 2))
        there = self._random.random() < 0.5
        means = {f"user-{user}": joined("deputies", deputy) if there else left("deputies", deputy)}
        await self._admit(f"/v1/users/{user}/deputies/{deputy}", means, "deputies", there=there)

    async def _admit(self, path: str, means: dict[str, object], what: str, *, there: bool) -> None:
        method = "PUT" if there else "DELETE"
        await self._clients.send(what, path, means=means, by="dora", service="directory", method=method)
