#!/bin/sh
# What the tests need beyond Python: a browser, a feed validator, Postfix's smtp-sink, a clock that lies. Installed where
# we may (root on Debian), else named: the tests that need it are skipped with the reason. In CI nothing may be missing.
set -u
wanted=""
need() { # command, package, extra places to look
    for place in "$1" ${3:-}; do command -v "$place" >/dev/null 2>&1 && return; done
    wanted="$wanted $2"
}
need chromium chromium
need jing jing
need smtp-sink postfix /usr/sbin/smtp-sink
need faketime faketime
fc-list 2>/dev/null | grep -qi "cjk" || wanted="$wanted fonts-noto-cjk"
fc-list 2>/dev/null | grep -qi "color emoji" || wanted="$wanted fonts-noto-color-emoji"
[ -z "$wanted" ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed (needs root on Debian), so some tests are skipped:$wanted"
    [ -z "${CI:-}" ] && exit 0
    exit 1
fi
echo "installing for the tests:$wanted"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # a package of a server must not start it
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 && exit 0
echo "could not install:$wanted"
[ -z "${CI:-}" ] && exit 0
exit 1
