-- wrk: asks for the inclusion proof of one entry after the other, at random. Argument: how many entries there are.
function init(args)
    entries = tonumber(args[1])
    math.randomseed(os.time())
end

function request()
    return wrk.format("GET", "/api/v1/ledger/proof/inclusion?index=" .. math.random(0, entries - 1))
end
