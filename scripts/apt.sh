# shellcheck shell=sh
# Sourced: installs Debian or Ubuntu packages that are missing. For root only.

has_library() {
  for file in /lib/*/"$1" /usr/lib/*/"$1" /usr/lib/"$1"; do
    [ -e "$file" ] && return 0
  done
  return 1
}

# Is a program (nft), a library (libpcap.so.0.8) or a file (/usr/share/x) there?
is_present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.so.*) has_library "$1" ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# Since the 64-bit time_t transition some libraries have a new name.
package_name() {
  case $1 in
    libpcap0.8) if apt-cache show libpcap0.8t64 >/dev/null 2>&1; then echo libpcap0.8t64; else echo "$1"; fi ;;
    *) echo "$1" ;;
  esac
}

apt_quiet() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1
}

apt_install() {
  apt_quiet install -y --no-install-recommends "$@"
}

# One at a time, so that a package this release does not have keeps no other from being installed.
apt_install_each() {
  for package in "$@"; do
    said=$(apt_install "$package") || printf '%s: could not install %s:\n%s\n' "$label" "$package" "$said" >&2
  done
}

# apt_ensure LABEL PROGRAM:PACKAGE…
# Says first what it installs. What could not be installed is not tried again before the next boot.
apt_ensure() {
  label=$1
  shift
  packages=
  for pair in "$@"; do
    is_present "${pair%%:*}" || packages="$packages ${pair#*:}"
  done
  [ -n "$packages" ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null || return 0
  mark=/run/netwhy-apt-failed
  [ "$(cat "$mark" 2>/dev/null)" != "$packages" ] || return 0
  echo "$label: installing$packages (apt-get; NETWHY_NO_SETUP=1 turns this off) …" >&2
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ] || apt_quiet update >/dev/null
  names=$(for package in $packages; do package_name "$package"; done | sort -u)
  # shellcheck disable=SC2086
  apt_install $names >/dev/null || { apt_quiet update >/dev/null; apt_install_each $names; }
  for pair in "$@"; do
    is_present "${pair%%:*}" || { printf '%s\n' "$packages" >"$mark"; return 0; }
  done
}
