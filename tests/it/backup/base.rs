//! The database of a server: lost, copied, put back, and compared row by row. The same on both kinds.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use serde_json::Value;

use crate::support::{TestServer, copy_of, new_database};

const VARIABLE: &str = "WAYBILL_DATABASE_URL";
/// What SQLite has and PostgreSQL has not.
const HEX: [&str; 2] = [
    "CREATE OR REPLACE FUNCTION hex(uuid) RETURNS text LANGUAGE SQL AS
     $$ SELECT COALESCE(UPPER(REPLACE($1::text, '-', '')), '') $$",
    "CREATE OR REPLACE FUNCTION hex(bytea) RETURNS text LANGUAGE SQL AS
     $$ SELECT COALESCE(UPPER(ENCODE($1, 'hex')), '') $$",
];

/// A database.
pub struct Base {
    url: String,
}

impl Base {
    /// The one that a server works on.
    pub fn of(server: &TestServer) -> Self {
        match server.variable(VARIABLE) {
            Some(url) => Self { url: url.to_owned() },
            None => Self::at(&server.data_dir().join("waybill.db")),
        }
    }

    /// A SQLite file.
    pub fn at(path: &Path) -> Self {
        Self { url: format!("sqlite:{}", path.display()) }
    }

    /// For a flag of a command.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// Copies it. Nobody may be using it.
    pub async fn copy(server: &TestServer, name: &str) -> Self {
        let from = Self::of(server);
        let Some(file) = from.file() else { return Self { url: copy_of(&from.url).await } };
        let to = server.folder().join(name);
        std::fs::create_dir_all(&to).unwrap();
        copy_files(&file, &to.join("waybill.db"));
        Self::at(&to.join("waybill.db"))
    }

    /// Takes it away from its server, as a broken disk would; an empty one takes its place. Returns the lost one.
    pub async fn lose(server: &mut TestServer) -> Self {
        let lost = Self::of(server);
        let Some(file) = lost.file() else {
            server.set(VARIABLE, &new_database().await.unwrap());
            return lost;
        };
        let to = tempfile::tempdir_in(server.folder()).unwrap().keep().join("waybill.db");
        copy_files(&file, &to);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
        Self::at(&to)
    }

    /// Gives a server a copy of this one.
    pub async fn give(&self, server: &mut TestServer) {
        match self.file() {
            Some(file) => copy_files(&file, &server.data_dir().join("waybill.db")),
            None => {
                let copy = copy_of(&self.url).await;
                server.set(VARIABLE, &copy);
            }
        }
    }

    /// The last event that it holds.
    pub async fn newest(&self) -> i64 {
        self.query("SELECT CAST(MAX(seq) AS TEXT) FROM event").await[0].parse().unwrap()
    }

    /// The rows of a statement that selects one text.
    pub async fn query(&self, statement: &str) -> Vec<String> {
        let url = self.file().map_or(self.url.clone(), |file| format!("sqlite:{}?mode=rw", file.display()));
        let db = Database::connect(url).await.unwrap();
        if db.get_database_backend() == DbBackend::Postgres {
            for function in HEX {
                db.execute_unprepared(function).await.unwrap();
            }
        }
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await;
        let rows = rows.unwrap().iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect();
        db.close().await.unwrap();
        rows
    }

    /// A list of values for each row of a table.
    async fn rows(&self, columns: &str, from: &str) -> Vec<String> {
        let list = if self.file().is_some() { "json_array" } else { "json_build_array" };
        let rows = self.query(&format!("SELECT CAST({list}({columns}) AS TEXT) FROM {from}")).await;
        let normal = |row: String| serde_json::from_str::<Value>(&row).unwrap().to_string();
        let mut rows: Vec<String> = rows.into_iter().map(normal).collect();
        rows.sort_unstable();
        rows
    }
}

fn copy_files(from: &Path, to: &Path) {
    for end in ["", "-wal"] {
        let file = format!("{}{end}", from.display());
        if Path::new(&file).exists() {
            std::fs::copy(file, format!("{}{end}", to.display())).unwrap();
        }
    }
}

/// Every recorded fact: tables with all columns but those that a replay may not know.
const FACTS: [(&str, &str); 14] = [
    ("event", "seq, hex(id), kind, at_us, hex(project_id), hex(actor_id), hex(leaf)"),
    ("project", "hex(id), name, created_at_us, hex(from_event)"),
    (
        "project_settings",
        "hex(project_id), revision, visibility, tags, sparse, mutable_patterns, required_patterns, valid_from_us,
         valid_to_us, hex(from_event), hex(to_event)",
    ),
    ("account", "hex(id), created_at_us, disabled_at_us, hex(from_event), kind, hex(project_id)"),
    (
        "federation_rule",
        "hex(id), hex(project_id), issuer, key, claims, hex(account_id), prefix, actions, lifetime_s, valid_from_us,
         valid_to_us, hex(from_event), hex(to_event)",
    ),
    (
        "role_binding",
        "hex(id), hex(account_id), role, hex(project_id), prefix, scope_key, valid_from_us, valid_to_us,
         hex(from_event), hex(to_event), expires_at_us, environment",
    ),
    ("repository", "hex(id), hex(project_id), name, created_at_us, hex(from_event)"),
    ("repository_blob", "hex(repository_id), digest, linked_at_us, hex(from_event)"),
    (
        "blob JOIN object ON object.id = object_id",
        "seq, digest, hex(object_id), size, blob.created_at_us, state",
    ),
    (
        "manifest",
        "hex(repository_id), sha256, sha512, media_type, artifact_type, subject, annotations, size, depth,
         hex(pushed_by), hex(bytes), valid_from_us, valid_to_us, hex(from_event), hex(to_event)",
    ),
    (
        "manifest_link JOIN manifest ON manifest.id = manifest_id",
        "hex(from_event), position, kind, digest",
    ),
    (
        "tag JOIN manifest ON manifest.id = manifest_id",
        "hex(tag.repository_id), name, hex(manifest.from_event), digest, CAST(bound AS INTEGER), tag.valid_from_us,
         tag.valid_to_us, hex(tag.from_event), hex(tag.to_event)",
    ),
    (
        "trust_policy",
        "hex(project_id), scope_key, revision, digest, document, valid_from_us, valid_to_us, hex(from_event),
         hex(to_event)",
    ),
    (
        "verification",
        "hex(id), hex(evidence_id), hex(project_id), hex(repository_id), carrier, position, tag, subject, kind,
         predicate_type, result, signer, reasons, policy, trusted_root, slsa_level, signed_at_us, verifier, valid_from_us,
         valid_to_us, hex(from_event), hex(to_event)",
    ),
];

/// Fails the test unless both databases hold the same facts.
pub async fn assert_same_facts(one: &Base, other: &Base) {
    for (from, columns) in FACTS {
        let (expected, got) = (one.rows(columns, from).await, other.rows(columns, from).await);
        assert!(!expected.is_empty(), "nothing happened to {from}");
        let lost: Vec<_> = expected.iter().filter(|row| !got.contains(row)).collect();
        let invented: Vec<_> = got.iter().filter(|row| !expected.contains(row)).collect();
        assert!(lost.is_empty() && invented.is_empty(), "{from}\nlost: {lost:#?}\ninvented: {invented:#?}");
        assert_eq!(expected.len(), got.len(), "{from}");
    }
}
