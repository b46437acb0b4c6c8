"""Stored files: bytes of any size beside the events that refer to them.

GridFS of the service's own database by default, or a bucket of an S3-compatible store (`FileSettings`). Either way a
file is there whole or not at all, is never changed, and costs the process a part of it at a time. Whoever stores files
that events refer to takes `Uploads`, which also takes back what no event came to refer to.
"""

from dossier.files.model import MissingFileError as MissingFileError
from dossier.files.model import StoredFiles as StoredFiles
from dossier.files.opening import stored_files as stored_files
from dossier.files.settings import FileSettings as FileSettings
from dossier.files.uploads import Upload as Upload
from dossier.files.uploads import Uploads as Uploads
