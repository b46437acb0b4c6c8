"""The command line: `python -m local_stack …`."""

import argparse
import sys
from collections.abc import Callable

from local_stack import commands as stack
from local_stack import shared_servers
from local_stack.errors import StackError


def main() -> int:
    """Runs one command; what a person can act on is said in one line, without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m local_stack", description="Dossier on one machine")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, words in (
        ("up", stack.up, "start everything, load demo data, say where to look"),
        ("down", stack.down, "stop everything and keep the data"),
        ("status", stack.status, "show every part"),
        ("env", stack.env, "print the variables of a client of the stack"),
        ("clean-data", stack.clean_data, "stop everything and forget the data"),
        ("supervise", stack.supervise, "be the supervisor (what `up` starts)"),
    ):
        commands.add_parser(name, help=words).set_defaults(run=_without_arguments(run))
    test_servers = commands.add_parser("test-servers", help="MongoDB and Kafka shared by all test sessions")
    test_servers.add_argument("action", choices=["start", "stop", "status"])
    test_servers.set_defaults(run=_test_servers)
    arguments: argparse.Namespace = parser.parse_args()
    try:
        arguments.run(arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nInterrupted. What was started goes on: see `make status`, or stop it with `make down`.", file=sys.stderr
        )
        return 130
    return 0


def _without_arguments(run: Callable[[], None]) -> Callable[[argparse.Namespace], None]:
    return lambda _: run()


def _test_servers(arguments: argparse.Namespace) -> None:
    action: str = arguments.action
    if action == "stop":
        shared_servers.stop()
        return
    servers = shared_servers.start(keep=True) if action == "start" else shared_servers.running()
    if servers is None:
        raise StackError("no test servers run")
    print(f"export DOSSIER_TEST_MONGO_URL='{servers.mongo_url}'")
    print(f"export DOSSIER_TEST_KAFKA_BOOTSTRAP='{servers.kafka_bootstrap}'")


if __name__ == "__main__":
    sys.exit(main())
