"""`python -m directory [role …]`."""

from directory.roles import roles
from directory.settings import Settings
from dossier.runtime import main

if __name__ == "__main__":
    main(Settings, roles)
