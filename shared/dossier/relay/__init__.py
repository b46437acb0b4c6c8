"""The relay: every commit of a service's store reaches its Kafka topic, in order within its stream, at least once."""

from dossier.relay.aside import AsideStream as AsideStream
from dossier.relay.aside import SetAside as SetAside
from dossier.relay.leases import Leases as Leases
from dossier.relay.outbox import Lag as Lag
from dossier.relay.relay import Relay as Relay
