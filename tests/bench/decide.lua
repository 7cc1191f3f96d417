-- wrk: asks whether an image may run, one after the other at random. Arguments: a file with an image of each line by its
-- digest, the environment, and whether nothing is recorded.
local images, body = {}, ""

function init(args)
    for image in io.lines(args[1]) do images[#images + 1] = image end
    body = '","environment":"' .. args[2] .. '","action":"deploy","dry_run":' .. args[3] .. "}"
    math.randomseed(os.time())
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    return wrk.format("POST", "/api/v1/decisions", nil, '{"image":"' .. images[math.random(#images)] .. body)
end
