"""Understanding a raw mail: everything here runs in a disposable child process (see `child`)."""

from email_ingest.parsing.model import ParsedMail as ParsedMail
