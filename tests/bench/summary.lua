-- What a wrk script prints at its end, for measure.sh.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("requests %d\nseconds %.3f\nerrors %d\np50_ms %.3f\np99_ms %.3f\n",
        summary.requests, summary.duration / 1e6,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
