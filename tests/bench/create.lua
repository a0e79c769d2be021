-- wrk: each request creates a contact of its own. Arguments: the access token.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "summary.lua")

local number = 0
local thread_count = 0
local headers

function setup(thread)
    thread:set("id", thread_count)
    thread_count = thread_count + 1
end

function init(args)
    headers = { ["Authorization"] = "Bearer " .. args[1], ["Content-Type"] = "application/json" }
end

function request()
    number = number + 1
    local name = string.format("Bench Person %d-%d", id, number)
    local body = string.format(
        '{"name":"%s","email":"bench.%d.%d@example.com","phone":"+1 555 010 %04d","job_position":"Analyst","tags":["bench"]}',
        name, id, number, number % 10000)
    return wrk.format("POST", "/api/contacts", headers, body)
end
