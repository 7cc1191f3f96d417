//! What is acknowledged is on disk: read off a trace of the server's system calls.
//!
//! For every body, of a blob sent whole or in chunks: its file, and with its first bytes its folder, are synced after the
//! last write to the file and before the database's log is written with the row; and that log is synced before the 201
//! or 202 goes out. The same judge must find fault with a trace that lacks one of these syncs, or it proves nothing.

use std::collections::{HashMap, HashSet};
use std::process::{Command, Stdio};

use reqwest::StatusCode;

use super::kit::{bytes, push_blob, sha256, start};
use crate::support::{Client, TestServer, wait_until};

/// A system call, as far as the judge cares.
#[derive(Debug, Clone, PartialEq)]
enum Call {
    WriteBlob(String),
    SyncBlob(String),
    SyncFolder(String),
    WriteLog,
    SyncLog,
    /// 201 or 202.
    Answer,
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
            None if acknowledges(arguments) => Some(Call::Answer),
            None => None,
        },
        "sendto" | "sendmsg" if acknowledges(arguments) => Some(Call::Answer),
        "fsync" | "fdatasync" => match blob {
            Some(blob) if blob.contains('/') => Some(Call::SyncBlob(blob)),
            Some(folder) => Some(Call::SyncFolder(folder)),
            None if file.ends_with("waybill.db-wal") => Some(Call::SyncLog),
            None => None,
        },
        _ => None,
    }
}

fn acknowledges(text: &str) -> bool {
    text.contains("HTTP/1.1 201") || text.contains("HTTP/1.1 202")
}

/// What is wrong with a trace of requests that came one after the other; else how many of them brought bytes. The row is
/// in the last write to the log that was synced before the answer: background work may write there too, at any time.
fn judge(calls: &[Call]) -> Result<usize, String> {
    let mut bodies = 0;
    let mut blobs_seen = HashSet::new();
    for request in calls.split_inclusive(|call| *call == Call::Answer) {
        if request.last() != Some(&Call::Answer) {
            continue;
        }
        let last_log = |end: usize, wanted: &Call| request[..end].iter().rposition(|call| call == wanted);
        let row =
            last_log(request.len(), &Call::SyncLog).and_then(|synced| last_log(synced, &Call::WriteLog));
        let row = row.ok_or("something was acknowledged without a row that was written and synced")?;
        let Some(written) = request.iter().rposition(|call| matches!(call, Call::WriteBlob(_))) else {
            continue;
        };
        let Call::WriteBlob(blob) = &request[written] else { continue };
        let folder = blob.split('/').next().unwrap_or_default().to_owned();
        let between = |sync: &Call| written < row && request[written..row].contains(sync);
        if !between(&Call::SyncBlob(blob.clone())) {
            return Err(format!("the row of {blob} was written before its bytes were synced"));
        }
        if blobs_seen.insert(blob.clone()) && !between(&Call::SyncFolder(folder)) {
            return Err(format!("the row of {blob} was written before its folder was synced"));
        }
        bodies += 1;
    }
    Ok(bodies)
}

/// Pushes a blob in two halves, the second with the closing PUT.
async fn push_in_chunks(client: &Client, repo: &str, content: &[u8]) {
    let session = start(client, repo).await;
    let (first, last) = content.split_at(content.len() / 2);
    let answer = client.patch(&session).body(first.to_vec()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let path = format!("{session}?digest={}", sha256(content));
    let answer = client.put(&path).body(last.to_vec()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn bytes_before_rows_before_answers() {
    if std::env::var_os("WAYBILL_TEST_TOOLS").is_none() {
        eprintln!("passed over: WAYBILL_TEST_TOOLS is not set, so strace may be missing; tests/run sets it");
        return;
    }
    let server = TestServer::builder().disk().start().await;
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
        push_in_chunks(&client, "acme/app", &bytes(1000 + seed, 100_000)).await;
    }
    wait_until("the last answer is in the trace", async || {
        std::fs::read_to_string(&trace).is_ok_and(|trace| trace.matches("HTTP/1.1 201").count() == 20)
    })
    .await;
    strace.kill().unwrap();
    strace.wait().unwrap();
    let calls = read(&std::fs::read_to_string(&trace).unwrap());
    assert_eq!(judge(&calls), Ok(30));
    for (sync, lacks) in [
        ("bytes", Box::new(|call: &Call| !matches!(call, Call::SyncBlob(_))) as Box<dyn Fn(&Call) -> bool>),
        ("folder", Box::new(|call: &Call| !matches!(call, Call::SyncFolder(_)))),
        ("log", Box::new(|call: &Call| *call != Call::SyncLog)),
    ] {
        let doctored: Vec<Call> = calls.iter().filter(|call| lacks(call)).cloned().collect();
        assert!(judge(&doctored).is_err(), "a trace without the sync of the {sync} passed");
    }
}
