# A private PostgreSQL cluster that listens on a socket only; sourced after common.sh.
# A cluster's folder holds data/, log and, where the path is short enough, socket/.

# PostgreSQL refuses to run as root: its package's user does it then.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups "$@")
    else
        "$@"
    fi
}

postgres_bin() {
    local folder
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -x "$folder/initdb" ] || folder=$(dirname "$(command -v initdb || echo /missing/initdb)")
    [ -x "$folder/initdb" ] || fail "PostgreSQL's programs are not installed"
    printf '%s' "$folder"
}

# Makes `$1` a folder that only the user who runs PostgreSQL can enter; false where that user
# cannot reach it.
own_folder() {
    mkdir -p "$1"
    [ "$(id -u)" != 0 ] || chown postgres: "$1"
    chmod 700 "$1" 2>/dev/null && as_postgres test -w "$1"
}

# cluster_folder DATA_DIR: sets `cluster` to where that data folder's cluster lives: below it, or
# in /var/lib/throughline behind a link where PostgreSQL's user cannot reach it.
cluster_folder() {
    local link=$1/postgres user
    user=$(as_postgres id -un)
    [ -L "$link" ] || rmdir "$link" 2>/dev/null || true
    if [ -e "$link" ]; then
        cluster=$(readlink -f "$link")
        [ "$(stat -c %U "$cluster")" = "$user" ] ||
            fail "$cluster belongs to $(stat -c %U "$cluster") and PostgreSQL would run as $user; use the account that made it, or another DATA_DIR"
        own_folder "$cluster" || fail "$user cannot reach $cluster"
        return
    fi
    [ ! -L "$link" ] ||
        fail "the cluster that $link points to is gone; delete the link to begin with an empty one"
    if own_folder "$link"; then
        cluster=$link
        return
    fi
    rmdir "$link"
    cluster=/var/lib/throughline/$(printf '%s' "$1" | sha256sum | cut -c 1-16)
    # Left by a data folder of this name that was deleted: kept, not served.
    [ ! -e "$cluster" ] || mv "$cluster" "$cluster.$(date +%s)"
    own_folder "$cluster" || fail "cannot make $cluster"
    ln -s "$cluster" "$link"
    say "PostgreSQL's user cannot reach $1: its cluster is in $cluster"
}

# The socket's path may have 107 bytes; the file's name takes 15 of them.
socket_folder() {
    local folder=$1/socket
    [ ${#folder} -le 90 ] || folder=/tmp/throughline-$(printf '%s' "$1" | sha256sum | cut -c 1-16)
    printf '%s' "$folder"
}

# cluster_url FOLDER DATABASE
cluster_url() {
    printf 'postgresql://throughline@/%s?host=%s' "$2" "$(url_encoded "$(socket_folder "$1")")"
}

cluster_sql() {
    PGCONNECT_TIMEOUT=5 "$(postgres_bin)/psql" -XAtq -v ON_ERROR_STOP=1 \
        -d "$(cluster_url "$1" postgres)" -c "$2" </dev/null
}

# It answers, and lets nobody in yet.
is_recovering() {
    local answer=0
    "$(postgres_bin)/pg_isready" -q -h "$1" || answer=$?
    [ "$answer" = 1 ]
}

# postmaster_runs DATA. The process id in a killed server's lock file may be another program's by now.
postmaster_runs() {
    local pid
    pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null || true)
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$1")" ]
}

log_size() { stat -c %s "$1/log" 2>/dev/null || echo 0; }

# last_words FOLDER SIZE: why the postmaster gave up, by what its log has beyond that size; else nothing.
last_words() {
    { tail -c "+$(($2 + 1))" "$1/log" 2>/dev/null || true; } |
        awk '/PANIC:|FATAL:/ && !/the database system is/ {why = $0}
             /PANIC:|aborting startup due to/ {gave_up = 1}
             END {if (gave_up) print why}'
}

# Starts the postmaster of cluster FOLDER unless one runs, and waits until it lets people in: as long
# as that takes where it recovers, which would begin anew if it were stopped.
await_cluster() {
    local folder=$1 data=$1/data log=$1/log bin socket size='' words='' is_ours=''
    local told=$SECONDS deadline=$((SECONDS + 120))
    bin=$(postgres_bin)
    socket=$(socket_folder "$folder")
    until cluster_sql "$folder" 'select 1' >/dev/null 2>&1; do
        if ! postmaster_runs "$data"; then
            [ -z "$size" ] || words=$(last_words "$folder" "$size")
            [ -z "$words" ] || fail "PostgreSQL cannot start: $words; see $log"
            [ -z "$is_ours" ] || fail "PostgreSQL ended before it let anybody in: see $log"
            size=$(log_size "$folder")
            # It may fail for a moment, until backends of a killed server have noticed.
            as_postgres "$bin/pg_ctl" start -D "$data" -w -t 15 -s -l "$log" \
                </dev/null >/dev/null 2>&1 8>&- 9>&- && return
            ! postmaster_runs "$data" || is_ours=1
        fi
        ! is_recovering "$socket" || deadline=$((SECONDS + 120))
        [ $SECONDS -lt $deadline ] || fail "PostgreSQL does not start: see $log"
        if [ $((SECONDS - told)) -ge 15 ]; then
            told=$SECONDS
            say "Waiting for PostgreSQL, which lets nobody in yet (after a crash it recovers first);" \
                "the end of its log, $log: $(tail -n 1 "$log" 2>/dev/null || true)" >&2
        fi
        sleep 0.5
    done
}

# start_cluster FOLDER [LINE OF postgresql.conf…]: makes the cluster when there is none. One that
# still runs is taken over; what a killed one left is cleared.
start_cluster() {
    local folder=$1 bin socket data=$1/data
    shift
    bin=$(postgres_bin)
    socket=$(socket_folder "$folder")
    own_folder "$socket" || fail "cannot use $socket"
    if [ ! -f "$data/PG_VERSION" ] || [ -f "$folder/unfinished" ]; then
        as_postgres touch "$folder/unfinished"
        rm -rf "$data"
        as_postgres "$bin/initdb" -D "$data" -U throughline -A trust -E UTF8 \
            --locale-provider=libc --locale=C.UTF-8 >"$folder/initdb.log" </dev/null ||
            fail "initdb failed: see $folder/initdb.log"
        echo "include = 'throughline.conf'" | as_postgres tee -a "$data/postgresql.conf" >/dev/null
        as_postgres touch "$data/throughline.conf"
        rm "$folder/unfinished"
    fi
    if ! cluster_sql "$folder" 'select 1' >/dev/null 2>&1; then
        printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '${socket//\'/\'\'}'" \
            "unix_socket_permissions = 0700" "max_connections = 200" "shared_buffers = 256MB" \
            "min_wal_size = 1GB" "max_wal_size = 4GB" "checkpoint_timeout = 15min" \
            "timezone = 'UTC'" "log_timezone = 'UTC'" "$@" |
            as_postgres tee "$data/throughline.conf" >/dev/null
        postmaster_runs "$data" || rm -f "$data/postmaster.pid" "$socket"/.s.PGSQL.*
        await_cluster "$folder"
    fi
    [ "$(cluster_sql "$folder" "select 1 from pg_database where datname = 'throughline'")" = 1 ] ||
        cluster_sql "$folder" 'create database throughline'
}

stop_cluster() {
    [ ! -f "$1/data/postmaster.pid" ] ||
        as_postgres "$(postgres_bin)/pg_ctl" stop -D "$1/data" -m fast -w -t 60 -s </dev/null || true
    case $(socket_folder "$1") in /tmp/*) rmdir "$(socket_folder "$1")" 2>/dev/null || true ;; esac
}
