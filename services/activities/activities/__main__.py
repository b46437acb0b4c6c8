"""`python -m activities [role …]`."""

from activities.roles import roles
from activities.settings import Settings
from dossier.runtime import main

if __name__ == "__main__":
    main(Settings, roles)
