# The stages of `./run check` and `./run test`: each is run, timed and counted, whatever became of those before. Sourced
# by ./run, after .ci/tools.sh.
# shellcheck shell=sh

# Advisories against crates, their licences, where they come from, and which are there twice, as deny.toml says.
check_dependencies() {
    # Also those of other systems, which are not compiled here.
    cargo fetch --locked || return
    checks="bans licenses sources"
    if cargo deny --locked fetch db; then
        checks="advisories $checks"
    else
        say "the database of advisories cannot be reached from here: no crate is checked against it"
    fi
    # The page's and what is tested with it, and the program on the command line with all that it may have, but not what
    # drives a browser in its tests.
    code=0
    for package in Cargo.toml "node/Cargo.toml --features gpu --exclude-dev"; do
        # shellcheck disable=SC2086
        cargo deny --locked --offline --manifest-path $package --config deny.toml check $checks || code=$?
    done
    return $code
}

# run_logged NAME COMMAND...: what it prints, the exit code and the seconds it took are in files of that name
run_logged() {
    name=$1
    shift
    begun=$(now)
    {
        code=0
        "$@" </dev/null || code=$?
        echo $code >"$logs/$name.exit_code"
    } 2>&1 | tee "$logs/$name.log"
    echo $(($(now) - begun)) >"$logs/$name.seconds"
}

# judge NAME KIND: notes how that ended. KIND is `tests` for a command that prints cargo's "test result" lines, `one` for one
# that passes or fails.
judge() {
    name=$1
    log=$logs/$name.log
    code=$(cat "$logs/$name.exit_code")
    if [ "$2" = tests ]; then
        counts=$(awk '{ gsub(/\033\[[0-9;]*m/, "") }
            /^test result: / { passed += $4; failed += $6 }
            END { print passed + 0, failed + 0 }' "$log")
        stage_passed=${counts% *}
        stage_failed=${counts#* }
        # Something that is not a test broke (a compile error, a crash), or nothing ran at all.
        if [ "$stage_failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$stage_passed" -eq 0 ]; }; then
            stage_failed=1
            [ "$stage_passed" -ne 0 ] || [ "$code" -ne 0 ] || say "$name: no test was run"
        fi
    elif [ "$code" -eq 0 ]; then
        stage_passed=1 stage_failed=0
    else
        stage_passed=0 stage_failed=1
    fi
    echo "$stage_failed" >"$logs/$name.failed"
    note "$name" "$stage_passed" "$stage_failed" "$(minutes "$(cat "$logs/$name.seconds")")"
}

# stage NAME KIND COMMAND...: runs it and notes how it ended
stage() {
    stage_name=$1
    stage_kind=$2
    shift 2
    printf '\n==> %s\n' "$stage_name"
    run_logged "$stage_name" "$@"
    judge "$stage_name" "$stage_kind"
}

# note STAGE PASSED FAILED MINUTES
note() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    say "$1: $2 passed, $3 failed, $4"
    summary="$summary$(printf '%-20s %5d passed %5d failed %10s' "$@")
"
}

# begin_stages COMMAND...: those that set up what the stages need
begin_stages() {
    begun_all=$(now)
    logs=$PWD/target/test-logs
    mkdir -p "$logs"
    rm -f "$logs"/*.failed
    passed=0 failed=0 summary=
    for setup in "$@"; do $setup; done
    note setup 0 0 "$(minutes $(($(now) - begun_all)))"
}

# what_was_red: of each stage that failed, what its tests said first, or its last lines
what_was_red() {
    for file in "$logs"/*.failed; do
        [ "$(cat "$file")" -ne 0 ] || continue
        log=${file%.failed}.log
        printf '\nred in %s:\n' "$(basename "${file%.failed}")"
        if grep -q '^---- ' "$log"; then
            awk '{ gsub(/\033\[[0-9;]*m/, "") } /^---- / { left = 8 } left-- > 0' "$log"
        else
            tail -n 15 "$log"
        fi
    done
}

# end_stages: what was red and the summary; fails if a stage did
end_stages() {
    what_was_red
    printf '\n%s\n' "$summary"
    [ "$failed" -eq 0 ] || say "the output of each stage is in $logs"
    say "all of it took $(minutes $(($(now) - begun_all)))"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# All crates but the page, which runs in browsers alone. They are always chosen together: with others, cargo would compile anew
# what they depend on.
native_crates="-p dartboard-points -p dartboard-pipeline -p dartboard-downloads -p dartboard-threads -p dartboard-core
    -p dartboard-worker -p dartboard-node -p dartboard-release -p dartboard-e2e"

# What drives browsers, and what looks at a release, is no test of the crate's own.
clippy_native() {
    code=0
    cargo clippy --locked --workspace --all-targets -- -D warnings || code=$?
    cargo clippy --locked --workspace --test main --test release -- -D warnings || code=$?
    return $code
}

# What needs no browser and no release.
native_stages() {
    stage format one cargo fmt --all --check
    stage format-fuzz one cargo fmt --manifest-path fuzz/Cargo.toml --check
    stage clippy-native one clippy_native
    # Benches and examples are native programs.
    stage clippy-wasm32 one cargo clippy --locked -p dartboard-points -p dartboard-pipeline -p dartboard-downloads -p dartboard-threads \
        -p dartboard-core -p dartboard -p dartboard-worker --lib --bins --tests --target wasm32-unknown-unknown -- -D warnings
    # Without libFuzzer itself, which they only link with: a C++ compiler and the nightly toolchain are `fuzz`'s matter.
    stage clippy-fuzz one env CUSTOM_LIBFUZZER_PATH=/libFuzzer.a \
        cargo clippy --locked --manifest-path fuzz/Cargo.toml -- -D warnings
    stage doc one env RUSTDOCFLAGS="-D warnings" \
        cargo doc --locked --workspace --no-deps --document-private-items
    # shellcheck disable=SC2086
    stage native tests cargo test --locked --no-fail-fast $native_crates
}

# gpu_tests: what is there with the feature `gpu`
gpu_tests() {
    code=0
    cargo clippy --locked -p dartboard-node --features gpu --all-targets -- -D warnings || code=$?
    # Mesa complains where the system has no such folder.
    env XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}" \
        cargo test --locked --no-fail-fast -p dartboard-node --features gpu --lib --test count -- gpu || code=$?
    return $code
}

check() {
    begin_stages need_rust
    native_stages
    end_stages
}

# find_engines: all that can be had
find_engines() {
    need_browser
    engines=chromium
    if need_firefox; then engines="$engines firefox"; else say "Firefox is left out"; fi
    if need_webkit; then engines="$engines webkit"; else say "WebKit is left out"; fi
}

find_deny() {
    if need_deny; then has_deny=1; else has_deny='' && say "what the project depends on is not checked"; fi
}

# in_engine ENGINE COMMAND...: with the release of dist/
in_engine() {
    display=
    # Two at once look for a free display in places of their own.
    [ "$1" != webkit ] || display="xvfb-run -a -n ${DARTBOARD_HALF:-3}00"
    engine=$1
    shift
    # shellcheck disable=SC2086
    $display env DARTBOARD_BROWSER="$engine" DARTBOARD_DIST="$PWD/dist" "$@"
}

# end_to_end ENGINE ARGUMENT...: the tests of the page in that engine; the arguments choose among them
end_to_end() {
    chosen=$1
    shift
    # shellcheck disable=SC2086
    in_engine "$chosen" cargo test --locked $native_crates --test main -- "$@"
}

# end_to_end_each ENGINE NAME...: one after another, since more than one cannot be chosen at once
end_to_end_each() {
    code=0
    engine=$1
    shift
    for test in "$@"; do end_to_end "$engine" --exact "$test" || code=$?; done
    return $code
}

# end_to_end_half HALF: that half of the tests in all engines, one after another
end_to_end_half() {
    for engine in $engines; do
        printf '\n==> end-to-end-%s, half %s\n' "$engine" "$1"
        DARTBOARD_HALF=$1 run_logged "end-to-end-$engine-$1" end_to_end "$engine"
    done
}

# In some hundred tests something happens that no test is about: a driver fails a command and gives no reason, a machine stands
# still for seconds. Up to two tests that are red in an engine are run once more, by name, and count as they end then; more than
# two are no accident.
run_again() {
    red=$(awk '{ gsub(/\033\[[0-9;]*m/, "") }
        /^failures:$/ { list = 1; next }
        /^test result: / { list = 0 }
        list && NF == 1 && /^    [a-z]/ { print $1 }' "$logs/end-to-end-$1.log" | sort -u)
    count=$(printf '%s\n' "$red" | grep -c .) || true
    [ "$count" -gt 0 ] && [ "$count" -le 2 ] && [ "$count" -eq "$(cat "$logs/end-to-end-$1.failed")" ] || return 0
    # shellcheck disable=SC2086
    say "red in $1 and run once more:" $red
    failed=$((failed - count))
    # shellcheck disable=SC2086
    stage "end-to-end-$1-again" tests end_to_end_each "$1" $red
}

# The parts of `./run test`, in their order.
test_parts="native dependencies gpu browser-unit release chromium firefox webkit"

# wants PART...: whether one of them is to be tested
wants() {
    for part in "$@"; do
        case " $parts " in *" $part "*) return ;; esac
    done
    return 1
}

# need_test_tools: what the parts need, and no more
need_test_tools() {
    engines='' has_deny='' has_adapter=''
    if wants browser-unit release chromium firefox webkit; then need_build_tools; else need_rust; fi
    ! wants native chromium firefox webkit || find_nats || say "a nats-server is left out: the tests of shared runs with it are not run"
    ! wants dependencies || find_deny
    ! wants gpu firefox || if find_adapter; then has_adapter=1; else say "there is no GPU, and no program that stands for one"; fi
    ! wants chromium firefox webkit || need_axe
    ! wants chromium browser-unit || need_browser
    ! wants chromium || engines=chromium
    ! wants firefox || if need_firefox; then engines="$engines firefox"; else leave_out Firefox; fi
    ! wants webkit || if need_webkit; then engines="$engines webkit"; else leave_out WebKit; fi
}

# leave_out ENGINE: where all is tested that can be; one that was asked for by name is missed
leave_out() {
    [ "$parts" = "$test_parts" ] || stop "$1 was asked for, and is not to be had here"
    say "$1 is left out"
}

# run_tests PART...: without parts, all
run_tests() {
    for part in "$@"; do
        case " $test_parts " in *" $part "*) ;; *) stop "there is no part '$part' of the tests, but: $test_parts" ;; esac
    done
    parts=${*:-$test_parts}
    begin_stages need_test_tools
    ! wants native || native_stages
    ! wants dependencies || [ ! "$has_deny" ] || stage dependencies one check_dependencies
    ! wants gpu || gpu_stage
    ! wants browser-unit || stage browser-unit tests env WASM_BINDGEN_TEST_TIMEOUT=600 cargo test --locked \
        --no-fail-fast -p dartboard-points --tests --target wasm32-unknown-unknown
    ! wants release chromium firefox webkit || release_stages
    end_stages
}

# With nothing to count on, its tests say so and are left out; DARTBOARD_GPU_REQUIRED=1 makes them fail.
gpu_stage() {
    stage gpu tests gpu_tests
    [ "$has_adapter" ] || summary="${summary}gpu                  left out: no GPU, and no program that stands for one
"
}

# What needs the release.
release_stages() {
    stage release-build one build_release
    if [ "$stage_failed" -ne 0 ]; then
        say "without a release there is nothing to test end to end: counted as failed"
        note end-to-end 0 1 "not run"
        return
    fi
    # shellcheck disable=SC2086
    ! wants release || stage release-files tests env DARTBOARD_DIST="$PWD/dist" \
        cargo test --locked --no-fail-fast $native_crates --test release
    # A class in a browser needs the program that holds it; the native tests have just built it.
    # shellcheck disable=SC2086
    wants native || cargo build --locked --profile test $native_crates --bin dartboard || say "the program dartboard was not built"
    # In two halves side by side, since a browser waits most of the time.
    trap 'trap - INT; kill 0' INT # what is in the background hears nothing of it
    end_to_end_half 2 >/dev/null 2>&1 &
    end_to_end_half 1
    wait
    trap - INT
    for engine in $engines; do
        name=end-to-end-$engine
        printf '\n==> the other half of %s\n' "$name"
        cat "$logs/$name-2.log"
        cat "$logs/$name-1.log" "$logs/$name-2.log" >"$logs/$name.log"
        # Red if one of them is, and as long as the longer one.
        for number in exit_code seconds; do
            sort -rn "$logs/$name-1.$number" "$logs/$name-2.$number" | head -n 1 >"$logs/$name.$number"
        done
        judge "$name" tests
    done
    for engine in $engines; do
        # What an engine cannot do is not passed over in silence.
        sed -n 's/.*\(left out in .*\)/\1/p' "$logs/end-to-end-$engine.log" | sort | uniq -c
        run_again "$engine"
    done
}
