# How fast the engine takes events in: a log that it has yet to see, and many rules. Each event matches
# one of a hundred rules that wait for it; then the tenant has nine hundred more that wait for another.

crowd_rule() { # NUMBER TRIGGER VALUE
    call POST /api/automations -H 'Content-Type: application/json' -d '{"name": "Rule '"$1"'",
        "trigger": {"type": "event", "event": "'"$2"'"},
        "conditions": [{"operator": "equals", "field": "contact.job_position", "value": "'"$3"'"},
                       {"operator": "exists", "field": "contact.email"}],
        "actions": [{"type": "queue.enqueue", "queue": "bench", "payload": {"id": "{{contact.id}}"}}]}' >/dev/null
}

# engine_rate: sets taken, events a second from when the engine moves first until it has seen what is
# there. In no subshell, so that a failure ends the server too.
engine_rate() {
    local head first began
    with_roles api wrk_run 64 "$seconds" create.lua
    head=$(sql 'select position from log_head')
    first=$(sql "select position from checkpoints where name = 'automation'")
    THROUGHLINE_ROLES=automation start_server
    engine_reaches $((first + 1))
    first=$position began=$(now)
    engine_reaches "$head"
    taken=$(awk -v n=$((position - first)) -v s="$(since "$began")" 'BEGIN {printf "%.0f", n / s}')
    stop_server
}

# engine_reaches POSITION: waits for it, and sets position to where the engine is then.
engine_reaches() {
    local deadline=$((SECONDS + 300))
    position=0
    until [ "$position" -ge "$1" ]; do
        [ "$SECONDS" -lt "$deadline" ] || fail "the engine does not catch up"
        position=$(sql "select position from checkpoints where name = 'automation'")
    done
}

with_roles() {
    THROUGHLINE_ROLES=$1 start_server
    shift
    "$@"
    stop_server
}

crowd() {
    local number hundred taken position matched
    for number in $(seq 99); do crowd_rule "$number" contact.created "Nobody $number"; done
    crowd_rule 100 contact.created Analyst
    stop_server
    engine_rate
    hundred=$taken
    with_roles api,automation others
    engine_rate
    matched=$(sql "select count(*) from automation_runs")
    figure crowd "events that the engine takes in, 100 rules wait for each, one matches" "$hundred" /s 5000 - high \
        "the engine and the runs that it makes in one process, beside PostgreSQL; $matched runs"
    figure crowd_others "the same with 900 more rules that wait for other events, to that" \
        "$(ratio "$taken" "$hundred")" × 0.8 0.95 high "$taken/s"
}

others() {
    local number
    for number in $(seq 101 1000); do crowd_rule "$number" deal.won "Nobody $number"; done
}
