//! Signatures of files: minisign's, and SSH's.

use serde_json::{Value, json};

use super::kit::{Artifact, Evidence, codes, verifier};

/// Of whoever made [`MINISIGN`].
pub const MINISIGN_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
/// By minisign, of `test`: of its hash, and of itself as older versions did.
pub const MINISIGN: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
";
const OLD_MINISIGN: &str = "untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
";

/// By `ssh-keygen -Y sign -n file`, of `a file`.
pub const SSH: [(&str, &str); 4] = [
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBHpf5S7mpzb5x9t2qjYfrg8XiegWVPrQESGTDLnfwUp",
        "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgEel/lLuanNvnH23aqNh+uDxeJ6
BZU+tARIZMMud/BSkAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
OQAAAEDgeucHlpL54TYe4/4nbfhuwN2Zmhy79nV6Mt3Mtpif6HrZ+lXFsLJpwCcSxuOWdy
q/vvQS27Hd92xCj6+SCTMG
-----END SSH SIGNATURE-----
",
    ),
    (
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDtVruDu8CGHTVdEupQGL4eUvbkx66IXr1fR7M44kJkhYXOdOT0IrfCbCgv1GjcRwHaDaxG1Rr4FHnRzbQz6k2c=",
        "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
EEO1Wu4O7wIYdNV0S6lAYvh5S9uTHrohevV9HszjiQmSFhc505PQit8JsKC/UaNxHAdoNr
EbVGvgUedHNtDPqTZwAAAARmaWxlAAAAAAAAAAZzaGE1MTIAAABjAAAAE2VjZHNhLXNoYT
ItbmlzdHAyNTYAAABIAAAAIFoDtwNPcIloJUPkZlw68thzdK+VX3FYGVm03ywAKJvKAAAA
IBUmc+ykUb5AeNQHBUg5MO5uuXgvYov/uSbWNV1CxZY0
-----END SSH SIGNATURE-----
",
    ),
    (
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBBCS+G0KoJZVZ6jgBSRWCxI5CdQ2EHc4UWayPV+1BttP3lXPyU/4CN4MTsCjzGsASIKxBQ7UhUez5sZr0xcWSCdG6bKiJKGNnUIA9f6k+lEeReq0vJxltn/EKMCjxznLYg==",
        "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAG
EEEJL4bQqgllVnqOAFJFYLEjkJ1DYQdzhRZrI9X7UG20/eVc/JT/gI3gxOwKPMawBIgrEF
DtSFR7PmxmvTFxZIJ0bpsqIkoY2dQgD1/qT6UR5F6rS8nGW2f8QowKPHOctiAAAABGZpbG
UAAAAAAAAABnNoYTUxMgAAAIQAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAGkAAAAxAPxi
GhDhASheH7K/tvxFfBrY5RrxY4OdyXmlbQXEzeXeA3Ad5riuWmiDllpAMqWeJgAAADBKk5
VpGQ8mqU7ymeNFj4MwcksEpvDw9ygF0HQZytSNbdEEEVPqBB9iUzIARBbGIPs=
-----END SSH SIGNATURE-----
",
    ),
    (
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCb4EwHMTRMLqYoyuBCEQsY8J3JFVuELeppOo4zKmKRZoWSRK8RCCqLjUwe3QABUJLdb1JEcMxpx41D5Rt2/Fmt20ziQnZp6rORqfFeNGGFfvPYvuVDFpWW9VzWmXjJE4blytIjA4zrHpI3vvd8jnZ0wqkrHI5nWTcusq0EDSHrohfzoVRrktU5nGnCs7N67TfRmiiZs95wOlB3wA9KibADRdAx9pTNeLzIsoHvhvSoI693H6qqXvk7LJJo6rEp+A6DhIz3fOEzknfPIcZ+ORVB335MQ1AYy1Wz9cGN1MG9LgbswpRIIEUnh4VYX9cnlhsue3dv6MlWdY6CRyhLrORD",
        "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAJvgTAcxNEwupijK4EIRCx
jwnckVW4Qt6mk6jjMqYpFmhZJErxEIKouNTB7dAAFQkt1vUkRwzGnHjUPlG3b8Wa3bTOJC
dmnqs5Gp8V40YYV+89i+5UMWlZb1XNaZeMkThuXK0iMDjOsekje+93yOdnTCqSscjmdZNy
6yrQQNIeuiF/OhVGuS1TmcacKzs3rtN9GaKJmz3nA6UHfAD0qJsANF0DH2lM14vMiyge+G
9Kgjr3cfqqpe+TsskmjqsSn4DoOEjPd84TOSd88hxn45FUHffkxDUBjLVbP1wY3Uwb0uBu
zClEggRSeHhVhf1yeWGy57d2/oyVZ1joJHKEus5EMAAAAEZmlsZQAAAAAAAAAGc2hhNTEy
AAABFAAAAAxyc2Etc2hhMi01MTIAAAEAZBXmgCmPCoKNKaHJv8HUlX9I7UNe9GCOBy2j7h
rmspqbGMmmoIn+w3cBQg3cioD/tiIZd/THY/hiRkRlmHHrokRV1/gWVI0LYruVNR4oV7W4
84z0BY89BCRquaAev8SeoQVfRlzOyQj1H3CbuVXJ73QFOfdHLCtxYQhE+hmbpMC7coEHSa
84BflSyHvyiHwtY7NKD+JbI98bedvZWsdcNP6MIHUuU0T4Jqmgo5IIYRX8bj+x9587O79b
EKkyqJIOm1ryV5JrWsPS6SA13EVtBdNluWEBQEElcJXaRgrSJO1sX/rhfhpZ1o9mIB/md0
m/y/vE860k8mTKAgHTWASezA==
-----END SSH SIGNATURE-----
",
    ),
];

fn artifact(file: &[u8]) -> Artifact {
    Artifact { file: Some(file.to_vec()), ..Artifact::of(*b"a manifest") }
}

fn check(by: Value, artifact: &Artifact, signature: &str) -> Vec<&'static str> {
    let policy = json!({ "signers": [{ "name": "maker", "by": by }] });
    let evidence = Evidence::new("text/plain", signature.to_owned());
    codes(&artifact.verify(&verifier(&policy), &evidence))
}

#[test]
fn minisign() {
    let key = |key: &str| json!({ "minisign": { "key": key } });
    for signature in [MINISIGN, OLD_MINISIGN] {
        assert_eq!(check(key(MINISIGN_KEY), &artifact(b"test"), signature), [""; 0]);
        let file = format!("untrusted comment: minisign public key\n{MINISIGN_KEY}\n");
        assert_eq!(check(key(&file), &artifact(b"test"), signature), [""; 0]);
        assert_eq!(check(key(MINISIGN_KEY), &artifact(b"Test"), signature), ["signature_invalid"]);
        assert_eq!(check(key(MINISIGN_KEY), &Artifact::of(*b"test"), signature), [""; 0], "the manifest");
        let comment = signature.replace("file:test", "file:other");
        assert_eq!(check(key(MINISIGN_KEY), &artifact(b"test"), &comment), ["signature_invalid"]);
        let other = "RWQe6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
        assert_eq!(check(key(other), &artifact(b"test"), signature), ["signer_unknown"]);
    }
    assert_eq!(check(key(MINISIGN_KEY), &artifact(b"test"), "untrusted comment: x\ny"), ["malformed"]);
}

#[test]
fn ssh() {
    for (key, signature) in SSH {
        let by = |namespace: &str| json!({ "ssh": { "key": key, "namespace": namespace } });
        let kind = key.split(' ').next().unwrap();
        assert_eq!(check(by("file"), &artifact(b"a file"), signature), [""; 0], "{kind}");
        assert_eq!(check(by("file"), &artifact(b"A file"), signature), ["signature_invalid"], "{kind}");
        assert_eq!(check(by("git"), &artifact(b"a file"), signature), ["signature_invalid"], "{kind}");
        let other = SSH.iter().find(|(other, _)| *other != key).unwrap().0;
        let by_other = json!({ "ssh": { "key": other } });
        assert_eq!(check(by_other, &artifact(b"a file"), signature), ["signer_unknown"], "{kind}");
    }
}

#[test]
fn an_artifact_whose_bytes_are_not_held() {
    let policy = json!({ "signers": [{ "name": "maker", "by": { "minisign": { "key": MINISIGN_KEY } } }] });
    let evidence = Evidence::new("text/plain", MINISIGN);
    let outcome = artifact(b"test").verify_by_name(&verifier(&policy), &evidence);
    assert_eq!(codes(&outcome), ["content_missing"]);
}
