"""Demo users and groups: the same for the development issuer and for the demo data of the directory."""

from __future__ import annotations

from dataclasses import dataclass

from dossier.auth.groups import ADMINISTRATORS, ASSISTANTS, CONSULTANTS, HR, PARTNERS


@dataclass(frozen=True)
class DemoUser:
    """A user who exists only where development tokens do. `login` is what the issuer is asked for."""

    login: str
    id: str
    name: str
    groups: tuple[str, ...]

    @property
    def email(self) -> str:
        """The address, under a domain that is reserved for examples."""
        return f"{self.login}@dossier.example"


GROUPS = {
    CONSULTANTS: "Consultants",
    PARTNERS: "Partners",
    ASSISTANTS: "Assistants",
    ADMINISTRATORS: "Administrators",
    HR: "Human Resources",
}
"""Group id to name."""

USERS = (
    DemoUser("anna", "01900000-0000-7000-8000-00000000a001", "Anna Keller", (CONSULTANTS,)),
    DemoUser("bruno", "01900000-0000-7000-8000-00000000a002", "Bruno Meier", (CONSULTANTS,)),
    DemoUser("clara", "01900000-0000-7000-8000-00000000a003", "Clara Frei", (CONSULTANTS, PARTNERS, HR)),
    DemoUser("dora", "01900000-0000-7000-8000-00000000a004", "Dora Vogt", (ADMINISTRATORS,)),
    DemoUser("emil", "01900000-0000-7000-8000-00000000a005", "Emil Huber", (ASSISTANTS,)),
)
"""Two consultants, a team leader who sees private data, an administrator, an assistant who only reads."""

BY_LOGIN = {user.login: user for user in USERS}
