#!/bin/sh
# prepare.sh [--bin | --vm | --packages]
# Brings node_modules/ and dist/bin/ up to date (or the VM runner alone, or the packages alone): npm ci and the build,
# each only when needed, one process at a time, and always as the owner of the checkout, so that root leaves no files behind that a later build cannot replace.
set -u
self=$(readlink -f -- "$0")
root=${self%/scripts/*}
. "$root/scripts/node.sh"

fail() {
  printf 'netwhy: %s\n' "$@" >&2
  exit 1
}

if [ "$(id -u)" = 0 ] && [ "$(stat -c %u "$root")" != 0 ]; then
  exec "$root/scripts/as-owner.sh" "$self" "$@"
fi
if [ "${NETWHY_LOCK_HELD-}" != 1 ] && command -v flock >/dev/null; then
  NETWHY_LOCK_HELD=1 exec flock "$root" "$self" "$@"
fi

# The directory we were called from may be closed to the owner, and find fails there.
cd "$root" || exit 1
# Another process may have done it while this one waited.
is_fresh "$root" && exit 0
node=$(find_node "$root") || exit 1
PATH=${node%/*}:$PATH
for made in "$root" "$root/node_modules" "$root/dist" "$root/.cache"; do
  [ ! -e "$made" ] || [ -w "$made" ] ||
    fail "$made belongs to $(stat -c %U "$made") and has to be written to" "run this once with sudo, or as $(stat -c %U .)"
done

install() {
  command -v npm >/dev/null || fail "npm is missing beside $node" 'on Debian: apt-get install npm; other installations bring it with Node.js'
  echo 'netwhy: installing packages (npm ci) …' >&2
  # No package of ours needs its install script, and none should run as root.
  if ! said=$(npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null 2>&1); then
    printf '%s\n' "$said" >&2
    fail 'npm ci failed (see above)' 'it has to reach the package registry once: check the network and proxy settings, then run this again'
  fi
}

if [ ! -e node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  install
fi
[ "${1-}" != --packages ] || exit 0
echo 'netwhy: building …' >&2
if ! said=$("$node" scripts/build.mjs "${1---bin}" 2>&1); then
  printf '%s\n' "$said" >&2
  fail 'the build failed (see above)'
fi
