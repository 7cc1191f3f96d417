//! Holds the house (design, "The house"): floors, plans of the rooms, who may import what, and sizes.
//!
//! A rule is a function over a file's path and text that returns what it breaks. Each is shown able to fail.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, highest floor first; a room imports only from rooms below it. With such an order there is no circle.
const FLOORS: [&str; 21] = [
    "cli",
    "app",
    "audit",
    "backup",
    "retention",
    "lineage",
    "deployments",
    "releases",
    "trust",
    "registry",
    "federation",
    "identity",
    "projects",
    "ledger",
    "blobs",
    "keys",
    "jobs",
    "db",
    "access",
    "http",
    "types",
];
/// Imported by the two highest floors only; they themselves may import from all others.
const BESIDE: [&str; 2] = ["config", "telemetry"];
/// Rooms that have the plan of a feature room.
const FEATURES: [&str; 10] = [
    "retention",
    "lineage",
    "deployments",
    "releases",
    "trust",
    "registry",
    "federation",
    "identity",
    "projects",
    "ledger",
];
const PLAN: [&str; 5] = ["mod", "model", "store", "service", "api"];
/// What may lie at the top, besides names that begin with a dot and what `.gitignore` leaves out.
const TOP: [&str; 14] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "docker",
    "entity",
    "migration",
    "openapi",
    "rustfmt.toml",
    "src",
    "target",
    "tests",
];
const IGNORED_TOP: &str = "waybill-data";
const MAX_LINES: usize = 400;

/// The room of a path below `src/`; the crate's root files are in none.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let name = inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(folder, _)| folder);
    (!["lib", "main"].contains(&name)).then_some(name)
}

/// The text without comments: a doc link is no import.
fn code(text: &str) -> String {
    let line = |line: &str| line.split_once("//").map_or(line, |(code, _)| code).to_owned();
    // A `//` inside a text, as in a URL, cuts off the rest of that line only, where no import stands.
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What stands behind each whole-word `word` in `code`.
fn behind<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let after = &code[at + word.len()..];
        let whole = !code[..at].ends_with(is_word) && !after.starts_with(is_word);
        whole.then_some(after)
    })
}

/// The rooms that a text imports or names: `crate::a::B`, `crate::{a::B, c}`.
fn imports(text: &str) -> Vec<String> {
    let code = code(text);
    let mut rooms = Vec::new();
    for after in behind(&code, "crate") {
        let Some(after) = after.trim_start().strip_prefix("::") else { continue };
        let after = after.trim_start();
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if is_word(c) && start => {
                        rooms.push(group[at..].chars().take_while(|c| is_word(*c)).collect());
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.push(after.chars().take_while(|c| is_word(*c)).collect());
        }
    }
    rooms
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|name| *name == room)
}

/// A room imports only from rooms below it.
fn floors(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room(path) else { return Vec::new() };
    if floor(room).is_none() && !BESIDE.contains(&room) {
        return vec![format!("{path}: the room {room} has no floor; add it to the design and to FLOORS")];
    }
    let high = ["cli", "app"];
    let allowed = |to: &str| match (floor(room), floor(to)) {
        _ if to == room => true,
        (Some(from), Some(to)) => from < to,
        (Some(_), None) => high.contains(&room) && BESIDE.contains(&to),
        (None, Some(_)) => !high.contains(&to),
        // Telemetry reads its settings.
        (None, None) => (room, to) == ("telemetry", "config"),
    };
    let broken = imports(text).into_iter().filter(|to| !allowed(to));
    broken.map(|to| format!("{path}: {room} imports {to}, which is not below it")).collect()
}

/// Whether a file is `<plan>.rs` or in a folder `<plan>/` of its room.
fn in_plan(path: &str, plan: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.get(2).is_some_and(|part| *part == plan || part.trim_end_matches(".rs") == plan)
}

/// Some crates belong to some files.
fn borders(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room(path) else { return Vec::new() };
    // A room's own tests drive it from outside, through routes and rows.
    if in_plan(path, "tests") {
        return Vec::new();
    }
    let code = code(text);
    let names = |word| behind(&code, word).next().is_some();
    let paths = |word| behind(&code, word).any(|after| after.trim_start().starts_with("::"));
    let mut broken = Vec::new();
    let mut check = |named: bool, allowed: bool, rule: &str| {
        if named && !allowed {
            broken.push(format!("{path}: {rule}"));
        }
    };
    let speaks_http = ["http", "access", "app", "cli", "telemetry"].contains(&room) || in_plan(path, "api");
    check(
        names("actix_web"),
        speaks_http,
        "actix_web belongs into api, http, access, app, cli and telemetry",
    );
    let speaks_sql = room == "db" || in_plan(path, "store");
    check(names("sea_orm"), speaks_sql, "sea_orm belongs into store and db");
    check(paths("entity"), speaks_sql, "entity belongs into store and db");
    check(paths("object_store"), room == "blobs", "object_store belongs into blobs");
    broken
}

/// Files stay short.
fn sizes(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > MAX_LINES { vec![format!("{path}: {lines} lines, more than {MAX_LINES}")] } else { Vec::new() }
}

/// A feature room has its plan; one that is still to be furnished needs none. `files` are all paths.
fn plans(files: &[(String, String)]) -> Vec<String> {
    let mut broken = Vec::new();
    for feature in FEATURES {
        let of_room = |path: &str| room(path) == Some(feature);
        let unfurnished = |text: &str| code(text).trim().is_empty();
        if files.iter().filter(|(path, _)| of_room(path)).all(|(_, text)| unfurnished(text)) {
            continue;
        }
        for plan in PLAN {
            if !files.iter().any(|(path, _)| of_room(path) && in_plan(path, plan)) {
                broken.push(format!("src/{feature}: there is no {plan}.rs and no folder {plan}"));
            }
        }
    }
    broken
}

/// The top holds what the design lists, so that a newcomer sees the house at once.
fn top(names: &[String]) -> Vec<String> {
    let allowed = |name: &str| name.starts_with('.') || name == IGNORED_TOP || TOP.contains(&name);
    names
        .iter()
        .filter(|name| !allowed(name))
        .map(|name| format!("{name} does not belong at the top"))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Path from the root, and text, of every Rust file in a folder.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some("rs".as_ref()) {
                found.push((relative(&path), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 10, "{folder} was not found");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_house_stands() {
    let files = files("src");
    let of_each =
        |rule: fn(&str, &str) -> Vec<String>| files.iter().flat_map(move |(path, text)| rule(path, text));
    let broken: Vec<String> =
        of_each(floors).chain(of_each(borders)).chain(of_each(sizes)).chain(plans(&files)).collect();
    assert_none(&broken);
}

#[test]
fn the_top_is_tidy() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_none(&top(&names.collect::<Vec<_>>()));
}

/// The rules, shown able to fail.
mod rules {
    use super::*;

    #[test]
    fn floors_refuse_the_way_up() {
        for (path, text) in [
            ("src/ledger/store.rs", "use crate::registry::Registry;"),
            ("src/types/tag.rs", "use crate::{types::Digest, db::Db};"),
            ("src/types/tag.rs", "use crate::{\n    http::{self, Problem},\n    types,\n};"),
            ("src/access/mod.rs", "fn f() -> crate::identity::User {}"),
            ("src/registry/api/blobs.rs", "use crate :: app::App;"),
            ("src/ledger/service.rs", "use crate::config::Settings;"),
            ("src/ledger/service.rs", "use crate::telemetry::Metrics;"),
            ("src/config/load.rs", "use crate::telemetry::Metrics;"),
            ("src/config/load.rs", "use crate::app::App;"),
            ("src/app/mod.rs", "use crate::cli::run;"),
            ("src/attic/mod.rs", ""),
        ] {
            assert_eq!(floors(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn floors_allow_the_way_down() {
        for (path, text) in [
            ("src/registry/api/blobs.rs", "use crate::{access::{Allowed, demands}, http::Problem};"),
            ("src/registry/store.rs", "use crate::registry::model::Tag;"),
            ("src/types/mod.rs", "//! Below [`crate::db`].\n/// See crate::app."),
            ("src/config/settings.rs", "use crate::db::DatabaseUrl;"),
            ("src/telemetry.rs", "use crate::config::Log;"),
            ("src/cli/serve.rs", "use crate::app::Application;\nuse crate::telemetry::Metrics;"),
            ("src/lib.rs", "pub mod app;"),
        ] {
            assert_none(&floors(path, text));
        }
    }

    #[test]
    fn borders_hold() {
        for (path, text) in [
            ("src/ledger/service.rs", "use actix_web::web;"),
            ("src/registry/model/api.rs", "use actix_web::web;"),
            ("src/ledger/service.rs", "fn f(row: entity::event::Model) {}"),
            ("src/ledger/api.rs", "use sea_orm::EntityTrait;"),
            ("src/jobs/service.rs", "use entity::job;"),
            ("src/app/services.rs", "use object_store::ObjectStore;"),
        ] {
            assert_eq!(borders(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn borders_are_open_where_they_should_be() {
        for (path, text) in [
            ("src/ledger/api.rs", "use actix_web::web;"),
            ("src/registry/api/blobs.rs", "use actix_web::web;"),
            ("src/telemetry.rs", "use actix_web::HttpMessage;"),
            ("src/app/mod.rs", "use utoipa_actix_web::scope;"),
            ("src/jobs/service.rs", "use tracing_actix_web::RequestId;\nlet entity = sea_ormish(entity);"),
            ("src/registry/store/tags.rs", "use entity::tag;\nuse sea_orm::EntityTrait;"),
            ("src/db/writer.rs", "use sea_orm::DbErr;"),
            ("src/blobs/storage/read.rs", "use object_store::ObjectStore;"),
            ("src/ledger/model.rs", "//! Not of actix_web."),
            ("src/identity/tests/routes.rs", "use actix_web::web;"),
        ] {
            assert_none(&borders(path, text));
        }
    }

    #[test]
    fn long_files_are_seen() {
        assert_none(&sizes("src/a/b.rs", &"\n".repeat(400)));
        assert_eq!(sizes("src/a/b.rs", &"\n".repeat(401)).len(), 1);
    }

    #[test]
    fn a_gap_in_a_plan_is_seen() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let mut files = vec![
            file("src/registry/mod.rs", "mod api;"),
            file("src/registry/model.rs", ""),
            file("src/registry/service/tags.rs", ""),
            file("src/registry/api.rs", ""),
            file("src/trust/mod.rs", "//! To be furnished."),
        ];
        assert_eq!(plans(&files), ["src/registry: there is no store.rs and no folder store"]);
        files.push(file("src/registry/store/tags.rs", ""));
        assert_none(&plans(&files));
    }

    #[test]
    fn litter_at_the_top_is_seen() {
        let names = ["src", "Cargo.toml", ".ci", "notes.txt", "scripts"].map(str::to_owned);
        assert_eq!(top(&names).len(), 2);
    }
}
