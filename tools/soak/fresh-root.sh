#!/bin/sh
# Set-up and start in a minimal Debian that has only git: fresh-root.sh [STEP...]
#
# Creates such a root with debootstrap, clones the committed state of this checkout into it, and runs the steps there as
# root: setup, run (until the start URL is printed), test. Default: run test. Needs root for mounts and chroot; the
# processes and mounts are in separate namespaces and end with it.
set -eu
cd "$(dirname "$0")/../.."

suite=bookworm
steps=${*:-run test}
mirror=$(sed -n 's/^URIs: *\([^ ]*debian\)\/*$/\1/p; s/^deb  *\(http[^ ]*debian\)\/* .*/\1/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}

root=$(mktemp -d "${TMPDIR:-/var/tmp}/muster-fresh-root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

echo "fresh-root: $suite from $mirror"
debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log"
    exit 1
}
rm -f "$root.log"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Passes on the proxy variables and certificates of this machine, which downloads need.
if [ -d /usr/local/share/ca-certificates ]; then
    cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
    chroot "$root" update-ca-certificates >/dev/null 2>&1
fi
git clone --quiet --no-hardlinks . "$root/root/muster"

way_out=$(env | grep -E '^(https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|NODE_EXTRA_CA_CERTS)=' || true)
printf '%s\n' "$way_out" | sed "/./s/^\([^=]*\)=\(.*\)$/export \1='\2'/" >"$root/root/way-out.sh"
cp tools/soak/steps.sh "$root/root/steps.sh"

# shellcheck disable=SC2086,SC2016 # steps are split on purpose; the script's variables are its own
unshare --mount --pid --fork --kill-child sh -euc '
    root=$1
    shift
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh /root/steps.sh "$@"
' sh "$root" $steps
