# Finds the programs that we need, and installs what is missing from the system's packages.
# shellcheck shell=bash

PATH=$PATH:${CARGO_HOME:-${HOME-}/.cargo}/bin # rustup's place, which not every shell knows

OLDEST_POSTGRES=15
OLDEST_REDIS=7

# Sets PG_BIN to the newest server's folder; a data folder goes on with the version that made it.
find_postgres() {
    local bin version made_by best=0
    made_by=$(cat "$STATE/postgres/data/PG_VERSION" 2>/dev/null || true)
    PG_BIN=
    for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin "$(pg_config --bindir 2>/dev/null || true)"; do
        [[ -x $bin/postgres && -x $bin/initdb && -x $bin/psql ]] || continue
        version=$("$bin/postgres" --version | sed -E 's/.* ([0-9]+).*/\1/; s/[^0-9].*//')
        if ((version < OLDEST_POSTGRES)) || [[ $made_by && $version != "$made_by" ]]; then continue; fi
        if ((version > best)); then best=$version PG_BIN=$bin; fi
    done
    if [[ -z $PG_BIN && $made_by ]]; then
        die "The data in $STATE/postgres is of Postgres $made_by, which is not installed." \
            "Install postgresql-$made_by, or give the data up with deploy/dev reset."
    fi
    [[ $PG_BIN ]]
}

# Sets REDIS_SERVER.
find_redis() {
    local version
    REDIS_SERVER=$(command -v redis-server || true)
    [[ $REDIS_SERVER ]] || return 1
    version=$("$REDIS_SERVER" --version | sed -E 's/.* v=([0-9]+).*/\1/')
    [[ $version =~ ^[0-9]+$ ]] && ((version >= OLDEST_REDIS))
}

# ensurepip is what Debian leaves out of python3 without python3-venv; scim2-tester needs 3.11.
find_python() { python3 -c 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# libxml2: what our canonical forms of XML are compared with.
find_lxml() {
    local python
    for python in python3 /usr/bin/python3; do # the one on the path need not be that of the system
        if "$python" -c 'import lxml.etree' 2>/dev/null; then return; fi
    done
    return 1
}

# A browser that needs no screen. Sets CHROMIUM.
find_chromium() {
    CHROMIUM=$(command -v chromium || command -v google-chrome || true)
    [[ $CHROMIUM ]]
}

# The identity provider of the browser's scenarios, and a PHP that can run it.
find_simplesamlphp() {
    [[ -f $SIMPLESAMLPHP/www/saml2/idp/SSOService.php ]] &&
        php -r 'exit((int) (array_diff(["dom", "mbstring", "curl", "openssl"], get_loaded_extensions()) !== []));' 2>/dev/null
}

# What drives the browser, and where that comes from.
find_node() {
    command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

find_openssl() { command -v openssl >/dev/null; }

# What C in our dependencies is built with.
find_cc() { command -v cc >/dev/null && command -v make >/dev/null; }

# need_programs NAME..: finds them all, or installs all that are missing in one go.
need_programs() {
    local name missing=() packages=()
    [[ ${ROLLCALL_BIN-} ]] || type -P cargo >/dev/null || die "Rust is not installed." "Get it from https://rustup.rs and call again."
    for name in "$@"; do
        if "find_$name"; then continue; fi
        missing+=("$name")
        case $name in
            postgres) packages+=(postgresql) ;;
            redis) packages+=(redis-server) ;;
            python) packages+=(python3 python3-venv) ;;
            cc) packages+=(gcc libc6-dev make) ;;
            chromium | openssl) packages+=("$name") ;;
            simplesamlphp) packages+=(simplesamlphp php-cli php-xml php-mbstring php-curl) ;;
            node) packages+=(nodejs npm) ;;
        esac
    done
    if ((${#missing[@]} == 0)); then return; fi
    install_packages "${packages[@]}"
    hash -r
    for name in "${missing[@]}"; do
        "find_$name" || die "The packages of this system do not bring a $name that is new enough." \
            "Needed: Postgres $OLDEST_POSTGRES (see https://apt.postgresql.org), Redis $OLDEST_REDIS, Python 3.11 with venv, Node 18 with npm."
    done
}

install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        die "Missing on this machine: what Debian calls $*." "Install it with the system's package manager and call again."
    fi
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || die "Missing on this machine: the packages $*." "Install them: sudo apt-get install $*"
        as_root=(sudo -n)
    fi
    step "installing $*"
    "${as_root[@]}" bash "$LIB/install-packages" "$@" >"$STATE/log/packages.log" 2>&1 || {
        show_log "$STATE/log/packages.log"
        die "Installing $* failed." "See above, or install them yourself: apt-get install $*"
    }
}
