"""What operators reach of this service."""

from directory.settings import Settings
from dossier.operated import Operated

OPERATED = Operated(Settings, "directory")
