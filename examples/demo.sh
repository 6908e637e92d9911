#!/usr/bin/env bash
# The main job, with no account: a folder goes up to B2 over HTTP and comes back the same.
#
#   examples/demo.sh [FOLDER]
#
# Everything happens in a fresh temporary folder; the simulator of the service runs inside `b2`.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
source_folder=${1:-$here/b2-proto}

# Whoever only looks need not wait for a whole-program build.
export CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=4
cargo build --quiet --release --locked --manifest-path "$here/Cargo.toml" -p b2
target=${CARGO_TARGET_DIR:-$here/target}
b2=$target/release/b2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() {
    echo
    echo "\$ b2 --sim DIR $*"
    "$b2" --sim "$work/service" "$@"
}

run bucket create demo-bucket allPrivate
run sync "$source_folder" b2://demo-bucket
run ls --recursive --long b2://demo-bucket
run sync b2://demo-bucket "$work/copy"

echo
echo "\$ diff -r FOLDER COPY"
diff -r "$source_folder" "$work/copy"
bytes=$(find "$work/copy" -type f -exec cat {} + | wc -c)
echo "The copy is the same: $(find "$work/copy" -type f | wc -l) files, $((bytes)) bytes."
