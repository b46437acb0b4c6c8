"""`python -m engagements [role …]`."""

from dossier.runtime import main
from engagements.roles import roles
from engagements.settings import Settings

if __name__ == "__main__":
    main(Settings, roles)
