# deploy/dev test: every check, the cheap ones first. The first one that fails ends it.
# shellcheck shell=bash

# What could not be checked on this machine, said again at the end.
SKIPPED=

run_checks() {
    unset DATABASE_URL REDIS_URL ROLLCALL_BIN
    fresh_state "$LOCAL/test" fast
    stop_everything_on_exit
    choose_servers

    if (($# > 0)); then
        need_programs cc postgres redis
        start_postgres
        run_tests "$@"
        return
    fi
    check_style
    check_dependencies
    need_programs cc postgres redis python
    find_lxml || (install_packages python3-lxml) ||
        skip "canonical forms of XML beside those of libxml2 (to have them: apt-get install python3-lxml)"
    start_postgres # now, so that what is wrong with it shows before the long build
    step "cargo clippy"
    cargo clippy --locked --all-targets -- -D warnings || die "Clippy has something to say." "See above."
    build
    step "rollcall openapi --check"
    rollcall openapi --check || die "The documents in openapi/ are not those of the code." "Run: cargo run -- openapi"
    run_tests
    step "cargo doc"
    RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items ||
        die "The documentation has errors." "See above."
    start_rollcall
    check_protocol
    check_browser
    step "all checks passed${SKIPPED:+, except for what was skipped: $SKIPPED}"
}

check_style() {
    { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1 ||
        die "rustfmt or clippy is not installed." "Run: rustup component add rustfmt clippy"
    step "cargo fmt --check"
    cargo fmt --check || die "The code is not formatted." "Run: cargo fmt"
    if command -v shellcheck >/dev/null; then
        step "shellcheck"
        shellcheck .ci/run deploy/dev deploy/lib/*.sh deploy/lib/install-packages
    fi
}

# Licences, duplicates, sources, advisories: .cargo/deny.toml. The advisories come from GitHub; without them the rest
# is still checked.
check_dependencies() {
    if ! cargo deny --version >/dev/null 2>&1; then
        skip "cargo deny (to install it: cargo install --locked cargo-deny)"
        return
    fi
    step "cargo deny check"
    local checks=(bans licenses sources)
    if cargo deny --log-level off --locked fetch db >/dev/null 2>&1; then
        checks+=(advisories)
    else
        skip "the advisories of cargo deny (their database on GitHub cannot be reached)"
    fi
    cargo deny --log-level error --locked check --hide-inclusion-graph "${checks[@]}" ||
        die "A dependency may not be used as it is." "See above, and .cargo/deny.toml."
}

skip() {
    SKIPPED+="${SKIPPED:+; }$1"
    note "skipped: $1"
}

# Each test makes a database from a template, and starts a Redis where it needs one.
run_tests() {
    local runner=(cargo test --lib --bins --tests)
    if cargo nextest --version >/dev/null 2>&1; then runner=(cargo nextest run); fi
    step "${runner[*]}${*:+ $*}"
    ROLLCALL_TEST_DATABASE_URL=$(superuser_url) ROLLCALL_TEST_REDIS_SERVER=$(test_redis_server) \
        ROLLCALL_TEST_POSTGRES_PROGRAMS=$PG_BIN ROLLCALL_TEST_POSTGRES_OWNER=$(test_postgres_owner) "${runner[@]}" --locked "$@" ||
        die "A test has failed." "See above; deploy/dev test NAME runs it alone."
}

# For the tests that kill a Postgres of their own, which does not run as root.
test_postgres_owner() {
    if ((EUID == 0)); then
        local user
        user=$(service_user postgres)
        printf '%s:%s' "$(id -u "$user")" "$(id -g "$user")"
    fi
}

test_redis_server() { find_redis && printf '%s' "$REDIS_SERVER"; }

# The public test suite, against the two processes as `deploy/dev up` starts them.
check_protocol() {
    local token
    make_venv "$STATE/venv" "$LIB/scim2-tester.txt" scim2_tester
    step "scim2-tester"
    create_workspace scim2-tester "scim2-tester"
    token=$(create_token scim2-tester suite)
    SCIM_TOKEN=$token "$STATE/venv/bin/python" "$LIB/scim2_tester_run.py" "$ROLLCALL_SCIM_URL" ||
        die "scim2-tester has found errors." "See above; the logs are in $STATE/log."
}

# Signing in, in a browser, where there can be one.
check_browser() {
    if (prepare_browser); then
        play_browser
    else
        skip "signing in with a real browser and real identity providers (why: see above; to have it: apt-get install chromium simplesamlphp php-cli php-xml php-mbstring php-curl nodejs npm openssl, then deploy/dev browser)"
    fi
}

# The two processes, as `deploy/dev up` starts them. Receivers of webhooks are on this machine.
start_rollcall() {
    export ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES=on
    start_instances rollcall
    migrate
    restart_processes
}

# make_venv FOLDER REQUIREMENTS MODULE: a Python environment with what is required, unless it is there.
make_venv() {
    local venv=$1 wanted=$2
    if cmp -s "$wanted" "$venv/made-from" && "$venv/bin/python" -c "import $3" 2>/dev/null; then return; fi
    step "installing $3 from PyPI into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted" ||
        die "$3 cannot be installed." "It comes from PyPI: see above."
    cp "$wanted" "$venv/made-from"
}
