# How long after its commit an event's run begins its first action. The load is lag.cpp's.
# runs MODE PART: embedded or Kafka; of how many events one matches, by the last digit of a name.
runs() {
    local mode=$1 part=$2 digits rule rate before figures p50 p99 most seen
    digits=$([ "$part" = all ] && echo '[0-9]' || echo '7')
    rule=$(call POST /api/automations -H 'Content-Type: application/json' -d '{
        "name": "Bench", "trigger": {"type": "event", "event": "contact.created"},
        "conditions": [{"operator": "matches", "field": "contact.name", "value": "'"$digits"'$"}],
        "actions": [{"type": "queue.enqueue", "queue": "bench", "payload": {"id": "{{contact.id}}"}}]}' |
        json_text id)
    lag_load() {
        "$root/build/release/tests/bench_lag" --load --url "$url" --token "$token" \
            --database "$DATABASE_URL" --rate 1000 --seconds "$1" || fail "the load failed"
    }
    lag_load 5 >/dev/null # warms up
    before=$(sql 'select position from log_head')
    rate=$(lag_load "$seconds")
    for _ in $(seq 600); do
        [ "$(sql "select count(*) from automation_runs where status in ('waiting', 'running')")" != 0 ] || break
        sleep 0.1
    done
    figures=$(sql "with lags as (select 1000 * extract(epoch from
            (r.actions->0->'attempts'->0->>'at')::timestamptz - e.recorded_at) as ms
            from automation_runs r join events e using (position)
            where position > $before and rule_id = '$rule' and r.status = 'succeeded')
        select round(percentile_disc(0.5) within group (order by ms), 1) || ' ' ||
            round(percentile_disc(0.99) within group (order by ms), 1) || ' ' ||
            round(max(ms), 1) || ' ' || count(*) from lags")
    read -r p50 p99 most seen <<<"$figures"
    figure "runs_${mode}_$part" "commit → first action at 1,000 events/s, $mode, $part match, p99" "$p99" ms 100 50 low \
        "p50 $p50, p99 $p99, longest $most ms of $seen runs; $rate creates/s were answered"
    call DELETE "/api/automations/$rule" >/dev/null
}
