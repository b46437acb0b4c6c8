#!/usr/bin/env bash
# Compiles every hashed requirements file: one for the whole checkout; under it one to build
# packages with, one per service image and one for that of the operator.
# No header (it would repeat paths) and no index flags, so that no address gets into a committed file.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
own=(--no-emit-package dossier --no-emit-package dossier-local-stack)
for service in "$@"; do own+=(--no-emit-package "dossier-$service"); done
flags=(--quiet --python-version 3.11 --generate-hashes --no-header --no-annotate "${own[@]}")

"$uv" pip compile "${flags[@]}" requirements/dev.in shared/pyproject.toml --extra cli \
  services/*/pyproject.toml deploy/local/pyproject.toml -o requirements/dev.txt
"$uv" pip compile "${flags[@]}" --constraint requirements/dev.txt requirements/build.in -o requirements/build.txt
"$uv" pip compile "${flags[@]}" --constraint requirements/dev.txt shared/pyproject.toml --extra cli \
  services/*/pyproject.toml -o deploy/operator/requirements.txt
for service in "$@"; do
  "$uv" pip compile "${flags[@]}" --constraint requirements/dev.txt shared/pyproject.toml \
    "services/$service/pyproject.toml" -o "services/$service/requirements.txt"
done
