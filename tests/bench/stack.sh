# What is measured: a throwaway cluster, a broker and the server on ports of their own. Sourced by
# script/bench, as all files here.
scratch=
server=
kafka=
KAFKA_BROKERS=

start_stack() {
    scratch=$(mktemp -d /tmp/throughline-bench.XXXXXX)
    chmod 755 "$scratch"
    own_folder "$scratch/postgres"
    start_cluster "$scratch/postgres"
    bin=$(postgres_bin)
    make_wal_ahead
    binary=$root/build/release/throughline
    serving=("$binary" serve)
    export DATA_DIR=$scratch/data THROUGHLINE_RATE_LIMITS=off DATABASE_URL PORT KAFKA_BROKERS
    mkdir -p "$DATA_DIR"
}

# A gigabyte of WAL to write over, as a cluster has it that has run for a while: where there is none,
# whoever commits makes a new segment, and all wait for that.
make_wal_ahead() {
    local segment
    for segment in {1..64}; do
        echo "select pg_logical_emit_message(true, 'bench', '$segment'); select pg_switch_wal();"
    done | "$bin/psql" -XAtq -d "$(cluster_url "$scratch/postgres" postgres)" >/dev/null
    cluster_sql "$scratch/postgres" checkpoint
}

finish() {
    trap '' INT TERM HUP EXIT
    stop_child
    stop_server
    stop_kafka
    [ -n "$scratch" ] || return 0
    stop_cluster "$scratch/postgres"
    rm -rf "$scratch"
}

# open_database NAME: makes it, and all that follows is about it.
open_database() {
    cluster_sql "$scratch/postgres" "create database $1"
    DATABASE_URL=$(cluster_url "$scratch/postgres" "$1")
    "$binary" migrate >/dev/null
}

start_kafka() {
    local port
    port=$(free_port)
    "$root/script/kafka" --port "$port" --data "$scratch/kafka" >"$scratch/kafka.log" 2>&1 </dev/null &
    kafka=$!
    until grep -qs 'Kafka Server started' "$scratch/kafka.log"; do
        kill -0 "$kafka" 2>/dev/null || { cat "$scratch/kafka.log" >&2; fail "Kafka did not start"; }
        sleep 0.2
    done
    KAFKA_BROKERS=127.0.0.1:$port
}

stop_kafka() {
    [ -z "$kafka" ] || { kill -TERM "$kafka" 2>/dev/null && wait "$kafka"; } || true
    kafka=
    KAFKA_BROKERS=
}

# The server on the open database, with Kafka where that runs; sets url and token.
start_server() {
    PORT=$(free_port)
    url=http://127.0.0.1:$PORT
    "${serving[@]}" >>"$scratch/server.log" 2>&1 </dev/null &
    server=$!
    until port_taken 127.0.0.1 "$PORT"; do
        kill -0 "$server" 2>/dev/null || { cat "$scratch/server.log" >&2; fail "the server did not start"; }
        sleep 0.1
    done
    token=$("$binary" token issue --email bench@example.com 2>/dev/null)
}

stop_server() {
    [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null && wait "$server"; } || true
    server=
}

# with_server COMMAND…
with_server() {
    start_server
    "$@"
    stop_server
}

sql() { "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -c "$1" </dev/null; }

# sql_file FILE [NAME=VALUE…]: a file of tests/bench/ with psql's variables.
sql_file() {
    local file=$1 variables=()
    shift
    for variable; do variables+=(-v "$variable"); done
    "$bin/psql" -XAtq -v ON_ERROR_STOP=1 "${variables[@]}" -d "$DATABASE_URL" -f "$here/$file" </dev/null
}

# call METHOD PATH [CURL'S ARGUMENTS…]: the answer's body; fails where it is refused.
call() {
    local method=$1 path=$2
    shift 2
    curl -sS --fail-with-body -g -X "$method" "$url$path" -H "Authorization: Bearer $token" "$@" </dev/null ||
        fail "$method $path was refused"
}

# json_text NAME: the first text of that name in the JSON that comes in.
json_text() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
