//! A key that is revoked under one name, and written in another form under the next.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::files::SSH;
use super::kit::{Artifact, Evidence, codes, verifier};
use super::signing::{Key, bundled, signing};

const MANIFEST: &[u8] = b"a manifest";
/// What comes before the key in a `SubjectPublicKeyInfo` (RFC 8410, RFC 5480): before points of P-256 and P-384 written with
/// both coordinates, and with one.
const ED25519: &str = "302a300506032b6570032100";
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const P256_COMPRESSED: &str = "3039301306072a8648ce3d020106082a8648ce3d030107032200";
const P384: &str = "3076301006072a8648ce3d020106052b81040022036200";
const P384_COMPRESSED: &str = "3046301006072a8648ce3d020106052b81040022033200";

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// The fields of an SSH key (RFC 4253, section 6.6).
fn fields(ssh: &str) -> Vec<Vec<u8>> {
    let bytes = STANDARD.decode(ssh.split(' ').nth(1).unwrap()).unwrap();
    let (mut rest, mut fields) = (bytes.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (field, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        fields.push(field.to_vec());
        rest = after;
    }
    fields
}

/// A key for SSH, of its fields.
fn ssh(fields: &[&[u8]]) -> String {
    let field = |field: &&[u8]| [&u32::try_from(field.len()).unwrap().to_be_bytes(), *field].concat();
    let bytes = fields.iter().flat_map(field).collect::<Vec<_>>();
    format!("{} {}", str::from_utf8(fields[0]).unwrap(), STANDARD.encode(bytes))
}

/// DER of less than 64 KiB.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], length.as_slice(), content].concat()
}

/// The same SSH key as PEM, in each way to write it.
fn pems(ssh: &str) -> Vec<String> {
    let fields = fields(ssh);
    let with = |head: &str, key: &[u8]| pem(&[hex::decode(head).unwrap(), key.to_vec()].concat());
    let point = |whole: &str, compressed: &str, key: &[u8]| {
        let (x, y) = key[1..].split_at((key.len() - 1) / 2);
        let short = [&[2 + (y.last().unwrap() & 1)], x].concat();
        vec![with(whole, key), with(compressed, &short)]
    };
    match (fields[0].as_slice(), fields.as_slice()) {
        (b"ssh-ed25519", [_, key]) => vec![with(ED25519, key)],
        (b"ecdsa-sha2-nistp256", [_, _, key]) => point(P256, P256_COMPRESSED, key),
        (b"ecdsa-sha2-nistp384", [_, _, key]) => point(P384, P384_COMPRESSED, key),
        (b"ssh-rsa", [_, e, n]) => {
            let integer = |number: &[u8]| match u8::try_from(number.len()) {
                Ok(length @ ..0x80) => [&[0x02, length], number].concat(),
                _ => der(0x02, number),
            };
            let key = der(0x30, &[integer(n), integer(e)].concat());
            let algorithm = hex::decode("300d06092a864886f70d0101010500").unwrap();
            vec![pem(&der(0x30, &[algorithm, der(0x03, &[vec![0], key].concat())].concat()))]
        }
        other => panic!("{other:?}"),
    }
}

fn revoked(name: &str, by: &Value) -> Value {
    json!({ "name": name, "by": by, "revoked": { "at": "2020-01-01T00:00:00Z" } })
}

fn check(signers: &[Value], evidence: &Evidence) -> Vec<&'static str> {
    let artifact = Artifact { file: Some(b"a file".to_vec()), ..Artifact::of(MANIFEST) };
    codes(&artifact.verify(&verifier(&json!({ "signers": signers })), evidence))
}

#[test]
fn a_pem_is_the_ssh_key() {
    for (key, signature) in SSH {
        let signature = Evidence::new("text/plain", signature);
        let by = json!({ "name": "s", "by": { "ssh": { "key": key } } });
        for pem in pems(key) {
            let pem = json!({ "key": { "pem": pem } });
            let good = [by.clone(), json!({ "name": "p", "by": pem })];
            assert_eq!(check(&good, &signature), [""; 0], "{pem}");
            let lost = [by.clone(), revoked("p", &pem)];
            assert_eq!(check(&lost, &signature), ["key_revoked"], "{pem}");
        }
        let other =
            Key::kinds().map(|(kind, other)| revoked(kind, &json!({ "key": { "pem": other.pem() } })));
        assert_eq!(check(&[[by].as_slice(), &other].concat(), &signature), [""; 0], "others are not it");
    }
}

#[test]
fn an_ssh_key_is_the_pem() {
    let key = Key::p256();
    let by = json!({ "name": "p", "by": { "key": { "pem": key.pem() } } });
    let point = &key.spki()[hex::decode(P256).unwrap().len()..];
    let ssh = json!({ "ssh": { "key": ssh(&[b"ecdsa-sha2-nistp256", b"nistp256", point]) } });
    let evidence = bundled(&key.bundle(&signing(MANIFEST)));
    assert_eq!(check(&[by.clone(), json!({ "name": "s", "by": ssh })], &evidence), [""; 0]);
    assert_eq!(check(&[by, revoked("s", &ssh)], &evidence), ["key_revoked"]);
}

#[test]
fn one_key_in_three_forms() {
    let (_, key) = Key::kinds().into_iter().next().unwrap();
    let spki = key.spki();
    let raw = &spki[hex::decode(ED25519).unwrap().len()..];
    // Its id says nothing about the key, and there may be two.
    let minisign = |id: &[u8; 8]| STANDARD.encode([b"Ed", id.as_slice(), raw].concat());
    let forms = [
        ("release", json!({ "key": { "pem": key.pem() } })),
        ("m", json!({ "minisign": { "key": minisign(b"12345678") } })),
        ("again", json!({ "minisign": { "key": minisign(b"87654321") } })),
        ("s", json!({ "ssh": { "key": ssh(&[b"ssh-ed25519", raw]) } })),
    ];
    let signature = key.sign(MANIFEST);
    let comment = "a comment";
    let whole = key.sign(&[signature.as_slice(), comment.as_bytes()].concat());
    let file = format!(
        "untrusted comment: x\n{}\ntrusted comment: {comment}\n{}\n",
        STANDARD.encode([b"Ed12345678", signature.as_slice()].concat()),
        STANDARD.encode(whole),
    );
    for evidence in [bundled(&key.bundle(&signing(MANIFEST))), Evidence::new("text/plain", file)] {
        let good = forms.clone().map(|(name, by)| json!({ "name": name, "by": by }));
        assert_eq!(check(&good, &evidence), [""; 0]);
        for lost in 0..forms.len() {
            let mut signers = good.clone();
            signers[lost] = revoked(forms[lost].0, &forms[lost].1);
            assert_eq!(check(&signers, &evidence), ["key_revoked"], "{}", forms[lost].0);
        }
    }
}
