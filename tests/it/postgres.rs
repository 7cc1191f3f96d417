//! What only PostgreSQL has: replicas that start at once, versions side by side, encryption on the way. Passed over on
//! SQLite.

use std::process::{Child, Stdio};

use sea_orm::{ConnectionTrait as _, Database};
use tempfile::tempdir;

use crate::support::{new_database, run, waybill};

fn migrate(url: &str) -> Child {
    waybill(&std::env::temp_dir())
        .args(["migrate", "--database-url", url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn replicas_that_migrate_at_once_wait_for_each_other() {
    let Some(url) = new_database().await else { return };
    let mut killed: Vec<Child> = (0..4).map(|_| migrate(&url)).collect();
    let others: Vec<Child> = (0..4).map(|_| migrate(&url)).collect();
    for child in &mut killed {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for other in others {
        let ended = other.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[tokio::test]
async fn a_version_runs_beside_the_schema_of_its_successor() {
    let Some(url) = new_database().await else { return };
    assert!(migrate(&url).wait().unwrap().success());
    let database = Database::connect(&url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_newer', 0)";
    database.execute_unprepared(newer).await.unwrap();
    assert!(migrate(&url).wait().unwrap().success());
    // It is not for this version to apply its own steps behind those that it does not know.
    let older = "DELETE FROM seaql_migrations WHERE version = 'm0006_jobs'";
    database.execute_unprepared(older).await.unwrap();
    let ended = migrate(&url).wait_with_output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && error.contains("start the newest version first"), "{error}");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_password() {
    let Some(url) = new_database().await else { return };
    let folder = tempdir().unwrap();
    let stranger = folder.path().join("ca.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    std::fs::write(&stranger, authority.pem()).unwrap();
    let (start, _) = url.split_once("sslrootcert=").unwrap();
    let wrong = format!("{start}sslrootcert={}", stranger.display());
    let ended = run(waybill(folder.path()).args(["migrate", "--database-url", &wrong]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("can't connect to the database"), "{ended:?}");
    let password = url.split([':', '@']).nth(2).unwrap();
    assert!(!ended.stderr.contains(password) && !ended.stdout.contains(password), "{ended:?}");
}
