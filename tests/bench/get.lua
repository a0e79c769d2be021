-- wrk: reads. Arguments: the access token, the first and the last number of the contacts that {id}
-- stands for (fill.sql makes their ids), then paths to ask for by turns.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "summary.lua")

local headers
local first, last
local paths = {}
local turn = 0

function init(args)
    headers = { ["Authorization"] = "Bearer " .. args[1] }
    first, last = tonumber(args[2]), tonumber(args[3])
    for i = 4, #args do paths[#paths + 1] = args[i] end
    math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 65536)
end

function request()
    turn = turn % #paths + 1
    local path = paths[turn]:gsub("{id}", function()
        return string.format("0190a000-0000-7000-8000-%012d", math.random(first, last))
    end)
    return wrk.format("GET", path, headers)
end
