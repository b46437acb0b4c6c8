"""What operators reach of this service."""

from dossier.operated import Operated
from email_ingest.settings import Settings
from email_ingest.views.correspondents import CorrespondentsView

OPERATED = Operated(
    Settings,
    "emails",
    views={CorrespondentsView.name: CorrespondentsView},
    incomparable={CorrespondentsView.name: "it also marks what the late linker has not looked at yet"},
)
