"""Writes which test shows which rule: `python tests/contract/rules.py docs/rules.md` (by `make docs`).

A test shows the rules whose ids its name begins with or holds: `test_com_01_02_05_…` shows COM-01, COM-02 and COM-05.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".toml")
FOLDERS = ("services", "shared", "tests")
_HEAD = """# Rules and the tests that show them

Made by `make docs` from the names of the tests and from `tests/contract/rules.toml`. A rule without a test says why.

| rule | in short | shown by |
|---|---|---|
"""


def table() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Titles of all rules, and the reasons of those not done."""
    read = tomllib.loads(TABLE.read_text())
    return read["titles"], read["not_done"]


def shown() -> dict[str, list[str]]:
    """The tests by the rules that their names carry."""
    kinds = "|".join(sorted({rule[:3].lower() for rule in table()[0]}))
    ids = re.compile(rf"(?:^|_)({kinds})((?:_(?:and_)?\d\d)+)(?=_|$)")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for place, name in _tests():
        for kind, numbers in ids.findall(name):
            for number in re.findall(r"\d\d", numbers):
                found[f"{kind.upper()}-{number}"].append(f"{place} {name}")
    return found


def rendered() -> str:
    """The exact text that is committed."""
    titles, not_done = table()
    tests = shown()
    lines = [f"| {rule} | {title} | {_cell(tests.get(rule), not_done.get(rule))} |" for rule, title in titles.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _cell(tests: list[str] | None, reason: str | None) -> str:
    if tests:
        by_place: defaultdict[str, list[str]] = defaultdict(list)
        for place, name in (test.split(" ") for test in sorted(set(tests))):
            by_place[place].append(f"`{name}`")
        return "<br>".join(f"{place}: {', '.join(names)}" for place, names in by_place.items())
    return f"not done: {reason}" if reason else "**missing**"


def _tests() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                    yield str(path.relative_to(ROOT)), node.name.removeprefix("test_")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rendered())
