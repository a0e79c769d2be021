# Rows about reading, on the database of fill.sh.

reads() {
    ! wanted read || read_one
    ! wanted list || {
        list list_status 'of a status, last changed first' \
            'filter%5Bstatus%5D=active&sort=-updated_at' "status = 'active'" 'updated_at desc, id desc'
        list list_tags 'of a rare tag and status, by name' \
            'filter%5Btags%5D=vip&filter%5Bstatus%5D=customer&sort=name' \
            "tags && '{vip}' and status = 'customer'" 'name, id'
    }
    ! wanted scale || pages
}

tenant() { sql 'select quote_literal(tenant_id) from template'; }

# by_turns KEY WORK FILE LEAN REQUEST…: GETs of 64 connections and pgbench's file, two rounds: a machine
# that slows down meanwhile slows both. LEAN, where there is one, is measured beside them and told.
by_turns() {
    local key=$1 work=$2 file=$3 lean=$4 round rates=() worst=() selects=() leans=() beside=
    shift 4
    for round in 1 2; do
        wrk_run 64 "$seconds" get.lua "$@"
        rates+=("$rate") worst+=("$p99")
        selects+=("$(pgbench_rate 64 "$file" -T "$seconds" -D "contacts=$contacts")")
        [ -z "$lean" ] || leans+=("$(pgbench_rate 64 "$lean" -T "$seconds")")
    done
    [ -z "$lean" ] || beside="; of the text alone that is kept of each for answers: ${leans[*]}/s, $(
        ratio "$(mean "${rates[@]}")" "$(mean "${leans[@]}")") ×"
    figure "$key" "$work" "$(ratio "$(mean "${rates[@]}")" "$(mean "${selects[@]}")")" × 0.5 0.8 high \
        "${rates[*]}/s, p99 ${worst[*]} ms; pgbench SELECT of what is answered, 64 clients, by turns: ${selects[*]}/s$beside"
}

read_one() {
    by_turns read "read one of 100,000 contacts, 64 connections" \
        "$(filled read_one.sql tenant="$(tenant)")" '' 1 "$contacts" '/api/contacts/{id}'
}

# identity: the same reads by turns from the server with limits that are never reached, and from one
# that takes every request for the same owner's. Two rounds each; the better one counts.
identity() {
    local claims user tenant round checked=0 fixed=0
    local limited=rest=1000000000,user=1000000000
    for round in 1 2; do
        THROUGHLINE_RATE_LIMITS=$limited start_server
        wrk_run 64 "$seconds" get.lua 1 "$contacts" '/api/contacts/{id}'
        stop_server
        [ "$rate" -le "$checked" ] || checked=$rate
        claims=$(cut -d . -f 2 <<<"$token" | tr '_-' '/+' | base64 -d 2>/dev/null || true)
        user=$(json_text sub <<<"$claims")
        tenant=$(json_text tenant_id <<<"$claims")
        serving=("$root/build/release/tests/bench_fixed" "$user" "$tenant")
        start_server
        wrk_run 64 "$seconds" get.lua 1 "$contacts" '/api/contacts/{id}'
        stop_server
        serving=("$binary" serve)
        [ "$rate" -le "$fixed" ] || fixed=$rate
    done
    figure identity "read one with token, limits and roles, 64 connections" \
        "$(ratio "$checked" "$fixed")" × 0.9 1 high \
        "$checked/s; of a server that takes all for one fixed owner: $fixed/s"
}

# What a page tells of a contact, as columns.
answered='id, version, name, email, phone, job_position, organization_id, tags, status, owner_id,
    metadata, created_at, updated_at'

# list KEY WHAT QUERY WHERE ORDER: a page of 50 over HTTP and by SQL.
list() {
    local path="/api/contacts?limit=50&$3" rows lean
    [ "$(call GET "$path" | grep -o '"version":' | wc -l)" = 50 ] || fail "$path is no full page"
    lean=$scratch/read_list_text.sql
    mv "$(filled read_list.sql columns='id, version, state' tenant="$(tenant)" where="$4" order="$5")" "$lean"
    rows=$(filled read_list.sql columns="$answered" tenant="$(tenant)" where="$4" order="$5")
    by_turns "$1" "list of 50 of 100,000 contacts, $2" "$rows" "$lean" 1 1 "$path"
}

# pages: how long single requests take now; scale_figures compares.
pages() {
    page list 'newest' '/api/contacts'
    page list 'filtered by status, last changed first' \
        '/api/contacts?filter%5Bstatus%5D=active&sort=-updated_at'
    page list 'filtered by tag, by name' '/api/contacts?filter%5Btags%5D=vip&sort=name'
    page timeline 'of a record with 61 events' '/api/timeline/contact/{id}'
    local names
    mapfile -t names < <(sql "select '/api/contacts?q=' || replace(title, ' ', '+') from streams
        where kind = 'contact' order by hashtext(id::text) limit 20")
    page text 'full names' "${names[@]}"
    page text 'a common name' '/api/contacts?q=anna'
    page text 'two common words' '/api/contacts?q=anna+engineer'
    page text 'the beginning of a word' '/api/contacts?q=ber'
}

# searches: over all kinds. Each of these given names is that of about 8 contacts in a thousand.
searches() {
    local names rare
    mapfile -t names < <(sql "select '/api/search?q=' || replace(title, ' ', '+') from streams
        where kind = 'contact' order by hashtext(id::text) limit 20")
    rare=(/api/search?q={zelda,yvonne,conrad,agnes,walter} '/api/search?q=rosa+engineer')
    wrk_run 1 2 get.lua 1 1 "${rare[@]}" "${names[@]}" # warms up
    wrk_run 1 "$seconds" get.lua 1 1 "${rare[@]}" "${names[@]}"
    local found="p50 $p50 ms of these and 20 full names" wide=$p99
    wrk_run 1 "$seconds" get.lua 1 1 '/api/search?q=anna'
    found+="; a name of 12 in a hundred: p50 $p50, p99 $p99 ms"
    wrk_run 1 "$seconds" get.lua 1 1 '/api/search?q=e'
    found+="; a first letter: p50 $p50, p99 $p99 ms"
    figure search "search of 1,000,000 contacts, words that at most 1% have, p99" "$wide" ms 20 10 \
        low "$found"
}

# timeline_page: of a record with 61 events, among all the events there are now.
declare -A timeline_p50=()
timeline_page() {
    wrk_run 1 1 get.lua "$busy" $((busy + 39)) '/api/timeline/contact/{id}' # warms up
    wrk_run 1 "$seconds" get.lua "$busy" $((busy + 39)) '/api/timeline/contact/{id}'
    timeline_p50[$contacts]=$p50
    timeline_p99=$p99
}

timeline_figures() {
    figure timeline "timeline page among 2,000,000 events, p99" "$timeline_p99" ms 20 10 low \
        "a page of 50 of a record with 61 events; p50 ${timeline_p50[2000000]} ms"
    figure timeline_growth "timeline page among 2,000,000 events and among 100,000" \
        "$(ratio "${timeline_p50[2000000]}" "${timeline_p50[100000]}")" × 1.5 1.2 low \
        "medians in ms: ${timeline_p50[100000]}, ${timeline_p50[2000000]}"
}

# page WHAT QUERY PATH…: one connection, its median latency.
page() {
    local what=$1 query=$2
    shift 2
    wrk_run 1 1 get.lua "$busy" $((busy + 39)) "$@" # warms up
    wrk_run 1 $((seconds < 4 ? 1 : seconds / 4)) get.lua "$busy" $((busy + 39)) "$@"
    printf '%s\t%s\t%s\t%s\n' "$what" "$query" "$contacts" "$p50" >>"$scratch/pages.tsv"
}

# The slowest growth of each sort of page, from the first size to the last.
scale_figures() {
    local what name detail worst
    for what in list timeline text; do
        case $what in
            list) name='list page' ;;
            timeline) name='timeline page' ;;
            text) name='full text search' ;;
        esac
        worst=$(awk -F '\t' -v w=$what '$1 == w { if (!($2 in first)) first[$2] = $4; last[$2] = $4 }
            END { for (q in first) { r = last[q] / first[q]; if (r > m) m = r } printf "%.2f", m }' \
            "$scratch/pages.tsv")
        detail=$(awk -F '\t' -v w=$what '$1 == w {
                if (!($2 in at)) { order[++n] = $2; at[$2] = "" }
                at[$2] = at[$2] (at[$2] == "" ? "" : ", ") $4 }
            END { for (i = 1; i <= n; ++i) printf "%s%s: %s", (i > 1 ? "; " : ""), order[i], at[order[i]] }' \
            "$scratch/pages.tsv")
        figure "scale_$what" "$name of 1,000,000 contacts and of 10,000" "$worst" × 2 1.5 low \
            "the worst of these medians in ms at 10k, 100k, 1M: $detail"
    done
}
