"""The contract between the services: event types, their registry, and the recorded envelope."""

from dossier.contracts import activities as activities
from dossier.contracts import activity_types as activity_types
from dossier.contracts import addresses as addresses
from dossier.contracts import attachments as attachments
from dossier.contracts import directory as directory
from dossier.contracts import emails as emails
from dossier.contracts import engagements as engagements
from dossier.contracts import notifications as notifications
from dossier.contracts import tasks as tasks
from dossier.contracts.base import EVENTS as EVENTS
from dossier.contracts.base import REDACTED as REDACTED
from dossier.contracts.base import Event as Event
from dossier.contracts.base import Id as Id
from dossier.contracts.base import Personal as Personal
from dossier.contracts.base import Value as Value
from dossier.contracts.codec import UndecodableEvent as UndecodableEvent
from dossier.contracts.codec import UnknownEvent as UnknownEvent
from dossier.contracts.codec import decode as decode
from dossier.contracts.codec import decode_fields as decode_fields
from dossier.contracts.codec import encode as encode
from dossier.contracts.common import AddressRef as AddressRef
from dossier.contracts.common import Grant as Grant
from dossier.contracts.common import Reference as Reference
from dossier.contracts.recorded import RecordedEvent as RecordedEvent
