# Processes that outlive one call of deploy/dev: started, recognised and stopped by name.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared by the files that deploy/dev reads

# A pid alone may be anybody's after a reboot or a day. With its start time and the boot it is one process for ever.
identity() {
    local stat rest
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -ra rest <<<"${stat##*) }" # the name in parentheses may hold spaces
    [[ ${rest[0]} != Z ]] || return 1
    printf '%s %s %s\n' "$1" "${rest[19]}" "$(cat /proc/sys/kernel/random/boot_id)"
}

record() { printf '%s\n' "$STATE/run/$1.pid"; }

# The pid of a process of ours, if it is running.
pid_of() {
    local known
    known=$(cat "$(record "$1")" 2>/dev/null) || return 1
    [[ $known && $(identity "${known%% *}") = "$known" ]] || return 1
    printf '%s\n' "${known%% *}"
}

# launch NAME COMMAND..: in the background, in a session of its own so that Ctrl-C does not reach it.
launch() {
    local name=$1
    shift
    (
        exec 9>&- </dev/null >>"$STATE/log/$name.log" 2>&1
        exec setsid "$@"
    ) &
    identity $! >"$(record "$name")" || true # already gone: whoever waits for it says so
    disown $! # bash need not announce how it ended
    STARTED+=("$name")
}

# stop NAME [SIGNAL]: asks, waits, and insists only after 45 seconds.
stop() {
    local name=$1 pid waited=0
    if pid=$(pid_of "$name"); then
        step "stopping $name"
        kill "-${2-TERM}" "$pid"
        while pid_of "$name" >/dev/null; do
            ((++waited <= 450)) || { note "$name does not stop, killing it"; kill -KILL "$pid"; waited=0; }
            sleep 0.1
        done
    fi
    rm -f "$(record "$name")"
}

# Names of what this call has started, to be stopped again when it fails.
STARTED=()

stop_list() {
    local name
    for name in "$@"; do
        case $name in
            postgres) stop postgres INT ;; # "fast": ends the connections, keeps the data clean
            *) stop "$name" ;;
        esac
    done
}

# Of the browser's scenarios.
IDENTITY_PROVIDERS=(simplesamlphp nanoidp)

stop_everything() { stop_list "${IDENTITY_PROVIDERS[@]}" worker serve redis postgres; }

stop_started() {
    local name started=" ${STARTED[*]-} " names=()
    for name in worker serve redis postgres; do
        if [[ $started = *" $name "* ]]; then names+=("$name"); fi
    done
    stop_list "${names[@]}"
}

# on_exit FUNCTION: also on Ctrl-C and on kill. While it runs a second Ctrl-C is not heard: every wait is bounded.
on_exit() {
    # shellcheck disable=SC2064 # the name of the function is meant now
    trap "status=\$?; trap - ERR; trap '' INT TERM HUP; set +e; $1; exit \$status" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

stop_what_was_started_on_exit() { on_exit stop_started; }
stop_everything_on_exit() { on_exit stop_everything; }
keep_what_was_started() { STARTED=(); }
