#!/bin/sh
# Lints what runs in CI and what is there to be copied into somebody's: workflows, pipelines and shell scripts.
#
#   tests/pipelines/lint.sh
#
# actionlint, zizmor, check-jsonschema and shellcheck come from PyPI, checked by hash. Where they cannot be had, a line says what
# was not run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
tools=.tools/pipelines

if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
    rm -rf "$tools"
    if ! { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --only-binary=:all: --requirement "$here/requirements.txt"; }; then
        rm -rf "$tools"
        echo "NOT RUN: actionlint, zizmor, check-jsonschema and shellcheck could not be installed, so no workflow and no pipeline" \
            "was linted" >&2
        exit 0
    fi
    cp "$here/requirements.txt" "$tools/"
fi
PATH=$PWD/$tools/bin:$PATH

set -- .github/workflows/*.yml examples/pipelines/github-actions.yml examples/complete/*/deploy/github-actions.yml
actionlint -shellcheck shellcheck -pyflakes '' "$@"
zizmor --offline --no-progress --quiet "$@"
echo "linted: $*"

check-jsonschema --quiet --builtin-schema vendor.gitlab-ci examples/pipelines/gitlab-ci.yml
check-jsonschema --quiet --schemafile "$here/buildspec.schema.json" examples/pipelines/codebuild-*.yml
check-jsonschema --quiet --schemafile "$here/atlantis.schema.json" examples/pipelines/atlantis.yaml
python "$here/snippets.py" examples/pipelines/gitlab-ci.yml examples/pipelines/codebuild-*.yml examples/pipelines/atlantis.yaml
shellcheck --severity=warning dist/install.sh tests/*/*.sh examples/complete/*/deploy/*.sh
