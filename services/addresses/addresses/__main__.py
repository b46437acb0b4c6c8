"""`python -m addresses [role …]`."""

from addresses.roles import roles
from addresses.settings import Settings
from dossier.runtime import main

if __name__ == "__main__":
    main(Settings, roles)
