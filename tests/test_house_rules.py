"""House rules that tools can hold: short functions and files, public things that say what they mean, pure domains."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for pattern in ("shared/dossier/**/*.py", "services/*/*/**/*.py", "deploy/local/local_stack/**/*.py")
    for path in ROOT.glob(pattern)
    if "/tests/" not in str(path)
)
DOMAINS = [path for path in SOURCES if "domain" in path.parts[:-1]]
PURE = ("dossier.contracts", "dossier.folding")
FUNCTION_LINES = 40
FILE_LINES = 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_file_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    broken = [f"{path.name}: {len(text.splitlines())} lines"] if len(text.splitlines()) > FILE_LINES else []
    broken += [f"{name}: {lines} lines" for name, lines in _functions(tree) if lines > FUNCTION_LINES]
    broken += [f"{name}: no docstring" for name in _public_without_word(tree)]
    assert broken == []


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_domain_imports_nothing_but_contracts_and_the_standard_library(path: Path) -> None:
    own = f"{path.relative_to(ROOT).parts[2]}.domain"
    pure = (*PURE, own, *sys.stdlib_module_names)
    foreign = [name for name in _imported(ast.parse(path.read_text())) if not _is_below(name, pure)]
    assert foreign == []


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _public_without_word(tree: ast.Module) -> Iterator[str]:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if tree.body and ast.get_docstring(tree) is None:
        yield "module"
    for node in tree.body:
        if isinstance(node, definitions) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (
                    f"{node.name}.{member.name}"
                    for member in node.body
                    if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and not member.name.startswith(("_", "test_"))
                    and ast.get_docstring(member) is None
                    and not any(isinstance(d, ast.Name) and d.id == "override" for d in member.decorator_list)
                )
