# Rollcall itself: build, migrate, the two processes, workspaces and tokens.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared by the files that deploy/dev reads

# apalis-postgres checks its queries while it is compiled, and would do so against our database.
without_database() (
    unset DATABASE_URL REDIS_URL
    "$@"
)

# build [--release]: sets BINARY. Cargo says where it has put it, so that any target folder will do.
build() {
    if [[ ${ROLLCALL_BIN-} ]]; then
        BINARY=$ROLLCALL_BIN
        return
    fi
    step "cargo build${*:+ $*}"
    BINARY=$(without_database cargo build --locked "$@" --message-format=json-render-diagnostics |
        sed -n 's/.*"executable":"\([^"]*\/rollcall\)".*/\1/p') || die "The build failed." "See above."
    [[ -x $BINARY ]] || die "cargo has built no rollcall." "Look at [[bin]] in Cargo.toml."
}

rollcall() { env -u ROLLCALL_BIN "$BINARY" "$@"; }

migrate() {
    step "migrating the database"
    rollcall migrate || die "The migration failed." "See above; deploy/dev reset begins with an empty database."
}

# The addresses and secrets that the two processes, the command line and the demo read.
export_configuration() {
    ROLLCALL_URL=http://127.0.0.1:$1
    ROLLCALL_SCIM_URL=$ROLLCALL_URL/api/v1/auth/scim
    ROLLCALL_OPERATOR_TOKEN=$(secret OPERATOR_TOKEN)
    ROLLCALL_SEAL_KEY=${ROLLCALL_SEAL_KEY-$(secret SEAL_KEY 32)}
    ROLLCALL_SECRET_KEY=${ROLLCALL_SECRET_KEY-$(secret SECRET_KEY 32)}
    export ROLLCALL_SECRET_KEY
    export ROLLCALL_LISTEN=127.0.0.1:$1 ROLLCALL_PUBLIC_URL=$ROLLCALL_URL ROLLCALL_OPERATOR_TOKEN ROLLCALL_SEAL_KEY
    export ROLLCALL_LOG_FORMAT=${ROLLCALL_LOG_FORMAT-text}
}

# Both anew, so that they are of the build just made.
restart_processes() {
    stop worker
    stop serve
    step "starting rollcall serve and rollcall worker"
    if [[ $DURABILITY = fast ]]; then API_PORT=$(port API_PORT); else API_PORT=$(port API_PORT 8080); fi
    remember BINARY "$BINARY" # for deploy/dev workspace
    export_configuration "$API_PORT"
    launch serve env -u ROLLCALL_BIN NO_COLOR=1 "$BINARY" serve
    launch worker env -u ROLLCALL_BIN NO_COLOR=1 "$BINARY" worker
    await serve 60 ready
    pid_of worker >/dev/null || {
        show_log "$STATE/log/worker.log"
        die "The worker ended at once." "The log is $STATE/log/worker.log."
    }
}

ready() { [[ $(http_status "$API_PORT" /readyz) = 200 ]]; }

# http_status PORT PATH [TOKEN]: 000 when there is no answer. No curl on a fresh Debian.
http_status() {
    (
        exec 7<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n' "$2" "$1" >&7
        if [[ ${3-} ]]; then printf 'Authorization: Bearer %s\r\n' "$3" >&7; fi
        printf '\r\n' >&7
        read -r -t 5 _ status _ <&7 || exit 1
        printf '%s' "$status"
    ) 2>/dev/null || printf 000
}

# create_workspace SLUG NAME: with everything that the gate asks for.
create_workspace() {
    rollcall workspace create "$1" --name "$2" --plan enterprise --scim --admin "admin@$1.test" >/dev/null ||
        die "Workspace $1 could not be made." "See above."
    ROLLCALL_URL=$ROLLCALL_URL rollcall demo --workspace "$1" --connect >/dev/null ||
        die "Workspace $1 could not be connected by SAML." "See above, and $STATE/log/serve.log."
}

create_token() { rollcall token create "$1" --name "$2" --scope scim --quiet || die "No token could be made for $1." "See above."; }

demo_workspace() {
    step "making the demo workspace acme"
    if rollcall workspace show acme >/dev/null 2>&1; then
        note "it is there already"
    else
        create_workspace acme "Acme Inc"
    fi
    SCIM_TOKEN=$(sed -n 's/^ROLLCALL_SCIM_TOKEN=//p' "$STATE/demo.env" 2>/dev/null || true)
    if [[ -z $SCIM_TOKEN || $(http_status "$API_PORT" /api/v1/auth/scim/ServiceProviderConfig "$SCIM_TOKEN") != 200 ]]; then
        SCIM_TOKEN=$(create_token acme "Identity provider")
    fi
}

# For people and programs: set -a; . .local/demo.env
write_demo_env() {
    (
        umask 077
        printf '%s=%q\n' ROLLCALL_URL "$ROLLCALL_URL" ROLLCALL_SCIM_URL "$ROLLCALL_SCIM_URL" \
            ROLLCALL_SCIM_TOKEN "$SCIM_TOKEN" ROLLCALL_OPERATOR_TOKEN "$ROLLCALL_OPERATOR_TOKEN" \
            DATABASE_URL "$DATABASE_URL" REDIS_URL "$REDIS_URL" \
            ROLLCALL_API_PID "$(pid_of serve)" ROLLCALL_WORKER_PID "$(pid_of worker)" >"$STATE/demo.env.new"
        mv "$STATE/demo.env.new" "$STATE/demo.env"
    )
}

play_demo() {
    (
        export ROLLCALL_URL ROLLCALL_SCIM_TOKEN=$SCIM_TOKEN
        rollcall demo
    )
}

where_everything_is() {
    step "ready"
    cat <<TEXT

  SCIM address     $ROLLCALL_SCIM_URL
  SCIM token       ROLLCALL_SCIM_TOKEN in $STATE/demo.env  (set -a; . .local/demo.env)
  pages            $ROLLCALL_URL/ops for operators (ROLLCALL_OPERATOR_TOKEN in the same file), where set-up links are made
  documentation    $ROLLCALL_URL/docs
  operators' API   $ROLLCALL_URL/api/v1/ops  (ROLLCALL_OPERATOR_TOKEN in the same file)
  health           $ROLLCALL_URL/readyz  $ROLLCALL_URL/metrics
  logs             $STATE/log/{serve,worker,postgres,redis}.log
  another tenant   deploy/dev workspace NAME
  stop             deploy/dev down; with all data: deploy/dev reset

TEXT
}

# Sets BINARY and the configuration of the instance that `up` has left running.
running_instance() {
    pid_of serve >/dev/null || die "Rollcall is not running here." "Start it: deploy/dev up"
    # shellcheck source=/dev/null
    . "$STATE/demo.env"
    export DATABASE_URL REDIS_URL
    export_configuration "$(setting API_PORT)"
    BINARY=${ROLLCALL_BIN-$(setting BINARY)}
}

# The foreground of `up`: until Ctrl-C, or until one of the two has died, or somebody else has taken over.
watch_processes() {
    local name serve worker
    serve=$(pid_of serve)
    worker=$(pid_of worker)
    note "in the foreground: Ctrl-C stops everything"
    STARTED=(worker serve redis postgres)
    trap 'step "Ctrl-C"; exit 0' INT
    while sleep 1; do
        for name in serve worker; do
            if [[ $(pid_of "$name") = "${!name}" ]]; then continue; fi
            if [[ ! -s $(record "$name") || $(cut -d ' ' -f 1 "$(record "$name")") != "${!name}" ]]; then
                note "another deploy/dev has stopped or restarted $name: leaving the rest to it"
                keep_what_was_started
                exit 0
            fi
            show_log "$STATE/log/$name.log"
            die "rollcall $name has died." "Its log is $STATE/log/$name.log; stopping the rest."
        done
    done
}
