//! Backups that are damaged, and restores that are cut off.

use std::process::Stdio;

use super::base::{Base, assert_same_facts};
use super::kit::{all_exported, back_up, command, everything, server, succeed};
use crate::audit::assert_sound;
use crate::registry::kit::push_image;
use crate::support::wait_until;

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let mut server = server().start().await;
    everything(&server, 1).await;
    back_up(&server, "the.backup");
    server.stop().await;
    Base::lose(&mut server).await;
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
    let mut server = server().start().await;
    everything(&server, 1).await;
    back_up(&server, "the.backup");
    everything(&server, 2).await;
    for seed in 0..20 {
        push_image(&server.client(), "acme/app", &format!("t{seed}"), 5000 + seed).await;
    }
    all_exported(&server).await;
    server.kill9();
    let lost = Base::lose(&mut server).await;
    let restore = ["restore", "--json", "--from", "the.backup"];
    let database = Base::of(&server);
    // Tables first, so that rows can be asked for.
    assert_eq!(command(&server, &["migrate"]).code, Some(0));
    // Cut off before the load, behind it, and amid the events, as far as such a thing can be aimed at.
    for events in [0, 1, 50, 150] {
        let mut child =
            server.command().args(restore).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("it has come so far", async || {
            let held = database.query("SELECT CAST(COUNT(*) AS TEXT) FROM event").await[0].parse::<u64>();
            held.unwrap() >= events || child.try_wait().unwrap().is_some()
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
        let begun = database.query("SELECT source FROM restore_run").await;
        if !begun.is_empty() {
            let served = command(&server, &["serve", "--listen", "127.0.0.1:0"]);
            assert_eq!(served.code, Some(1));
            assert!(served.stderr.contains("has not ended"), "{}", served.stderr);
            let backed_up = command(&server, &["backup", "--to", "half.backup"]);
            assert!(backed_up.stderr.contains("has not ended"), "{}", backed_up.stderr);
            assert!(!server.folder().join("half.backup").exists());
        }
        let ended = begun.is_empty() && database.query("SELECT kind FROM event LIMIT 1").await.len() == 1;
        if ended {
            break;
        }
    }
    // The last of them may have come to its end; then a replay finds nothing more.
    let ended = database.query("SELECT source FROM restore_run").await.is_empty()
        && database.query("SELECT kind FROM event LIMIT 1").await.len() == 1;
    succeed(&server, if ended { &["restore", "--json", "--replay"] } else { &restore });
    assert_same_facts(&lost, &database).await;
    assert_sound(&database).await;
    server.restart().await;
}
