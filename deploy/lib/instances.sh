# Private Postgres and Redis: made once, found again, never run as root, reachable from this machine only.
# shellcheck shell=bash

unset "${!PG@}" # PGHOST and its kin would lead psql, and Rollcall itself, elsewhere

# choose_servers: sets SERVERS to those that we run ourselves: both, or none where the environment names others.
# Whoever has sourced .local/demo.env has our own addresses in the environment: they are known by their password.
choose_servers() {
    local ours
    SERVERS=(postgres redis)
    ours=$(setting DATABASE_PASSWORD)
    if [[ -z ${DATABASE_URL-}${REDIS_URL-} || ($ours && ${DATABASE_URL-} = *":$ours@"*) ]]; then return; fi
    [[ ${DATABASE_URL-} && ${REDIS_URL-} ]] ||
        die "Only one of DATABASE_URL and REDIS_URL is set." "Set both to use your instances, or neither for private ones."
    SERVERS=()
}

# start_instances DATABASE: where they are ours, and exports DATABASE_URL and REDIS_URL.
start_instances() {
    if ((${#SERVERS[@]} == 0)); then
        note "using DATABASE_URL and REDIS_URL from the environment"
    else
        start_postgres
        make_database "$1"
        start_redis
        DATABASE_URL=$(database_url "$1")
        REDIS_URL=redis://:$(secret REDIS_PASSWORD)@127.0.0.1:$(setting REDIS_PORT)/0
    fi
    export DATABASE_URL REDIS_URL
}

database_url() { printf 'postgres://rollcall:%s@127.0.0.1:%s/%s' "$(secret DATABASE_PASSWORD)" "$(setting POSTGRES_PORT)" "$1"; }

superuser_url() { printf 'postgres://postgres:%s@127.0.0.1:%s/postgres' "$(secret POSTGRES_PASSWORD)" "$(setting POSTGRES_PORT)"; }

# service_user NAME: who runs the server: we ourselves, or for root the package's user.
service_user() {
    if ((EUID != 0)); then
        id -un
    elif getent passwd "$1" >/dev/null; then
        echo "$1"
    else
        echo nobody
    fi
}

# Words to put before a command that runs as that user, from a folder that every user may be in.
as() {
    AS=(env -C / HOME=/)
    if ((EUID == 0)); then AS=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --init-groups "${AS[@]}"); fi
}

# place KIND: a folder $STATE/KIND that the service user (in AS) can use. It is a link to elsewhere where the checkout
# lies below a folder that this user may not enter, /root for instance.
place() {
    local home=$STATE/$1 far
    if [[ -L $home && ! -d $home ]]; then
        note "the $1 data in $(readlink "$home") is gone; starting anew"
        rm "$home"
    fi
    if [[ ! -d $home ]]; then
        mkdir -m 700 "$home"
        chown "$2" "$home"
        if ! "${AS[@]}" test -w "$home"; then
            rmdir "$home"
            far=$(mktemp -d "${FAR}XXXXXXXX")
            chown "$2" "$far"
            ln -s "$far" "$home"
            note "user $2 may not enter $STATE: the $1 data is in $far, linked from $home"
        fi
    fi
    HOME_OF=$(readlink -f "$home")
}

# socket_folder USER: a path that leaves room for a file name within the 107 bytes of a unix socket.
socket_folder() {
    SOCKETS=$HOME_OF
    if ((${#SOCKETS} <= 90)); then return; fi
    SOCKETS=$(setting SOCKETS)
    if [[ ! -d $SOCKETS ]]; then
        SOCKETS=$(mktemp -d /tmp/rollcall-XXXXXXXX)
        remember SOCKETS "$SOCKETS"
        note "the path of this checkout is too long for unix sockets: they are in $SOCKETS"
    fi
    chmod 1777 "$SOCKETS" # Postgres and Redis may be two users; both ask for a password
}

# adopt NAME PID-FILE: a server that works in our folder is ours, also when our record of it was lost. When there is
# none, no pid or lock file may keep the next start away: the pid in it may be anybody's by now. Postgres' children
# outlive a killed parent for a moment, and must be gone before the next one touches their files.
adopt() {
    local pid waited=0 folder=${2%/*}
    pid=$(head -n 1 "$2" 2>/dev/null | tr -d ' ') || true
    if [[ $pid =~ ^[0-9]+$ && $(working_in "$folder") = *" $pid "* ]] && identity "$pid" >"$(record "$1")"; then return; fi
    while [[ $(working_in "$folder") ]]; do
        ((++waited <= 100)) || die "Processes of an earlier $1 still use $folder:$(working_in "$folder")." "End them and call again."
        sleep 0.1
    done
    rm -f "$2" "$HOME_OF"/.s.PGSQL.*.lock
}

# The pids of all processes whose working directory is this folder, each between blanks.
working_in() {
    local link found=
    for link in /proc/[0-9]*/cwd; do
        if [[ $(readlink "$link") = "$1" ]]; then found+=" ${link//[!0-9]/} "; fi
    done 2>/dev/null
    printf '%s' "$found"
}

# await NAME SECONDS COMMAND..: until the command succeeds, or the process is gone, or the time is over.
await() {
    local name=$1 until=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! pid_of "$name" >/dev/null; then
            show_log "$STATE/log/$name.log"
            die "$name did not start." "The log is $STATE/log/$name.log; deploy/dev reset begins from nothing."
        elif ((SECONDS >= until)); then
            show_log "$STATE/log/$name.log"
            die "$name is not ready in time." "The log is $STATE/log/$name.log; deploy/dev up tries again."
        fi
        sleep 0.1
    done
}

start_postgres() {
    local user port options=()
    user=$(service_user postgres)
    as "$user"
    place postgres "$user"
    find_postgres || die "Postgres $OLDEST_POSTGRES or newer is not installed." "Install the package postgresql."
    if [[ ! -d $HOME_OF/data ]]; then init_postgres "$user"; fi
    if ! pid_of postgres >/dev/null; then adopt postgres "$HOME_OF/data/postmaster.pid"; fi
    if pid_of postgres >/dev/null; then
        note "postgres is running already"
    else
        step "starting postgres"
        port=$(port POSTGRES_PORT)
        socket_folder
        if [[ $DURABILITY = fast ]]; then options=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off); fi
        launch postgres "${AS[@]}" "$PG_BIN/postgres" -D "$HOME_OF/data" -c listen_addresses=127.0.0.1 -c port="$port" \
            -c unix_socket_directories="$SOCKETS" -c max_connections=200 -c shared_buffers=256MB "${options[@]}"
    fi
    await postgres 120 postgres_answers
}

postgres_answers() { admin_sql postgres <<<'select 1'; }

init_postgres() {
    local sync=()
    step "making a Postgres cluster ($("$PG_BIN/postgres" --version))"
    if [[ $DURABILITY = fast ]]; then sync=(--no-sync); fi
    rm -rf "$HOME_OF/new" "$HOME_OF/password"
    (umask 077 && secret POSTGRES_PASSWORD >"$HOME_OF/password")
    chown "$1" "$HOME_OF/password"
    "${AS[@]}" "$PG_BIN/initdb" -D "$HOME_OF/new" -U postgres --pwfile="$HOME_OF/password" --auth=scram-sha-256 \
        --data-checksums --encoding=UTF8 --locale=C.UTF-8 "${sync[@]}" >"$STATE/log/initdb.log" 2>&1 || {
        show_log "$STATE/log/initdb.log"
        die "initdb failed." "See above."
    }
    rm "$HOME_OF/password"
    mv "$HOME_OF/new" "$HOME_OF/data" # only now: an interrupted initdb leaves no half cluster behind
}

# admin_sql DATABASE: runs stdin as the superuser.
admin_sql() {
    PGPASSWORD=$(secret POSTGRES_PASSWORD) PGCONNECT_TIMEOUT=5 "$PG_BIN/psql" -XqAt -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$(setting POSTGRES_PORT)" -U postgres -d "$1"
}

# Rollcall's own role makes further roles (row-level security) and owns its database, and no more than that.
make_database() {
    local have
    have=$(admin_sql postgres <<<"select count(*) from pg_roles where rolname = 'rollcall'")
    if [[ $have = 0 ]]; then
        admin_sql postgres <<<"create role rollcall login createrole password '$(secret DATABASE_PASSWORD)'"
    fi
    have=$(admin_sql postgres <<<"select count(*) from pg_database where datname = '$1'")
    if [[ $have = 0 ]]; then admin_sql postgres <<<"create database $1 owner rollcall"; fi
}

start_redis() {
    local user port
    user=$(service_user redis)
    as "$user"
    place redis "$user"
    find_redis || die "Redis $OLDEST_REDIS or newer is not installed." "Install the package redis-server."
    if ! pid_of redis >/dev/null; then adopt redis "$HOME_OF/redis.pid"; fi
    if pid_of redis >/dev/null; then
        note "redis is running already"
    else
        step "starting redis ($("$REDIS_SERVER" --version | cut -d ' ' -f 3))"
        port=$(port REDIS_PORT)
        socket_folder
        write_redis_conf "$port"
        chown "$user" "$HOME_OF/redis.conf"
        launch redis "${AS[@]}" "$REDIS_SERVER" "$HOME_OF/redis.conf"
    fi
    await redis 60 redis_answers
}

write_redis_conf() {
    (
        umask 077
        cat >"$HOME_OF/redis.conf" <<CONF
bind 127.0.0.1
port $1
unixsocket "$SOCKETS/redis.sock"
unixsocketperm 700
requirepass $(secret REDIS_PASSWORD)
dir "$HOME_OF"
pidfile "$HOME_OF/redis.pid"
appendonly $(if [[ $DURABILITY = fast ]]; then echo no; else echo yes; fi)
appendfsync everysec
save ""
maxmemory-policy noeviction
CONF
    )
}

redis_answers() (
    exec 7<>"/dev/tcp/127.0.0.1/$(setting REDIS_PORT)" || exit 1
    printf 'AUTH %s\r\nPING\r\n' "$(secret REDIS_PASSWORD)" >&7
    read -r -t 5 _ <&7 && read -r -t 5 answer <&7 && [[ $answer = +PONG* ]]
)
