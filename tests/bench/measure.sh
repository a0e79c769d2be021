# How it is measured: load by wrk and pgbench, and what becomes of the figures.

mean() { printf '%s\n' "$@" | awk '{s += $1} END {printf "%.0f", s / NR}'; }
most() { printf '%s\n' "$@" | sort -g | tail -n 1; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
now() { date +%s.%N; }
# since TIME: seconds from then to now.
since() { awk -v a="$1" -v b="$(now)" 'BEGIN {printf "%.2f", b - a}'; }

# figure KEY WORK VALUE UNIT FLOOR AIM BETTER DETAIL: a row of the table. BETTER is high or low; an
# AIM of - is none.
figure() {
    local key=$1 work=$2 value=$3 unit=$4 floor=$5 aim=$6 better=$7 detail=$8 verdict
    verdict=$(awk -v v="$value" -v f="$floor" -v a="$aim" -v b="$better" 'BEGIN {
        reaches = b == "high" ? v >= f : v <= f
        aimed = a != "-" && (b == "high" ? v >= a : v <= a)
        print aimed ? "aim reached" : reaches ? "ok" : "below floor" }')
    printf '%s\t' "$key" "$work" "$value" "$unit" "$floor" "$aim" "$better" "$verdict" \
        >>"$scratch/figures.tsv"
    printf '%s\n' "$detail" >>"$scratch/figures.tsv"
    printf '%-64s %6s %-2s   %s, %s: %s\n    %s\n' "$work" "$value" "$unit" "$floor" "$aim" \
        "$verdict" "$detail"
}

# wrk_run CONNECTIONS SECONDS SCRIPT ARGUMENTS…: sets rate (requests a second), p50 and p99
# (milliseconds). Fails where a request was refused.
wrk_run() {
    local connections=$1 time=$2 script=$3 threads=2 out errors
    shift 3
    [ "$connections" -ge 2 ] || threads=1
    out=$(wrk "-t$threads" "-c$connections" "-d${time}s" --timeout 30s -s "$here/$script" "$url" -- "$token" "$@")
    errors=$(awk '/^errors/ {print $2}' <<<"$out")
    [ "$errors" = 0 ] || { tail -n 5 "$scratch/server.log" >&2; fail "$errors requests failed: $out"; }
    rate=$(awk '/^requests/ {r = $2} /^seconds/ {s = $2} END {printf "%.0f", r / s}' <<<"$out")
    p50=$(awk '/^p50_ms/ {print $2}' <<<"$out")
    p99=$(awk '/^p99_ms/ {print $2}' <<<"$out")
}

# pgbench_rate CLIENTS FILE [PGBENCH'S ARGUMENTS…]: transactions a second.
pgbench_rate() {
    local clients=$1 file=$2 out
    shift 2
    out=$("$bin/pgbench" -n -M prepared -c "$clients" -j $((clients < 2 ? 1 : 2)) -f "$file" "$@" \
        "$DATABASE_URL" 2>"$scratch/pgbench.log") || { cat "$scratch/pgbench.log" >&2; fail "pgbench failed"; }
    [ ! -s "$scratch/pgbench.log" ] || ! grep -q 'ERROR' "$scratch/pgbench.log" ||
        { cat "$scratch/pgbench.log" >&2; fail "pgbench failed"; }
    awk '/^tps/ {printf "%.0f", $3}' <<<"$out"
}

# filled FILE NAME=VALUE…: a file of tests/bench/ with its @NAME@ replaced; prints the copy's path.
# pgbench takes a colon before a letter for a variable of its own, so JSON gets a blank there.
filled() {
    local file=$1 text pair
    shift
    text=$(<"$here/$file")
    for pair; do
        text=${text//@${pair%%=*}@/"$(sed 's/":\([a-z]\)/": \1/g' <<<"${pair#*=}")"}
    done
    printf '%s\n' "$text" >"$scratch/$file"
    printf '%s' "$scratch/$file"
}

# caught_up: seconds until all read models, and the relay where there is one, reach the head.
caught_up() {
    local began
    began=$(now)
    until [ "$(sql "select count(*) from checkpoints where position < (select position from log_head)")" = 0 ]; do
        awk -v s="$(since "$began")" 'BEGIN {exit s > 300}' || fail "the read models do not catch up"
        sleep 0.1
    done
    since "$began"
}
