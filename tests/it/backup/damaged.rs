//! Backups that are damaged, and restores that are cut off.

use std::process::Stdio;

use super::kit::{all_exported, assert_same_facts, back_up, command, everything, lose_database, succeed};
use crate::registry::kit::{mutable_server, push_image};
use crate::support::{wait_until, waybill};

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let mut server = mutable_server().await;
    everything(&server, 1).await;
    back_up(&server, "the.backup");
    server.stop().await;
    lose_database(&server);
    let whole = std::fs::read(server.folder().join("the.backup")).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |at: usize| {
        let kept =
            lines.iter().enumerate().filter(|(line, _)| *line != at).map(|(_, line)| format!("{line}\n"));
        kept.collect::<String>().into_bytes()
    };
    let mut flipped = whole.clone();
    let at = text.find("one1").unwrap();
    flipped[at] = b'x';
    let mut longer = whole.clone();
    longer.extend_from_slice(b"{}\n");
    let newer = text.replacen("\"format\":1", "\"format\":2", 1).into_bytes();
    for (what, bad) in [
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("without its last line", without(lines.len() - 1)),
        ("without a row", without(5)),
        ("with another letter", flipped),
        ("with something behind it", longer),
        ("of a newer form", newer),
        ("empty", Vec::new()),
    ] {
        std::fs::write(server.folder().join("bad.backup"), bad).unwrap();
        let ended = command(&server, &["restore", "--from", "bad.backup"]);
        assert_eq!(ended.code, Some(1), "{what}");
        assert!(ended.stderr.contains("the backup can't be used"), "{what}: {}", ended.stderr);
    }
    succeed(&server, &["restore", "--json", "--from", "the.backup"]);
    server.restart().await;
}

#[tokio::test]
async fn a_restore_that_is_cut_off_can_be_run_again() {
    let mut server = mutable_server().await;
    everything(&server, 1).await;
    back_up(&server, "the.backup");
    everything(&server, 2).await;
    for seed in 0..20 {
        push_image(&server.client(), "acme/app", &format!("t{seed}"), 5000 + seed).await;
    }
    all_exported(&server).await;
    server.kill9();
    let lost = lose_database(&server);
    let database = server.data_dir().join("waybill.db");
    let restore = ["restore", "--json", "--from", "the.backup"];
    let mut cut_off = 0;
    // Later each time.
    for round in 0..6u32 {
        let mut child = waybill(server.folder())
            .args(restore)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pages = u64::from(round) * 80;
        wait_until("it has come so far", async || {
            let grown = ["", "-wal"].iter().map(|end| {
                let file = database.with_file_name(format!("waybill.db{end}"));
                std::fs::metadata(file).map_or(0, |file| file.len())
            });
            grown.sum::<u64>() > pages * 4096 || child.try_wait().unwrap().is_some()
        })
        .await;
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if ended {
            break;
        }
        cut_off += 1;
        let began =
            super::kit::query(&database, "SELECT name FROM sqlite_master WHERE name = 'restore_run'").await;
        if began.is_empty() || super::kit::query(&database, "SELECT source FROM restore_run").await.is_empty()
        {
            continue;
        }
        let served = command(&server, &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(served.code, Some(1));
        assert!(served.stderr.contains("has not ended"), "{}", served.stderr);
        let backed_up = command(&server, &["backup", "--to", "half.backup"]);
        assert!(backed_up.stderr.contains("has not ended"), "{}", backed_up.stderr);
    }
    assert!(cut_off > 0);
    // The last may have come to its end; then there is nothing to go on with.
    if !super::kit::query(&database, "SELECT source FROM restore_run").await.is_empty()
        || is_empty(&database).await
    {
        succeed(&server, &restore);
    }
    assert_same_facts(&lost, &database).await;
    server.restart().await;
}

async fn is_empty(database: &std::path::Path) -> bool {
    super::kit::query(database, "SELECT kind FROM event LIMIT 1").await.is_empty()
}
