#!/usr/bin/env python3
"""Writes advisories.txt anew: which versions of the crates in Cargo.lock the RustSec database advises against.

pin.py DATABASE, a git clone of it.
"""

import pathlib
import re
import subprocess
import sys

KEPT = ("id", "package", "date", "withdrawn", "informational", "yanked", "patched", "unaffected", "arch", "os")

database, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
lock = (here / "../../Cargo.lock").read_text()
log = ["git", "-C", database, "log", "-1", "--format=%H of %cs"]
commit = subprocess.run(log, check=True, capture_output=True, text=True).stdout.strip()
pinned = [f"# RustSec, commit {commit}, about the crates of Cargo.lock. Written by pin.py."]
for crate in sorted(set(re.findall(r'^name = "(.*)"$', lock, re.MULTILINE))):
    for file in sorted((database / "crates" / crate).glob("*.md")):
        facts = re.search(r"^```toml\n(.*?)^```$", file.read_text(), re.MULTILINE | re.DOTALL).group(1)
        # A list over several lines becomes one line.
        facts = re.sub(r"\[\n(.*?)\]", lambda it: "[" + " ".join(it.group(1).split()) + "]", facts, flags=re.DOTALL)
        lines = (line for line in facts.splitlines() if re.match(r"\[(advisory|versions|affected)\]", line) or line.split(" =")[0] in KEPT)
        pinned.append("\n".join(lines))
(here / "advisories.txt").write_text("\n\n".join(pinned) + "\n")
