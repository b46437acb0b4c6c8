"""The feed: a service's store, readable by other services. The store is the record, topics are delivery."""

from dossier.feed.client import Batch as Batch
from dossier.feed.client import FeedClient as FeedClient
from dossier.feed.client import FeedError as FeedError
from dossier.feed.client import FeedUnavailable as FeedUnavailable
from dossier.feed.router import feed_router as feed_router
