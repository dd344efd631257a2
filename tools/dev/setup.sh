# Set-up of ./dev, sourced by it: Debian packages, Node, node_modules. POSIX sh and coreutils only, since on a fresh
# machine nothing else is there yet. Everything that is fetched lies in $cache_dir, keyed by the digest of the lock
# file that names it, so that a checkout stays clean and a second one costs nothing.

cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/muster-dev
node_least_major=20
node_least_minor=19

say() { printf 'dev: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "this needs root or sudo: $*"
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

apt_install() {
    say "installing $*"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# need_packages SECTION...: asks apt only when something is missing.
need_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "no dpkg here: taking for granted that what tools/packages.txt lists is installed"
        return
    fi
    wanted=$(for section in "$@"; do packages_of "$section"; done)
    # shellcheck disable=SC2086 # names are split on purpose
    missing=$(packages_missing $wanted)
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing
}

node_is_new_enough() {
    version=$(node --version 2>/dev/null) || return 1
    major=${version#v}
    minor=${major#*.}
    major=${major%%.*}
    minor=${minor%%.*}
    [ "$major" -gt "$node_least_major" ] ||
        { [ "$major" -eq "$node_least_major" ] && [ "$minor" -ge "$node_least_minor" ]; }
}

# lock_store NAME FOLDER: where the modules of that folder's lock file are kept.
lock_store() {
    digest=$(sha256sum "$2/package-lock.json" | cut -c1-16)
    printf '%s/%s-%s' "$cache_dir" "$1" "$digest"
}

# npm_install FOLDER: exactly what its lock file says. `npm ci` also demands the entries of every other platform; a
# registry that serves only some of them makes lock files without the rest, and then `npm install` takes what is there.
npm_install() {
    quiet='--no-audit --no-fund --no-update-notifier --loglevel=error'
    # shellcheck disable=SC2086 # options are split on purpose
    (cd "$1" && { npm ci $quiet || npm install --no-save $quiet; } >npm.log 2>&1)
}

# fetch_modules NAME FOLDER: fills the store of the folder's lock file. The store appears whole or not at all.
fetch_modules() {
    store=$(lock_store "$1" "$2")
    [ -d "$store" ] && return
    say "fetching the npm packages of $2"
    mkdir -p "$cache_dir"
    partial=$(mktemp -d "$cache_dir/partial.XXXXXX")
    cp "$2/package.json" "$2/package-lock.json" "$partial/"
    npm_install "$partial" || {
        head -n 20 "$partial/npm.log" >&2
        rm -rf "$partial"
        die "npm could not fetch the packages of $2"
    }
    chmod 755 "$partial"
    # Whoever comes second finds the store there and drops his own copy.
    mv -T "$partial" "$store" 2>/dev/null || rm -rf "$partial"
}

# Puts a Node that is new enough, with its npm, on PATH: the system's, else the npm package of it from the cache.
# Debian's own is too old for the web build and serves only to fetch that package where there is no npm at all.
need_node() {
    if node_is_new_enough && command -v npm >/dev/null 2>&1; then
        return
    fi
    store=$(lock_store node tools/node)
    if [ ! -d "$store" ]; then
        command -v npm >/dev/null 2>&1 || apt_install npm
        fetch_modules node tools/node
    fi
    # The program's own folder too, since not every npm links it.
    for bin in "$store"/node_modules/node-linux-*/bin; do
        PATH=$bin:$store/node_modules/.bin:$PATH
    done
    export PATH
    node_is_new_enough || die "the Node in $store does not run"
}

# need_modules NAME FOLDER PLACE: PLACE/node_modules as a link to what the folder's lock file says.
need_modules() {
    need_node
    if [ -d "$3/node_modules" ] && [ ! -L "$3/node_modules" ]; then
        say "$3/node_modules is a folder of yours and is used as it is"
        return
    fi
    fetch_modules "$1" "$2"
    target=$(lock_store "$1" "$2")/node_modules
    [ "$(readlink "$3/node_modules" 2>/dev/null)" = "$target" ] || ln -sfn "$target" "$3/node_modules"
}

# need_python_tool NAME FOLDER: sets $python_tool to the Python of an environment with what FOLDER/requirements.txt pins.
# Like a store of modules the environment appears whole or not at all; since it is moved, its own scripts do not run.
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
