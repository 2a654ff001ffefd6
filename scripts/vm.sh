#!/bin/sh
# npm run vm: brings the build up to date and runs the VM runner.
set -u
self=$(readlink -f -- "$0")
root=${self%/scripts/*}
. "$root/scripts/node.sh"
is_fresh "$root" || "$root/scripts/prepare.sh" --vm || exit 1
node=$(find_node "$root") || exit 1
exec "$node" "$root/dist/bin/vm.js" "$@"
