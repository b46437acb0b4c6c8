"""What operators reach of this service."""

from dossier.operated import Operated
from notifications.settings import Settings
from notifications.views.known import KnownView

# The own view without the planning of timers: whoever verifies it plans nothing.
OPERATED = Operated(Settings, "notifications", views={KnownView.name: KnownView})
