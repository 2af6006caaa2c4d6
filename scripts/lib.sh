# Sourced by scripts/pg and scripts/test: finding programs, installing packages, and a PostgreSQL of our own.
# Works as root and as a normal user; nothing here needs more than bash, coreutils and what it installs.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The PostgreSQL server's programs are not on PATH in Debian; print the newest folder that has them.
pg_bin() {
    local dir
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -Vr) \
               $(ls -d /usr/pgsql-*/bin 2>/dev/null | sort -Vr) \
               "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)")"; do
        [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] && [ -x "$dir/postgres" ] && { echo "$dir"; return; }
    done
    return 1
}

# Print the first of the named programs that is there.
first_program() {
    local name
    for name in "$@"; do command -v "$name" 2>/dev/null && return; done
    return 1
}

# Print the mail server Exim: /usr/sbin is not on everybody's PATH.
mail_server() { PATH=$PATH:/usr/sbin first_program exim4 exim; }

# PostgreSQL refuses to run as root, so root hands over to the postgres user.
as_pg() {
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# install_packages PACKAGE…: quietly, where this user may; otherwise say which to install and fail.
install_packages() {
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo=(sudo -n); else sudo=(no); fi
    fi
    if [ "${sudo[0]:-}" = no ] || ! command -v apt-get >/dev/null; then
        say "Missing, and not allowed to install it here. Please install these packages (Debian's names) and run this again:"
        say "    $*"
        return 1
    fi
    say "Installing: $*"
    local log; log=$(mktemp)
    # Another apt on the machine may hold the lock for a while: wait for it rather than fail.
    local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2; rm -f "$log"
        say "The installation failed (see above). Please install these packages (Debian's names) and run this again:"
        say "    $*"
        return 1
    fi
    rm -f "$log"
}

# pg_start: make a cluster in a temporary folder, on a free port, with a password nobody else knows.
# Sets PG_DIR and PG_URL. Durability is off: it lives for one test run.
pg_start() {
    local bin password port try
    bin=$(pg_bin) || { say "PostgreSQL's server programs (initdb, pg_ctl) were not found: install the package postgresql"; return 1; }
    # A short path: a Unix socket's address has room for about 100 bytes.
    PG_DIR=$(mktemp -d "${IPPO_PG_PARENT:-/tmp}/ippo-pg.XXXXXX")
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s' "$password" >"$PG_DIR/password"
    [ "$(id -u)" != 0 ] || chown -R postgres "$PG_DIR"
    # C order, as in production: names are sorted by their reading, code point by code point.
    as_pg "$bin/initdb" --pgdata="$PG_DIR/data" --username=ippo --pwfile="$PG_DIR/password" --auth=password \
        --encoding=UTF8 --locale=C --no-sync >"$PG_DIR/initdb.log" 2>&1 ||
        { cat "$PG_DIR/initdb.log" >&2; say "initdb failed"; return 1; }
    for try in 1 2 3 4 5 6 7 8 9 10; do
        # Below the range the kernel gives to outgoing connections, so that few collide; a taken one is tried again.
        port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 10000)))
        if as_pg "$bin/pg_ctl" --pgdata="$PG_DIR/data" --wait --timeout=60 --silent --log="$PG_DIR/server.log" \
            --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$PG_DIR \
                       -c max_connections=300 -c shared_buffers=64MB -c fsync=off -c synchronous_commit=off \
                       -c full_page_writes=off -c autovacuum=off -c jit=off -c log_min_messages=fatal" \
            start >/dev/null 2>&1 </dev/null; then
            PG_URL="postgres://ippo:$password@127.0.0.1:$port/postgres"
            return 0
        fi
    done
    cat "$PG_DIR/server.log" >&2
    say "PostgreSQL did not start"
    return 1
}

# pg_stop DIR
pg_stop() {
    local bin
    [ -n "${1:-}" ] && [ -d "$1" ] || return 0
    bin=$(pg_bin) && as_pg "$bin/pg_ctl" --pgdata="$1/data" --mode=immediate --silent stop >/dev/null 2>&1
    rm -rf "$1"
}
