//! What is acknowledged is on disk: read off a trace of the server's system calls.
//!
//! For every blob: its file and its folder are synced after the last write to the file and before the database's log is
//! written with the row; and that log is synced before the 201 goes out. The same judge must find fault with a trace
//! that lacks one of these syncs, or it proves nothing.

use std::collections::{HashMap, HashSet};
use std::process::{Command, Stdio};

use super::kit::{bytes, push_blob};
use crate::support::{TestServer, wait_until};

/// A system call, as far as the judge cares.
#[derive(Debug, Clone, PartialEq)]
enum Call {
    WriteBlob(String),
    SyncBlob(String),
    SyncFolder(String),
    WriteLog,
    SyncLog,
    Answer201,
}

/// Reads a trace by `strace -f -y`, in the order in which calls ended.
fn read(trace: &str) -> Vec<Call> {
    let mut unfinished = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let whole = if let Some((head, _)) = rest.split_once("<unfinished ...>") {
            unfinished.insert(pid.to_owned(), head.to_owned());
            // A write takes effect somewhere after it began: judging it by its beginning is the stricter reading of
            // what must come after it.
            if head.starts_with("fsync") || head.starts_with("fdatasync") {
                continue;
            }
            head.to_owned()
        } else if rest.starts_with("<...") {
            match unfinished.remove(pid) {
                Some(head) if head.starts_with("fsync") || head.starts_with("fdatasync") => head,
                _ => continue,
            }
        } else {
            rest.to_owned()
        };
        calls.extend(call(&whole));
    }
    calls
}

fn call(text: &str) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    let file =
        arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
    let blob = file.split_once("/storage/blobs/").map(|(_, blob)| blob.to_owned());
    match name {
        "write" | "pwrite64" | "writev" => match blob {
            Some(blob) => Some(Call::WriteBlob(blob)),
            None if file.ends_with("waybill.db-wal") => Some(Call::WriteLog),
            None if arguments.contains("HTTP/1.1 201") => Some(Call::Answer201),
            None => None,
        },
        "sendto" | "sendmsg" if arguments.contains("HTTP/1.1 201") => Some(Call::Answer201),
        "fsync" | "fdatasync" => match blob {
            Some(blob) if blob.contains('/') => Some(Call::SyncBlob(blob)),
            Some(folder) => Some(Call::SyncFolder(folder)),
            None if file.ends_with("waybill.db-wal") => Some(Call::SyncLog),
            None => None,
        },
        _ => None,
    }
}

/// What is wrong with a trace of pushes that came one after the other; else how many there were. The row is in the last
/// write to the log before a 201: background work may write there too, at any time.
fn judge(calls: &[Call]) -> Result<usize, String> {
    let mut pushed = 0;
    let mut blobs_seen = HashSet::new();
    for push in calls.split_inclusive(|call| *call == Call::Answer201) {
        let last = |wanted: &dyn Fn(&Call) -> bool| push.iter().rposition(wanted);
        let Some(written) = last(&|call| matches!(call, Call::WriteBlob(_))) else { continue };
        let Call::WriteBlob(blob) = &push[written] else { continue };
        let folder = blob.split('/').next().unwrap_or_default().to_owned();
        let row = last(&|call| *call == Call::WriteLog).ok_or("no row was written")?;
        let between = |sync: &Call, from: usize, to: usize| from < to && push[from..to].contains(sync);
        if !between(&Call::SyncBlob(blob.clone()), written, row) {
            return Err(format!("the row of {blob} was written before its bytes were synced"));
        }
        if blobs_seen.insert(blob.clone()) && !between(&Call::SyncFolder(folder), written, row) {
            return Err(format!("the row of {blob} was written before its folder was synced"));
        }
        if !between(&Call::SyncLog, row, push.len()) {
            return Err(format!("{blob} was acknowledged before its row was synced"));
        }
        pushed += 1;
    }
    Ok(pushed)
}

#[tokio::test]
async fn bytes_before_rows_before_answers() {
    if std::env::var_os("WAYBILL_TEST_TOOLS").is_none() {
        eprintln!("passed over: WAYBILL_TEST_TOOLS is not set, so strace may be missing; tests/run sets it");
        return;
    }
    let server = TestServer::start().await;
    let client = server.client();
    push_blob(&client, "acme/app", b"the project and the repository are there").await;
    let inventory = server.data_dir().join("storage/inventory");
    wait_until("the first inventory is written", async || std::fs::read_dir(&inventory).unwrap().count() > 0)
        .await;
    let trace = server.folder().join("trace");
    let mut strace = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-qq",
            "-s",
            "64",
            "-e",
            "trace=write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync",
        ])
        .args(["-p", &server.pid().to_string(), "-o"])
        .arg(&trace)
        .stderr(Stdio::null())
        .spawn()
        .expect("strace is installed");
    // Attached once a request shows up in the trace.
    wait_until("strace has attached", async || {
        client.get("/v2/").send().await.unwrap();
        std::fs::read_to_string(&trace).is_ok_and(|trace| trace.contains("HTTP/1.1 200"))
    })
    .await;
    for seed in 0..10 {
        push_blob(&client, "acme/app", &bytes(seed, 100_000)).await;
    }
    wait_until("the last answer is in the trace", async || {
        std::fs::read_to_string(&trace).is_ok_and(|trace| trace.matches("HTTP/1.1 201").count() == 10)
    })
    .await;
    strace.kill().unwrap();
    strace.wait().unwrap();
    let calls = read(&std::fs::read_to_string(&trace).unwrap());
    assert_eq!(judge(&calls), Ok(10));
    for (sync, lacks) in [
        ("bytes", Box::new(|call: &Call| !matches!(call, Call::SyncBlob(_))) as Box<dyn Fn(&Call) -> bool>),
        ("folder", Box::new(|call: &Call| !matches!(call, Call::SyncFolder(_)))),
        ("log", Box::new(|call: &Call| *call != Call::SyncLog)),
    ] {
        let doctored: Vec<Call> = calls.iter().filter(|call| lacks(call)).cloned().collect();
        assert!(judge(&doctored).is_err(), "a trace without the sync of the {sync} passed");
    }
}
