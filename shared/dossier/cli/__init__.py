"""The operator's command line: `dossier --help`.

It is configured by the same variables as the services; beside a local stack, `eval "$(python -m local_stack env)"`.
"""

from dossier.cli.app import app as app
