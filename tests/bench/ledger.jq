# Samples of the ledger ({measure, value}) to a table in Markdown: medians, and whether the aims are met.
def median: sort | (length / 2 | floor) as $half
    | if length % 2 == 1 then .[$half] else (.[$half - 1] + .[$half]) / 2 end;
def figure: if . >= 100 then round else (. * 100 | round / 100) end | tostring;

(group_by(.measure) | map({key: .[0].measure, value: (map(.value) | median)}) | from_entries) as $of
| def row($name; $value; $aim; $met): if $value == null then empty
    else "| \([$name, ($value | figure), $aim, (if $met == null then "" elif $met then "pass" else "short" end)] | join(" | ")) |" end;

"| measure | waybill | aim | |",
"| --- | ---: | --- | --- |",
row("durable events a second, 16 writers"; $of.events; "≥ 1,000 on SQLite, ≥ 2,000 on PostgreSQL"; null),
row("receipt under that load, p50, ms, the change itself included"; $of.receipt_p50; "≤ 300"; $of.receipt_p50 <= 300),
row("receipt under that load, p99, ms"; $of.receipt_p99; "≤ 1,000"; $of.receipt_p99 <= 1000),
row("pushes a second"; $of.pushes_on; ""; null),
row("pushes a second, sequencer off"; $of.pushes_off; ""; null),
row("share that is left"; $of.pushes_on / $of.pushes_off; "≥ 0.85"; $of.pushes_on / $of.pushes_off >= 0.85),
row("inclusion proof, p99, ms"; $of.proof_p99; "≤ 10"; ($of.proof_p99 // 0) <= 10),
row("export, s"; $of.export_seconds; ""; null),
row("verify ledger of that export, s"; $of.verify_seconds; "< 15"; ($of.verify_seconds // 0) < 15)
