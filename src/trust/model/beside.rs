//! What stands beside other manifests and speaks of them: it is read by whoever wants to verify, so nothing that could run
//! may be among it, however it is dressed. Clients believe neither media types nor configs as they should, so contents decide.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::carrier::{Layer, MAX_CONTENT, MAX_LAYERS, only_layer};
use crate::types::Digest;

/// Most bytes of one manifest's contents that are looked at.
const MAX_BESIDE: u64 = 64 << 20;
/// What manifests and indexes are called, in a list of them.
const LISTED: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
/// Clients write a config that has a title to a file of that name.
const TITLE: &str = "org.opencontainers.image.title";

/// What a manifest is that stands beside others, by its form alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// It lists manifests, each of which is asked for on its own.
    Lists,
    /// It can't run if none of these contents can: its config and its layers.
    Unless(Vec<Content>),
    /// It may run, or hold what may.
    MayRun,
}

/// A content that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its digest.
    pub digest: Digest,
    /// Whether a signature in binary may stand here: nothing else in the manifest makes an image of it.
    pub may_be_signature: bool,
}

/// Tells what a manifest is that refers to another, or stands under a tag that does. A list can't run by itself: unless it
/// brings along what it lists, or says where else that is.
pub fn beside(manifest: &[u8]) -> Beside {
    #[derive(Deserialize)]
    struct Manifest {
        config: Option<Layer>,
        #[serde(default)]
        layers: Vec<Layer>,
        manifests: Option<Vec<Box<RawValue>>>,
    }
    // Closed where it can't be told.
    let Ok(read) = serde_json::from_slice::<Manifest>(manifest) else { return Beside::MayRun };
    let Manifest { config, layers, manifests } = read;
    if let Some(children) = manifests {
        return if children.iter().all(|child| Child::is_held_here(child)) {
            Beside::Lists
        } else {
            Beside::MayRun
        };
    }
    let Some(config) = config.filter(|config| !config.annotations.contains_key(TITLE)) else {
        return Beside::MayRun;
    };
    if layers.len() > MAX_LAYERS {
        return Beside::MayRun;
    }
    let alone = only_layer(manifest).map(|layer| layer.digest);
    // Whatever stands twice is looked at once.
    let all: HashMap<_, _> =
        layers.into_iter().chain([config]).map(|layer| (layer.digest, layer.size)).collect();
    let total = all.values().fold(0_u64, |total, size| total.saturating_add(*size));
    if total > MAX_BESIDE || all.values().any(|size| *size > MAX_CONTENT) {
        return Beside::MayRun;
    }
    let content = |digest| Content { may_be_signature: alone.as_ref() == Some(&digest), digest };
    Beside::Unless(all.into_keys().map(content).collect())
}

/// A child by its keys. Only these are let pass: clients in Go read `Data` and `URLS` as well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Child {
    media_type: String,
    #[serde(rename = "digest")]
    _digest: IgnoredAny,
    #[serde(rename = "size")]
    _size: IgnoredAny,
    #[serde(default, rename = "platform")]
    _platform: IgnoredAny,
    #[serde(default, rename = "annotations")]
    _annotations: IgnoredAny,
    #[serde(default, rename = "artifactType")]
    _artifact_type: IgnoredAny,
}

impl Child {
    /// Whether clients must ask this registry for it, as for a manifest: no `data`, no `urls`.
    fn is_held_here(child: &RawValue) -> bool {
        serde_json::from_str(child.get()).is_ok_and(|child: Self| LISTED.contains(&child.media_type.as_str()))
    }
}

/// Whether bytes are text, and no archive of texts either. No program that a machine runs by itself is text.
pub fn is_text(bytes: &[u8]) -> bool {
    let readable = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    str::from_utf8(bytes).is_ok_and(readable) && !is_archive(bytes)
}

/// Whether bytes are an archive to anybody, although they look like text or like a signature. Some clients skip blocks until
/// they find a header of tar.
pub fn is_archive(bytes: &[u8]) -> bool {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    bytes.starts_with(BZIP2) || blocks.iter().any(begins_a_file)
}

/// A block of a tar archive, in bytes.
const BLOCK: usize = 512;
/// What bzip2 begins with: of what is compressed, only this could do without other bytes than text.
const BZIP2: &[u8] = b"BZh";

/// Whether a block is a header of tar, in any of its dialects: it holds the sum of its own bytes, with blanks in the place of
/// the sum (POSIX pax, "ustar Interchange Format"). It needs no byte that is not text. The number is read as the most
/// careless client does.
fn begins_a_file(header: &[u8; BLOCK]) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let is_octal = |byte: &u8| matches!(byte, b'0'..=b'7');
    let digits = header[SUM].iter().skip_while(|byte| !is_octal(byte));
    // In Python 0o12 is a number too.
    let prefixed = header[SUM].windows(2).any(|two| two == b"0o");
    let digits = digits.skip(if prefixed { 2 } else { 0 }).take_while(|byte| is_octal(byte));
    let Some(said) = digits.fold(None, |said, byte| Some(said.unwrap_or(0) * 8 + i64::from(byte - b'0')))
    else {
        return false;
    };
    // Some sum up signed bytes.
    let sum = |value: fn(u8) -> i64| -> i64 {
        let byte = |(at, byte): (usize, &u8)| value(if SUM.contains(&at) { b' ' } else { *byte });
        header.iter().enumerate().map(byte).sum()
    };
    said == sum(i64::from) || said == sum(|byte| i64::from(byte.cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    const OCI: &str = LISTED[0];
    const DOCKER: &str = LISTED[2];
    const COSE: &str = "application/cose";

    fn manifest(kind: &str, config: &str, layers: &[(&str, u64)]) -> Vec<u8> {
        let digest = |seed: usize| Digest::of(Algorithm::Sha256, &seed.to_be_bytes());
        let layer = |(at, (kind, size)): (usize, &(&str, u64))| {
            format!(r#"{{"mediaType":"{kind}","digest":"{}","size":{size}}}"#, digest(at))
        };
        let layers: Vec<String> = layers.iter().enumerate().map(layer).collect();
        let config = format!(r#"{{"mediaType":"application/x","digest":"{config}","size":2}}"#);
        let layers = layers.join(",");
        format!(r#"{{"mediaType":"{kind}","config":{config},"layers":[{layers}]}}"#).into_bytes()
    }

    #[test]
    fn contents_decide_and_only_of_a_plain_manifest_a_signature_in_binary() {
        let other = Digest::of(Algorithm::Sha256, b"");
        let decides = |kind: &str, config: &str, layers: &[(&str, u64)]| match beside(&manifest(
            kind, config, layers,
        )) {
            Beside::Unless(contents) => {
                Some((contents.len(), contents.iter().filter(|one| one.may_be_signature).count()))
            }
            Beside::Lists | Beside::MayRun => None,
        };
        assert_eq!(decides(OCI, EMPTY, &[(COSE, 9)]), Some((2, 1)));
        assert_eq!(decides(OCI, EMPTY, &[(COSE, 9), (COSE, 9)]), Some((3, 0)));
        assert_eq!(decides(DOCKER, EMPTY, &[(COSE, 9)]), Some((2, 0)));
        assert_eq!(decides(OCI, other.as_str(), &[(COSE, 9)]), Some((2, 0)));
        assert_eq!(decides(OCI, EMPTY, &[]), Some((1, 0)));
        assert_eq!(decides(OCI, EMPTY, &[("application/vnd.oci.image.layer.v1.tar", 9)]), Some((2, 1)));
        assert_eq!(decides(OCI, EMPTY, &[(COSE, MAX_CONTENT + 1)]), None);
        assert_eq!(decides(OCI, EMPTY, &[(COSE, MAX_CONTENT); 4]), None, "too much to look at");
        assert_eq!(decides(OCI, EMPTY, &[(COSE, 1); MAX_LAYERS + 1]), None);
        let titled = String::from_utf8(manifest(OCI, EMPTY, &[(COSE, 9)])).unwrap();
        let titled =
            titled.replacen(r#""size":2"#, &format!(r#""size":2,"annotations":{{"{TITLE}":"run.sh"}}"#), 1);
        assert_eq!(beside(titled.as_bytes()), Beside::MayRun);
        assert_eq!(beside(b"{"), Beside::MayRun);
        assert_eq!(beside(b"{}"), Beside::MayRun);
    }

    #[test]
    fn a_list_says_not_where_else_its_manifests_are() {
        let list = |kind: &str, more: &str| {
            let child = format!(r#"{{"mediaType":"{kind}","digest":"{EMPTY}","size":2{more}}}"#);
            beside(format!(r#"{{"manifests":[{child}]}}"#).as_bytes())
        };
        assert_eq!(list(OCI, ""), Beside::Lists);
        assert_eq!(
            list(OCI, r#","platform":{},"annotations":{"a":"b"},"artifactType":"a/b""#),
            Beside::Lists
        );
        for more in
            [r#","data":"e30=""#, r#","Data":"e30=""#, r#","urls":[]"#, r#","urlſ":[]"#, r#","size":3"#]
        {
            assert_eq!(list(OCI, more), Beside::MayRun, "{more}");
        }
        assert_eq!(list("application/octet-stream", ""), Beside::MayRun, "a blob may be anything");
        assert_eq!(beside(br#"{"manifests":[{}]}"#), Beside::MayRun);
    }

    #[test]
    fn archives_are_no_text() {
        assert!(is_text("{\"a\":\n\t\"\u{e9}\"}\r\n".as_bytes()));
        for bytes in [&b"\x1f\x8b\x08"[..], b"name\0\0", b"\x28\xb5\x2f\xfd"] {
            assert!(!is_text(bytes));
        }
    }

    /// A header with nothing but text in it, and its sum written in this way.
    fn header(written: impl Fn(u64) -> String) -> [u8; BLOCK] {
        let mut header = [b' '; BLOCK];
        header[..100].fill(b'n');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        let field = written(sum);
        header[148..148 + field.len()].copy_from_slice(field.as_bytes());
        header
    }

    #[test]
    fn an_archive_of_texts_is_told_by_its_sum() {
        let plain = header(|sum| format!("{sum:06o}"));
        assert!(is_archive(&plain) && !is_text(&plain));
        assert!(!is_text(&[&plain[..], b"#!/bin/sh"].concat()));
        assert!(!is_text(&[&[b'x'; 3 * BLOCK], &plain[..]].concat()), "some look for it");
        let mut other = plain;
        other[0] = b'm';
        assert!(is_text(&other));
        assert!(is_text(&[b' '; BLOCK - 1]) && is_text(&[b' '; BLOCK]), "blanks say no sum");
        assert!(!is_text(b"BZh91AY&SY"));
    }

    #[test]
    fn a_sum_may_be_written_carelessly() {
        let ways: [fn(u64) -> String; 8] = [
            |sum| format!("  {sum:o}"),
            |sum| format!("\t{sum:o}"),
            |sum| format!("\n\n{sum:o}"),
            |sum| format!("{sum:o}x"),
            |sum| format!("{sum:o}\n"),
            |sum| format!("{sum:08o}"),
            |sum| format!("+{sum:o}"),
            |sum| format!("0o{sum:o}"),
        ];
        for written in ways {
            assert!(is_archive(&header(written)), "{:?}", written(0o12345));
        }
    }
}
