"""`python -m histories [role …]`."""

from dossier.runtime import main
from histories.roles import roles
from histories.settings import Settings

if __name__ == "__main__":
    main(Settings, roles)
