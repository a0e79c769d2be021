# How long after its commit an event is seen. The client is lag.cpp.
lag() {
    local who p50 p99 most seen name out
    out=$("$root/build/release/tests/bench_lag" --url "$url" --token "$token" --database "$DATABASE_URL" \
        --brokers "$KAFKA_BROKERS" --rate 2000 --seconds "$seconds") || fail "the lag was not measured"
    while read -r who p50 p99 most seen; do
        case $who in
            read_models) name='read model (the last of all)' ;;
            kafka) name='Kafka subscriber' ;;
            sse) name='SSE client' ;;
            rate) continue ;;
        esac
        figure "lag_$who" "commit → $name at 2,000 events/s, p99" "$p99" ms 50 25 low \
            "p50 $p50, p99 $p99, longest $most ms of $seen events; $(awk '/^rate/ {print $2}' <<<"$out") creates/s were answered; from recorded_at, before the commit's fsync"
    done <<<"$out"
}
