# What the scripts share; sourced, never run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=script/$(basename "$0")
child=

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$self" "$*" >&2; exit 1; }

# Runs a command so that a signal to this script stops it too: see stop_child.
run() {
    "$@" &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# Passes SIGTERM on to what `run` is waiting for and waits for its end.
stop_child() {
    [ -n "$child" ] || return 0
    kill -TERM "$child" 2>/dev/null || true
    while kill -0 "$child" 2>/dev/null; do wait "$child" || true; done
    child=
}

# build PRESET [TARGET]: configures once, builds, and says how long it took. Two at a time wait for
# each other.
build() {
    local preset=$1 folder=$root/build/$1 started=$SECONDS jobs gigabytes
    mkdir -p "$folder"
    exec 8>"$folder/.lock"
    flock 8
    # A large source needs about 1.5 GB of memory.
    gigabytes=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
    jobs=$(nproc)
    [ "$jobs" -le "$gigabytes" ] || jobs=$((gigabytes > 0 ? gigabytes : 1))
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt" ||
        [ ! -f "$folder/build.ninja" ]; then
        (cd "$root" && exec cmake --preset "$preset" --fresh) 8>&- || fail "cmake failed"
    fi
    run ninja -C "$folder" -j "$jobs" ${2:+"$2"} 8>&- || fail "the build failed"
    exec 8>&-
    say "Built build/$preset in $((SECONDS - started)) s"
}

# port_taken ADDRESS PORT
port_taken() {
    local address=$1
    [ "$address" != 0.0.0.0 ] || address=127.0.0.1
    (exec 3<>"/dev/tcp/$address/$2") 2>/dev/null
}

# Prints a loopback port that nobody listens on, outside of the ephemeral range.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        port_taken 127.0.0.1 "$port" || { echo "$port"; return; }
    done
}

# Bytes that mean something in a URL, percent-encoded.
url_encoded() {
    local LC_ALL=C text=$1 out='' i c
    for ((i = 0; i < ${#text}; i++)); do
        c=${text:i:1}
        case $c in
            [A-Za-z0-9._~-]) out+=$c ;;
            *) printf -v c '%%%02X' "'$c"; out+=%${c: -2} ;;
        esac
    done
    printf '%s' "$out"
}
