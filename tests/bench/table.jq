# Samples ({measure, server, value}, all of a run) to a table in Markdown: medians, ratios, and whether the aims are met.
def median: sort | (length / 2 | floor) as $half
    | if length % 2 == 1 then .[$half] else (.[$half - 1] + .[$half]) / 2 end;
def figure: if . == null then "" elif . >= 100 then round else (. * 10 | round / 10) end | tostring;
def ratio: . * 100 | round / 100 | tostring + "×";

(group_by([.measure, .server]) | map({key: "\(.[0].measure) \(.[0].server)", value: (map(.value) | median)}) | from_entries) as $medians
| def of($measure; $server): $medians["\($measure) \($server)"];
def peers: ["distribution", "zot"];
def faster($measure): [peers[] as $peer | of($measure; $peer) // empty] | max;
def row($name; $measure; $ratio; $aim; $met): [$name, (of($measure; "waybill") | figure),
    (peers[] as $peer | of($measure; $peer) | figure), (of($measure; "nginx") | figure),
    $ratio, $aim, (if $met == null then "" elif $met then "pass" else "short" end)] | "| " + join(" | ") + " |";
def beside_peer($name; $measure; $aim): (of($measure; "waybill") / faster($measure)) as $ratio
    | row($name; $measure; $ratio | ratio; "≥ \($aim)× the faster peer"; $ratio >= $aim);
def beside_nginx($name; $measure; $aim): (of($measure; "waybill") / of($measure; "nginx")) as $ratio
    | row($name; $measure; $ratio | ratio; "≥ \($aim)× nginx"; $ratio >= $aim);

"| measure | waybill | distribution | zot | nginx | ratio | aim | |",
"| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |",
beside_peer("GET manifest by immutable tag, rps"; "get_manifest"; 3),
beside_nginx("the same"; "get_manifest"; 0.4),
beside_peer("HEAD blob, rps"; "head_blob"; 3),
beside_nginx("pull 100 MiB, MB/s"; "pull_large"; 0.85),
beside_peer("push 100 MiB, MB/s"; "push_large"; 1.3),
beside_peer("push 1 KiB, blobs/s"; "push_small"; 1.5),
beside_peer("PUT manifest, rps"; "put_manifest"; 1),
beside_peer("100 tags of 1,000, rps"; "list_tags"; 1.5),
((of("list_tags"; "waybill") / of("list_many_tags"; "waybill")) as $slower
    | row("the same page of \($tags) tags, rps"; "list_many_tags"; $slower | ratio; "≤ 1.3× the time"; $slower <= 1.3)),
row("memory when started, MiB"; "idle_memory"; ""; "< 60 MiB"; of("idle_memory"; "waybill") < 60),
row("memory at the end, MiB"; "memory_after"; ""; ""; null)
