# Row `rules`: JsonLogic against json-logic-js and json-logic-engine on the same rules and data, in
# one run. The npm packages stay below build/.

# The folder of rules and data; empty where there is none.
rules_data() {
    local folder=${THROUGHLINE_CONFORMANCE:-$root/../shared/conformance}/jsonlogic/bench
    [ ! -d "$folder" ] || (cd "$folder" && pwd)
}

rules() {
    local data peers=$root/build/bench-rules milliseconds=$((seconds * 300)) name
    data=$(rules_data)
    [ -n "$data" ] || { say "rules: skipped, there is no test data"; return; }
    command -v npm >/dev/null || { say "rules: skipped, there is no npm"; return; }
    mkdir -p "$peers"
    npm install --prefix "$peers" --silent --no-audit --no-fund json-logic-js@2.0.5 \
        json-logic-engine@5.0.7 </dev/null >/dev/null || fail "npm failed"
    "$root/build/release/tests/bench_rules" "$data" "$milliseconds" >"$scratch/rules.ours"
    (cd "$peers" && exec node "$here/rules.mjs" "$data" "$milliseconds") >"$scratch/rules.theirs"
    while read -r name engine engine_text js_text; do
        local ours ours_text
        read -r ours ours_text < <(awk -v n="$name" '$1 == n {print $2, $3}' "$scratch/rules.ours")
        figure "rules_$name" "JsonLogic '$name', to json-logic-engine compiled" \
            "$(ratio "$engine" "$ours")" × 0.5 1 high "$ours ns an evaluation, it $engine ns"
        figure "rules_${name}_text" "the same from the serialized event" \
            "$(ratio "$engine_text" "$ours_text")" × 3 5 high \
            "$ours_text ns, json-logic-engine $engine_text ns, json-logic-js $js_text ns"
    done <"$scratch/rules.theirs"
    local hundred
    hundred=$(awk '$1 == "hundred" {printf "%.0f", 1e9 / $2}' "$scratch/rules.ours")
    figure rules_hundred "events against 100 rules of one trigger, on one core" \
        "$hundred" /s 5000 - high "from the serialized event, one rule matches"
}
