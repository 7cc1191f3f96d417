//! `waybill key generate`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, spki::DecodePublicKey as _};
use serde_json::Value;

use crate::support::{run, waybill};

#[test]
fn a_pair_is_made_for_its_owner_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |arguments: &[&str]| run(waybill(folder.path()).args(["key", "generate"]).args(arguments));
    let made = generate(&["--json"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (private, public) = (read("waybill.key"), read("waybill.pub"));
    let told: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!((&told["private_key"], &told["public_key"]), (&"waybill.key".into(), &"waybill.pub".into()));
    assert_eq!(told["public_key_pem"], public);
    assert!(!made.stdout.contains(private.lines().nth(1).unwrap()));
    let mode = fs::metadata(folder.path().join("waybill.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mode = fs::metadata(folder.path().join("waybill.pub")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "whoever verifies may be another user");
    let key = SigningKey::from_pkcs8_pem(&private).unwrap();
    assert_eq!(key.verifying_key(), ed25519_dalek::VerifyingKey::from_public_key_pem(&public).unwrap());
    // Half of a pair is enough to keep away from it.
    for lost in ["waybill.key", "waybill.pub"] {
        let again = generate(&[]);
        assert_eq!(again.code, Some(1));
        assert!(again.stderr.contains("exists, and keys are never overwritten"), "{}", again.stderr);
        let kept = fs::read(folder.path().join(lost)).unwrap();
        fs::remove_file(folder.path().join(lost)).unwrap();
        assert_eq!(generate(&[]).code, Some(1));
        assert!(!folder.path().join(lost).exists());
        fs::write(folder.path().join(lost), kept).unwrap();
    }
    assert_eq!((read("waybill.key"), read("waybill.pub")), (private, public));
    assert_eq!(generate(&["--out", "other"]).code, Some(0));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_folder_is_no_name_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    for out in ["keys", "keys/", "none/", ".", "..", "keys/.."] {
        let ended = run(waybill(folder.path()).args(["key", "generate", "--out", out]));
        assert_eq!(ended.code, Some(2), "{out}: {}", ended.stderr);
        assert!(ended.stderr.contains("this is a folder: add the name"), "{out}: {}", ended.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 0);
    assert_eq!(run(waybill(folder.path()).args(["key", "generate", "--out", "keys/ci"])).code, Some(0));
}
