-- wrk, with one thread: creates contacts as create.lua does, at a steady rate, however long the
-- answers take. Arguments: the access token, the creates a second.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "create.lua")

local ffi = require("ffi")
ffi.cdef("struct moment { long seconds, nanoseconds; }; int clock_gettime(int, struct moment *);")
local monotonic = 1
local moment = ffi.new("struct moment")

local function milliseconds()
    ffi.C.clock_gettime(monotonic, moment)
    return tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
end

local begin_creates = init
local between, due

function init(args)
    begin_creates(args)
    between = 1e3 / tonumber(args[2])
end

-- Called before each request: the milliseconds until its turn.
function delay()
    local now = milliseconds()
    due = due and due + between or now
    return math.max(0, math.floor(due - now + 0.5))
end
