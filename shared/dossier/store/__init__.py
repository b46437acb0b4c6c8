"""The commit store: the record of everything that happened, in commits per stream."""

from dossier.store.commits import CommitStore as CommitStore
from dossier.store.documents import SHARDS as SHARDS
from dossier.store.documents import recorded_events as recorded_events
from dossier.store.documents import shard_of as shard_of
from dossier.store.errors import ConflictError as ConflictError
from dossier.store.errors import GuardChangedError as GuardChangedError
from dossier.store.errors import KeyReusedError as KeyReusedError
from dossier.store.errors import OutcomeUnknownError as OutcomeUnknownError
from dossier.store.errors import ReservedError as ReservedError
from dossier.store.errors import StoreError as StoreError
from dossier.store.errors import StoreUnavailableError as StoreUnavailableError
from dossier.store.errors import TooLargeError as TooLargeError
from dossier.store.errors import UnencodableError as UnencodableError
from dossier.store.model import Committed as Committed
from dossier.store.model import Guard as Guard
from dossier.store.model import Head as Head
from dossier.store.model import History as History
from dossier.store.model import IdempotencyKey as IdempotencyKey
from dossier.store.model import Metadata as Metadata
from dossier.store.model import NewCommit as NewCommit
from dossier.store.model import Reservation as Reservation
from dossier.store.model import Shared as Shared
from dossier.store.verifying import Report as Report
from dossier.store.verifying import verify as verify
