"""What operators reach of this service."""

from collections.abc import Sequence

from dossier.operated import Operated
from dossier.projections.model import FanOut, Span
from notifications.settings import Settings
from notifications.views.known import KnownView
from notifications.views.reminders import ReminderProjection


class FoldedReminders(ReminderProjection):
    """The own view as operators verify it: its documents and watermarks, without planning any timers."""

    def __init__(self) -> None:
        pass

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Fold only."""
        return await KnownView.apply(self, spans)


OPERATED = Operated(Settings, "notifications", views={FoldedReminders.name: FoldedReminders})
