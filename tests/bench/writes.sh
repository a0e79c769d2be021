# Rows about writing. The open database is the server's; PostgreSQL's half of a ratio runs while the
# server has nothing to do.

# creates: durable creates over HTTP, and the memory that takes.
creates() {
    wrk_run 64 5 create.lua # warms up: the broker compiles itself meanwhile
    caught_up >/dev/null
    ! wanted creates || creates_by_turns
    ! wanted memory || memory
}

# Two rounds of 64 connections, 256 and pgbench: a machine that slows down meanwhile slows all three.
creates_by_turns() {
    local round at_64=() at_256=() p99_64=() p99_256=() lag_64=() lag_256=() inserts=() mean against
    for round in 1 2; do
        wrk_run 64 "$seconds" create.lua
        at_64+=("$rate") p99_64+=("$p99") lag_64+=("$(caught_up)")
        wrk_run 256 "$seconds" create.lua
        at_256+=("$rate") p99_256+=("$p99") lag_256+=("$(caught_up)")
        inserts+=("$(single_inserts)")
    done
    mean=$(mean "${inserts[@]}")
    against="pgbench single-row inserts of such an event, 64 clients, by turns: ${inserts[*]}/s"
    figure creates_64 "durable creates over HTTP, 64 connections" \
        "$(ratio "$(mean "${at_64[@]}")" "$mean")" × 0.4 0.7 high \
        "${at_64[*]}/s, p99 ${p99_64[*]} ms; $against"
    figure creates_256 "durable creates over HTTP, 256 connections" \
        "$(ratio "$(mean "${at_256[@]}")" "$mean")" × 0.6 0.9 high \
        "${at_256[*]}/s, p99 ${p99_256[*]} ms; $against"
    figure creates_lag "until relay and read models caught up after such a load" \
        "$(most "${lag_64[@]}" "${lag_256[@]}")" s "$seconds" "$seconds" low \
        "after $seconds s at 64 connections ${lag_64[*]} s, at 256 ${lag_256[*]} s"
}

# Peak of the server's resident set since its start.
memory() {
    local path='/api/contacts?limit=200'
    wrk_run 256 "$seconds" create.lua
    wrk_run 256 2 get.lua 1 1 "$path"
    figure memory "server memory at 256 connections under load" \
        "$(awk '/^VmHWM/ {printf "%.0f", $2 * 1024 / 1e6}' "/proc/$server/status")" MB 200 120 low \
        "peak after $seconds s of creates and 2 s of pages of 200, both at 256 connections"
}

# The newest contact that was created over HTTP, as quoted literals: its event and its state.
a_contact() {
    sql "select quote_literal($1) from events e join streams s
             on (s.tenant_id, s.kind, s.id) = (e.tenant_id, e.kind, e.stream_id)
         where e.type = 'contact.created' order by e.position desc limit 1"
}

# single_inserts: rows a second, a row of an event's size in each transaction.
single_inserts() {
    sql "set client_min_messages = warning; create table if not exists bench_events (position bigserial primary key, event_id uuid not null,
        data json not null, meta json not null, recorded_at timestamptz not null default clock_timestamp())"
    pgbench_rate 64 "$(filled single_insert.sql data="$(a_contact e.data::text)" \
        meta="$(a_contact e.meta::text)")" -T "$seconds"
}

# in_baseline COMMAND…: on a database that no server reads.
in_baseline() {
    local DATABASE_URL=$DATABASE_URL
    DATABASE_URL=$(cluster_url "$scratch/postgres" baseline)
    "$@"
}
make_baseline() {
    [ -z "$(cluster_sql "$scratch/postgres" "select 1 from pg_database where datname = 'baseline'")" ] ||
        return 0
    (open_database baseline)
    in_baseline sql_file baseline.sql
}

# single_calls: creates over HTTP against one call of append_batch for each.
single_calls() {
    local file calls
    [ "$(sql "select count(*) from events where type = 'contact.created'")" != 0 ] || wrk_run 64 2 create.lua
    file=$(filled append_one.sql tenant="$(a_contact e.tenant_id)" data="$(a_contact e.data::text)" \
        meta="$(a_contact e.meta::text)" title="$(a_contact s.title)" state="$(a_contact s.state::text)")
    caught_up >/dev/null
    wrk_run 64 "$seconds" create.lua
    caught_up >/dev/null
    make_baseline
    calls=$(in_baseline pgbench_rate 64 "$file" -T "$seconds")
    figure call "the same creates, 64 connections, to append_batch one at a time" \
        "$(ratio "$rate" "$calls")" × 8 - high \
        "$rate/s; pgbench calling append_batch with one command, 64 clients: $calls/s"
}

# import_contacts: a CSV file over HTTP against the same events in batches of 256.
import_contacts() {
    local count=100000 before began job status took lag batches baseline imported
    awk -v n="$count" 'BEGIN {
        print "name,email,phone,job_position,tags"
        for (i = 1; i <= n; ++i)
            printf "Imported Person %d,imported.%d@example.com,+1 555 01%d %04d,Analyst,\"bench,imported\"\n",
                i, i, i / 10000 % 10, i % 10000 }' >"$scratch/contacts.csv"
    before=$(sql 'select position from log_head')
    began=$(now)
    job=$(call POST /api/contacts/import -H 'Content-Type: text/csv' \
        --data-binary "@$scratch/contacts.csv" | json_text id)
    until status=$(call GET "/api/imports/$job" | json_text status) && [[ $status =~ completed|failed ]]; do
        awk -v s="$(since "$began")" 'BEGIN {exit s > 300}' || fail "the import does not end"
        sleep 0.1
    done
    took=$(since "$began")
    lag=$(caught_up)
    [ "$(sql "select created from imports where id = '$job'")" = "$count" ] || fail "the import failed"
    make_baseline
    sql_file imported.sql before="$before" >"$scratch/imported.rows"
    batches=$(in_baseline load_batches)
    baseline=$(in_baseline pgbench_rate 1 "$here/append_many.sql" -t "$batches" -D n=-1)
    baseline=$(awk -v n="$count" -v b="$batches" -v r="$baseline" 'BEGIN {printf "%.0f", n / b * r}')
    [ "$(in_baseline sql "select count(*) from streams where title like 'Imported %'")" = "$count" ] ||
        fail "pgbench did not append the same events"
    imported=$(awk -v n="$count" -v t="$took" 'BEGIN {printf "%.0f", n / t}')
    figure import "import of 100,000 contacts (CSV over HTTP)" "$(ratio "$imported" "$baseline")" × \
        0.3 0.5 high "$took s, $imported/s, read models $lag s later; the same events by append_batch in batches of 256, one client: $baseline/s"
}

load_batches() {
    "$bin/psql" -XAtq -d "$DATABASE_URL" -c 'copy imported from stdin' <"$scratch/imported.rows"
    sql_file batches.sql
}
