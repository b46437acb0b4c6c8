"""What operators reach of this service."""

from dossier.operated import Operated
from engagements.settings import Settings
from engagements.views.known import Known
from engagements.views.register import Register

OPERATED = Operated(Settings, "engagements", views={Known.name: Known, Register.name: Register})
