"""What operators reach of this service."""

from activities.settings import Settings
from activities.views.world import WorldView
from dossier.operated import Operated

OPERATED = Operated(Settings, "activities", views={WorldView.name: WorldView})
