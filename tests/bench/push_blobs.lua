-- wrk: pushes blobs of 1 KiB, each of its own, by POST and PUT as containerd and oras do. One connection a thread.
-- Arguments: the repository. The digest is made by the libcrypto that wrk is linked to.
local ffi = require("ffi")
ffi.cdef("unsigned char *SHA256(const unsigned char *d, size_t n, unsigned char *md);")

local threads = {}
local bytes = ffi.new("unsigned char[32]")
local prefix, location, count = "", nil, 0

local function digest(text)
    ffi.C.SHA256(text, #text, bytes)
    local hex = {}
    for i = 0, 31 do hex[i + 1] = string.format("%02x", bytes[i]) end
    return "sha256:" .. table.concat(hex)
end

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

function init(args)
    repository = args[1]
    pushed, failed = 0, 0
    local seed = io.open("/dev/urandom", "rb")
    prefix = seed:read(16):gsub(".", function(c) return string.format("%02x", c:byte()) end)
    seed:close()
end

function request()
    if not location then
        return wrk.format("POST", "/v2/" .. repository .. "/blobs/uploads/", nil, "")
    end
    count = count + 1
    local body = prefix .. string.format("%08d", count)
    body = body .. string.rep("x", 1024 - #body)
    local separator = location:find("?", 1, true) and "&" or "?"
    wrk.headers["Content-Type"] = "application/octet-stream"
    return wrk.format("PUT", location .. separator .. "digest=" .. digest(body), nil, body)
end

function response(status, headers)
    if location then
        location = nil
        if status == 201 then pushed = pushed + 1 else failed = failed + 1 end
    elseif status == 202 then
        location = (headers["Location"] or headers["location"]):gsub("^https?://[^/]+", "")
    else
        failed = failed + 1
    end
end

function done(summary)
    local pushed, failed = 0, 0
    for _, thread in ipairs(threads) do
        pushed = pushed + thread:get("pushed")
        failed = failed + thread:get("failed")
    end
    print(string.format("failed: %d", failed))
    print(string.format("rate: %.1f", pushed / (summary.duration / 1e6)))
end
