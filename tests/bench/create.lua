-- wrk: each request creates a contact of its own. Arguments: the access token.
local token
local number = 0
local thread_count = 0

function setup(thread)
    thread:set("id", thread_count)
    thread_count = thread_count + 1
end

function init(args)
    token = args[1]
    headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
end

function request()
    number = number + 1
    local name = string.format("Bench Person %d-%d", id, number)
    local body = string.format(
        '{"name":"%s","email":"bench.%d.%d@example.com","phone":"+1 555 010 %04d","job_position":"Analyst","tags":["bench"]}',
        name, id, number, number % 10000)
    return wrk.format("POST", "/api/contacts", headers, body)
end


function done(summary, latency)
    io.write(string.format("requests %d\nseconds %.3f\nerrors %d\np99_ms %.2f\n", summary.requests,
        summary.duration / 1e6,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(99) / 1000))
end
