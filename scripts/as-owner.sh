#!/bin/sh
# as-owner.sh COMMAND [ARGUMENT…]
# Runs a command as the owner of the checkout when root runs it, so that root leaves no files there that the owner
# cannot replace later. What an earlier root run left is given back first.
set -u
self=$(readlink -f -- "$0")
root=${self%/scripts/*}
. "$root/scripts/node.sh"
owner=$(stat -c %u "$root")
group=$(stat -c %g "$root")
if [ "$(id -u)" != 0 ] || [ "$owner" = 0 ]; then exec "$@"; fi

for made in node_modules dist .cache; do
  [ ! -e "$root/$made" ] || [ -z "$(find "$root/$made" ! -uid "$owner" -print -quit)" ] ||
    chown -hR "$owner:$group" "$root/$made"
done
command -v setpriv >/dev/null || {
  echo 'netwhy: setpriv (package util-linux) is needed to work as the owner of the checkout' >&2
  exit 1
}
home=$(home_of "$owner")
if [ -n "$home" ]; then groups=--init-groups; else groups=--clear-groups; fi
[ -d "$home" ] || home=$root/.cache
exec setpriv --reuid="$owner" --regid="$group" "$groups" \
  env -u XDG_CACHE_HOME -u XDG_CONFIG_HOME -u XDG_RUNTIME_DIR -u npm_config_cache -u npm_config_userconfig \
  HOME="$home" "$@"
