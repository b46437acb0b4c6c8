"""`python -m notifications [role …]`."""

from dossier.runtime import main
from notifications.roles import roles
from notifications.settings import Settings

if __name__ == "__main__":
    main(Settings, roles)
