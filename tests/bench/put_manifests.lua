-- wrk: puts manifests, each of its own under its own tag. One connection a thread.
-- Arguments: the repository, a file with a manifest whose blobs are there, a word that no other run uses.
local threads = {}
local count = 0

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

function init(args)
    local file = io.open(args[2], "rb")
    repository, manifest, word = args[1], file:read("*a"):gsub("%s*}%s*$", ""), args[3]
    file:close()
    pushed, failed = 0, 0
    wrk.headers["Content-Type"] = "application/vnd.oci.image.manifest.v1+json"
end

function request()
    count = count + 1
    local tag = string.format("%s-%d-%d", word, number, count)
    return wrk.format("PUT", "/v2/" .. repository .. "/manifests/" .. tag, nil,
        manifest .. ',"annotations":{"tag":"' .. tag .. '"}}')
end

function response(status)
    if status == 201 then pushed = pushed + 1 else failed = failed + 1 end
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
