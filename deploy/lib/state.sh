# Where things are kept (.local and its sub-folders), and what is remembered between two calls: ports and secrets.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared by the files that deploy/dev reads

# Our own names, read back by those who source .local/demo.env; the binary refuses ROLLCALL_ keys that it does not know.
unset ROLLCALL_URL ROLLCALL_SCIM_URL ROLLCALL_SCIM_TOKEN ROLLCALL_WORKSPACE ROLLCALL_API_PID ROLLCALL_WORKER_PID

export LC_ALL=C.UTF-8

# use_state FOLDER durable|fast: everything below works on this folder. `fast` may lose data in a crash: for tests.
use_state() {
    STATE=$1
    DURABILITY=$2
    mkdir -p "$STATE"
    [[ -O $LOCAL && -O $STATE ]] ||
        die "$STATE belongs to $(stat -c %U "$STATE")." "Use deploy/dev as that user, or let that user run deploy/dev reset."
    mkdir -p "$STATE/log" "$STATE/run"
    chmod 755 "$LOCAL" "$STATE" # the users that Postgres and Redis run as must get through; secrets are in 600 files
}

take_lock() {
    exec 9>"$STATE/lock"
    flock -n 9 || die "Another deploy/dev is at work on $STATE." "Wait for it, or stop it."
}

# As use_state, locked and empty, whatever an earlier run has left there.
fresh_state() {
    use_state "$@"
    take_lock
    stop_everything
    remove_state
    use_state "$@"
}

# What cargo and the tests leave behind, a compiler cache or a Redis, must not hold our lock.
cargo() { command cargo "$@" 9>&-; }

release_lock() { exec 9>&-; }

# The value of a remembered setting, or nothing.
setting() {
    if [[ -f $STATE/settings ]]; then sed -n "s/^$1=//p" "$STATE/settings"; fi
}

remember() {
    (
        umask 077
        { grep -v "^$1=" "$STATE/settings" 2>/dev/null || true; } >"$STATE/settings.new"
        printf '%s=%s\n' "$1" "$2" >>"$STATE/settings.new"
        mv "$STATE/settings.new" "$STATE/settings"
    )
}

# secret KEY [BYTES]: a random secret of 192 bits, or of as many bytes as are named; made on first use.
secret() {
    local value
    value=$(setting "$1")
    if [[ -z $value ]]; then
        value=$(od -An -v -N"${2:-24}" -tx1 /dev/urandom | tr -d ' \n')
        remember "$1" "$value"
    fi
    printf '%s' "$value"
}

port_taken() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port KEY [FIRST]: the remembered port, or a new one where there is none or somebody else has taken it meanwhile: the
# first free one from FIRST on, else a random one below the range that the kernel deals out. Call it only while our own
# process is not running.
port() {
    local last value
    last=$(setting "$1")
    value=${last:-${2:-$(random_port)}}
    while port_taken "$value"; do
        if [[ ${2-} ]]; then value=$((value + 1)); else value=$(random_port); fi
    done
    if [[ $value != "$last" ]]; then remember "$1" "$value"; fi
    if [[ $last && $value != "$last" ]]; then note "port $last is taken by another process: $1 is $value now"; fi
    printf '%s' "$value"
}

random_port() { echo $((20000 + RANDOM % 10000)); }

# Where the data lies when it may not lie in $STATE (see `place`).
FAR=/var/tmp/rollcall-

# Removes what `use_state` and its users made; keeps what comes from PyPI and npm, which is costly and holds no data.
remove_state() {
    local kind target
    for kind in postgres redis; do
        target=$(readlink "$STATE/$kind" || true)
        if [[ $target = "$FAR"???????? ]]; then rm -rf "$target"; fi
    done
    target=$(setting SOCKETS)
    if [[ $target = /tmp/rollcall-???????? ]]; then rm -rf "$target"; fi
    rm -rf "$STATE"/{postgres,redis,identity-providers,log,run,settings,demo.env}
}
