# shellcheck shell=sh
# Sourced: which Node to use, and whether dist/ is up to date.

# Node 20.19 or later?
is_recent_node() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }
}

home_of() {
  getent passwd "$1" 2>/dev/null | cut -d: -f6
}

# Where Node may be when it is not in PATH, which sudo cuts down: version managers put it below a home.
node_places() {
  command -v node
  for home in "$HOME" "$(home_of "${SUDO_USER-}")" "$(home_of "$(stat -c %U "$1")")"; do
    [ -n "$home" ] || continue
    printf '%s\n' "$home"/.nvm/versions/node/*/bin/node "$home"/.volta/tools/image/node/*/bin/node \
      "$home"/.local/share/fnm/node-versions/*/installation/bin/node \
      "$home"/.local/share/mise/installs/node/*/bin/node "$home"/.asdf/installs/nodejs/*/bin/node \
      "$home"/n/bin/node "$home"/.local/bin/node
  done
  printf '%s\n' /usr/local/bin/node /usr/bin/node /usr/bin/nodejs /opt/node*/bin/node \
    /usr/local/lib/nodejs/*/bin/node /usr/local/n/versions/node/*/bin/node /snap/bin/node
}

# The first recent Node; else says what was found and what to do.
find_node() {
  old=
  places=$(node_places "$1")
  while read -r place; do
    [ -x "$place" ] || continue
    if is_recent_node "$place"; then
      printf '%s\n' "$place"
      return 0
    fi
    [ -n "$old" ] || old="$place is $("$place" --version 2>&1 | head -n 1)"
  done <<PLACES
$places
PLACES
  {
    echo "netwhy: Node.js 20.19 or later is needed; ${old:-none was found in PATH, /usr, /usr/local, /opt or a version manager}"
    echo 'netwhy: install one, for instance from https://nodejs.org/en/download'
    # shellcheck disable=SC2016
    [ "$(id -u)" != 0 ] || echo 'netwhy: if your own shell has it: sudo env "PATH=$PATH" ./netwhy …'
  } >&2
  return 1
}

# Has nothing that goes into dist/ changed since it was built? The stamp names the Node that was checked then; that
# one is compared by its change time too, because packages bring files with old modification times.
is_fresh() {
  built_by=
  [ -e "$1/node_modules/.package-lock.json" ] && read -r built_by <"$1/dist/.stamp" || return 1
  changed=$(find -H "$built_by" "$1/src" "$1/package.json" "$1/package-lock.json" "$1/scripts/build.mjs" \
    -cnewer "$1/dist/.stamp" -print -quit 2>/dev/null) && [ -z "$changed" ]
} 2>/dev/null

# The Node that built dist/, or another where this user cannot run that one.
built_with() {
  read -r built_by <"$1/dist/.stamp"
  if [ -x "$built_by" ]; then printf '%s\n' "$built_by"; else find_node "$1"; fi
}
