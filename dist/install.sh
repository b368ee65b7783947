#!/bin/sh
# Puts the plugin where `terraform init` and `tofu init` look without any configuration, and the command into BIN.
#
#   dist/install.sh VERSION PLATFORM BUILT PLUGINS BIN
#
# BUILT is the folder of the built programs. The plugins folder is the user's own: one beside a configuration is not found
# by `tofu -chdir`.
set -eu

version=$1 platform=$2 built=$3 plugins=$4 bin=$5
name=terraform-provider-ecslive

echo "Installed ecslive $version:"
# A short source address means another registry to each of them.
for host in registry.terraform.io registry.opentofu.org; do
    folder="$plugins/$host/ecslive/ecslive/$version/$platform"
    mkdir -p "$folder"
    install -m 755 "$built/$name" "$folder/${name}_v$version"
    echo "  $folder/${name}_v$version"
done
mkdir -p "$bin"
install -m 755 "$built/ecslive" "$bin/ecslive"
echo "  $bin/ecslive"

case ":$PATH:" in
*":$bin:"*) ;;
*) printf '\n%s is not on PATH. To call ecslive by its name:\n  export PATH="%s:$PATH"\n' "$bin" "$bin" ;;
esac

cat <<END

Put this into a configuration, then run \`terraform init\` or \`tofu init\`:

  terraform {
    required_providers {
      ecslive = {
        source  = "ecslive/ecslive"
        version = "~> $version"
      }
    }
  }

Every build has a checksum of its own. Where .terraform.lock.hcl holds that of another build of $version, \`init\` stops at
"doesn't match any of the checksums", with -upgrade too. Delete the block \`provider "…/ecslive/ecslive"\` from that file,
then run \`init\` again.
END
