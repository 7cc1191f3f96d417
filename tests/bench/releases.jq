# Samples of releases ({measure, value}) to a table in Markdown: medians, and whether the aims are met.
def median: sort | (length / 2 | floor) as $half
    | if length % 2 == 1 then .[$half] else (.[$half - 1] + .[$half]) / 2 end;
def figure: if . >= 100 then round else (. * 100 | round / 100) end | tostring;

(group_by(.measure) | map({key: .[0].measure, value: (map(.value) | median)}) | from_entries) as $of
| def row($name; $value; $aim; $met):
    "| \([$name, ($value | figure), $aim, (if $met == null then "" elif $met then "pass" else "short" end)] | join(" | ")) |";
(5 + 3 * $of.fsync_p99) as $durable
| ($of.by_tag_rate / $of.by_environment_rate) as $slower

| "| measure | waybill | aim | |",
"| --- | ---: | --- | --- |",
row("decisions as dry runs, a second"; $of.dry_run_rate; "≥ 3,000"; $of.dry_run_rate >= 3000),
row("the same, p99, ms"; $of.dry_run_p99; "≤ 5"; $of.dry_run_p99 <= 5),
row("decisions recorded, a second"; $of.recorded_rate; "≥ 1,000"; $of.recorded_rate >= 1000),
row("fsync of 4 KiB, p99, ms"; $of.fsync_p99; ""; null),
row("decisions recorded, p99, ms"; $of.recorded_p99; "≤ 5 + 3 × fsync: \($durable | figure)"; $of.recorded_p99 <= $durable),
row("promotion without approvals, p50, ms"; $of.promotion_p50; ""; null),
row("the same, p99, ms"; $of.promotion_p99; "≤ 100"; $of.promotion_p99 <= 100),
row("GET by a mutable tag, a second"; $of.by_tag_rate; ""; null),
row("GET by the environment, a second"; $of.by_environment_rate; ""; null),
row("how much slower that is"; $slower; "≤ 1.3×"; $slower <= 1.3)
