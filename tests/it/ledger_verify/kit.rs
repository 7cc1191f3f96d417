//! What these tests share: a log of a full tile and some more, stopped, with a copy to go back to.

use std::path::PathBuf;

use serde_json::Value;
use waybill::ledger::leaf_hash;

use crate::backup::base::Base;
use crate::backup::kit::command;
use crate::ledger::kit::{all_published, leaves, push_some};
use crate::registry::kit::push_image;
use crate::support::{Builder, Ended, TestServer, on_postgres};

/// Begins each command.
pub const VERIFY: [&str; 2] = ["verify", "ledger"];

/// Runs `waybill verify ledger` over the server's own data, or what the arguments name.
pub fn verify(server: &TestServer, arguments: &[&str]) -> Ended {
    command(server, &[&VERIFY, arguments].concat())
}

/// Demands that it holds; returns what is told.
pub fn holds(server: &TestServer, arguments: &[&str]) -> String {
    let ended = verify(server, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

/// Demands that it holds; returns what is told to programs.
pub fn report(server: &TestServer, arguments: &[&str]) -> Value {
    serde_json::from_str(&holds(server, &[arguments, &["--json"]].concat())).unwrap()
}

/// Demands that it does not hold, with this message and no other word.
pub fn fails(server: &TestServer, arguments: &[&str], message: &str) {
    ends(server, arguments, 1, message);
}

/// Demands that it could not be read, with this message and no other word.
pub fn unread(server: &TestServer, arguments: &[&str], message: &str) {
    ends(server, arguments, 3, message);
}

fn ends(server: &TestServer, arguments: &[&str], code: i32, message: &str) {
    let ended = verify(server, arguments);
    assert_eq!(ended.stderr, format!("waybill: {message}\n"), "{arguments:?}: {}", ended.stdout);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{arguments:?}");
}

/// Records some events and waits until they are published.
pub async fn grow(server: &TestServer, seed: u64, count: u64) {
    push_some(&server.client(), seed, count).await;
    all_published(server).await;
}

/// A server whose log has a full tile and some more entries.
pub async fn server(builder: Builder) -> TestServer {
    let server = builder.start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    grow(&server, 1, 300).await;
    server
}

/// A log whose server has stopped.
pub struct Stopped {
    pub server: TestServer,
    /// The leaves of its entries.
    pub leaves: Vec<Vec<u8>>,
    whole: Base,
}

impl Stopped {
    /// Stops a server.
    pub async fn of(mut server: TestServer) -> Self {
        server.stop().await;
        let leaves = leaves(&Base::of(&server)).await;
        assert!(leaves.len() > 290, "{} entries", leaves.len());
        let whole = Base::copy(&server, "whole").await;
        Self { server, leaves, whole }
    }

    /// Takes back all that was done to the database.
    pub async fn mend(&mut self) {
        if !on_postgres() {
            Base::lose(&mut self.server).await;
        }
        self.whole.give(&mut self.server).await;
    }

    /// The database as it is now.
    pub fn base(&self) -> Base {
        Base::of(&self.server)
    }

    /// Changes rows behind the server's back.
    pub async fn change(&self, statement: &str) {
        let hit = self.base().query(&format!("{statement} RETURNING CAST(1 AS TEXT)")).await;
        assert!(!hit.is_empty(), "{statement}");
    }

    /// Changes rows, demands this message, and takes it all back.
    pub async fn found(&mut self, statements: &[String], message: &str) {
        for statement in statements {
            self.change(statement).await;
        }
        fails(&self.server, &[], message);
        self.mend().await;
    }

    /// The event of an entry, by the database's own order.
    pub async fn seq(&self, index: usize) -> i64 {
        let seq = format!("SELECT CAST(seq AS TEXT) FROM ledger_entry WHERE leaf_index = {index}");
        self.base().query(&seq).await[0].parse().unwrap()
    }

    /// The hash of an entry, as messages have it.
    pub fn hash(&self, index: usize) -> String {
        leaf_hash(&self.leaves[index]).to_string()
    }

    /// An object's file.
    pub fn object(&self, name: &str) -> PathBuf {
        self.server.storage().join(name)
    }
}

/// Bytes as SQL has them.
pub fn blob(bytes: &[u8]) -> String {
    let hex = hex::encode(bytes);
    if on_postgres() { format!("'\\x{hex}'::bytea") } else { format!("X'{hex}'") }
}

/// An event that says the contrary.
pub fn contrary(leaf: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(leaf.to_vec()).unwrap();
    let other = text.replacen(r#""outcome":"success""#, r#""outcome":"denied""#, 1);
    assert_ne!(text, other);
    other.into_bytes()
}
