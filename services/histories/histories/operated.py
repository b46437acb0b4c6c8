"""What operators reach of this service."""

from dossier.operated import Operated
from histories.settings import Settings
from histories.views.projection import Histories
from histories.views.texts import Texts

OPERATED = Operated(Settings, None, {Histories.name: Histories}, {Texts.name: Texts})
