# Runs inside the fresh root: steps.sh STEP... See fresh-root.sh.
set -eu
. /root/way-out.sh
cd /root/muster

step_setup() { ./dev setup; }

# The daemon is ready when it prints its start URL; then it is stopped.
step_run() {
    mkfifo /root/out
    ./dev run --port 0 >/root/out &
    dev_pid=$!
    url=
    while read -r line; do
        printf '%s\n' "$line"
        case $line in *http://127.0.0.1:*) url=$line && break ;; esac
    done </root/out
    kill -TERM "$dev_pid" 2>/dev/null || true
    wait "$dev_pid" || true
    [ -n "$url" ] || { echo 'fresh-root: no start URL'; exit 1; }
}

step_test() { ./dev test; }

for step in "$@"; do
    echo "fresh-root: $step"
    "step_$step"
done
