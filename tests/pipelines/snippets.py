"""Shows every shell snippet of the given pipelines to shellcheck. GitHub's are actionlint's."""

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

# The keys whose texts a shell runs: in GitLab, CodeBuild and Atlantis.
KEYS = {"script", "before_script", "after_script", "commands", "finally", "run"}


def snippets(node, key=None):
    """Every text below one of the keys."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from snippets(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from snippets(value, key)
    elif isinstance(node, str) and key in KEYS:
        yield node


failed = False
for path in sys.argv[1:]:
    found = list(snippets(YAML(typ="safe").load(Path(path))))
    if not found:
        sys.exit(f"{path}: no shell snippet was found")
    for snippet in found:
        checked = subprocess.run(["shellcheck", "--shell=bash", "-"], input=snippet, text=True)
        if checked.returncode != 0:
            print(f"{path}:\n{snippet}", file=sys.stderr)
            failed = True
    print(f"checked: {len(found)} shell snippets of {path}")
sys.exit(failed)
