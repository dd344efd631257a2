# The peers of bench/, sourced by ./dev: each is built from its sources and its lock file in $cache_dir and linked into
# build/peers. One that cannot be built here is skipped with a message; the others are still measured.

# peer_store NAME WORD FILE...: where that peer is stored, which depends on its sources and its tool.
peer_store() {
    name=$1
    word=$2
    shift 2
    digest=$({ printf '%s' "$word"; cat "$@"; } | sha256sum | cut -c1-16)
    printf '%s/peer-%s-%s' "$cache_dir" "$name" "$digest"
}

# fill_peer STORE FUNCTION: FUNCTION builds the program `server` in the folder it is given, which becomes the store.
fill_peer() {
    [ -x "$1/server" ] && return
    say "building the peer $(basename "$1")"
    mkdir -p "$cache_dir"
    partial=$(mktemp -d "$cache_dir/partial.XXXXXX")
    "$2" "$partial" >"$partial/log" 2>&1 || {
        tail -n 20 "$partial/log" >&2
        rm -rf "$partial"
        die "$2 failed"
    }
    chmod 755 "$partial"
    mv -T "$partial" "$1" 2>/dev/null || rm -rf "$partial"
}

need_tool() { command -v "$1" >/dev/null 2>&1 || die "$1 is not installed (in Debian: $2)"; }

build_go() { (cd bench/peers/go && go build -trimpath -o "$1/server" .); }

peer_go() {
    need_tool go golang-go
    store=$(peer_store go "$(go version)" bench/peers/go/*)
    fill_peer "$store" build_go
    ln -sfn "$store/server" build/peers/go
}

build_rust() {
    cargo build --release --manifest-path bench/peers/rust/Cargo.toml --target-dir "$1/target" &&
        mv "$1/target/release/muster-bench-peer" "$1/server" &&
        rm -rf "$1/target"
}

peer_rust() {
    need_tool cargo cargo
    store=$(peer_store rust "$(cargo --version)" bench/peers/rust/Cargo.toml bench/peers/rust/src/*)
    fill_peer "$store" build_rust
    ln -sfn "$store/server" build/peers/rust
}

# Debian's package is unpacked instead of installed: an installed one would start a server on this machine.
unpack_nginx() {
    (cd "$1" && { apt-get download nginx || { as_root apt-get update -qq && apt-get download nginx; }; } &&
        dpkg -x nginx_*.deb root && rm nginx_*.deb && ln -s root/usr/sbin/nginx server && ./server -v)
}

peer_nginx() {
    need_tool apt-get apt
    store=$cache_dir/peer-nginx
    fill_peer "$store" unpack_nginx
    ln -sfn "$store/server" build/peers/nginx
}

peer_node() {
    need_modules peer bench/peers/node bench/peers/node
    ln -sfn "$PWD/bench/peers/node/server.mjs" build/peers/node
}

# peer_package NAME PROGRAM: an installed one; none of these starts anything by being installed.
peer_package() {
    [ -z "$(packages_missing "$1")" ] || apt_install "$1"
    ln -sfn "$(command -v "$2")" "build/peers/$1"
}

peer_xvfb() { peer_package xvfb Xvfb; }
peer_weston() { peer_package weston weston; }
peer_cage() { peer_package cage cage; }

need_peers() {
    mkdir -p build/peers
    for peer in nginx rust go node xvfb weston cage; do
        rm -f "build/peers/$peer"
        ("peer_$peer" && step_end 'done') || say "bench continues without the peer $peer"
    done
}
