//! Writes an exported ledger of synthetic entries by the server's own writer: bench_export FILE ENTRIES
//!
//! Prints the verifier key.

use std::error::Error;
use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use waybill::ledger::{
    Checkpoint, ExportLines, ExportWriter, LogOrigin, NoteSignature, SignedNote, VerifierKey, WholeTree,
    leaf_hash,
};

/// Entries that are formed at once.
const SPAN: u64 = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(entries)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench_export FILE ENTRIES".into());
    };
    let entries: u64 = entries.parse()?;
    let signing = SigningKey::from_bytes(&[1; 32]);
    let origin: LogOrigin = "bench.test/ledger".parse()?;
    let key = VerifierKey::of_log(&origin, signing.verifying_key().as_bytes())?;
    let tree = WholeTree::new((0..entries).map(|index| leaf_hash(&leaf(index))).collect());
    let text = Checkpoint { origin, size: entries, root: tree.root(entries)? }.to_string();
    let signature = NoteSignature::by(&key, signing.sign(text.as_bytes()).to_vec());
    let note = SignedNote::new(text, vec![signature]);
    let mut writer = ExportWriter::create(Path::new(&file), &note, std::slice::from_ref(&key))?;
    for first in (0..entries).step_by(SPAN as usize) {
        let leaves: Vec<Vec<u8>> = (first..entries.min(first + SPAN)).map(leaf).collect();
        writer.add(&ExportLines::of(&tree, &note, first, &leaves)?)?;
    }
    writer.close()?;
    println!("{key}");
    Ok(())
}

/// An event as long as that of a pushed manifest.
fn leaf(index: u64) -> Vec<u8> {
    format!(
        r#"{{"v":1,"id":"0197f3a1-0000-7000-8000-{index:012x}","nonce":"{index:032x}","kind":"manifest.pushed","at_us":"{}","project":"0197f3a1-0000-7000-8000-000000000001","actor":"0197f3a1-0000-7000-8000-000000000002","subjects":[{{"repository":"acme/some/app","digest":"sha256:{index:064x}"}}],"outcome":"success","data":{{"media_type":"application/vnd.oci.image.manifest.v1+json","sha512":"sha512:{index:0128x}","size":"{index}"}}}}"#,
        1_795_000_000_000_000 + index,
    )
    .into_bytes()
}
