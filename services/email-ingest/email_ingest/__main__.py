"""`python -m email_ingest [role …]`."""

from dossier.runtime import main
from email_ingest.roles import roles
from email_ingest.settings import Settings

if __name__ == "__main__":
    main(Settings, roles)
