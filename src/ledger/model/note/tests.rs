use ed25519_dalek::{Signer as _, SigningKey};

use super::*;

/// The key of Go's own tests of `golang.org/x/mod/sumdb/note`, and a note that it signed.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key(name: &str, used_for: KeyUse, seed: u8) -> (SigningKey, VerifierKey) {
    let signing = SigningKey::from_bytes(&[seed; 32]);
    let verifier = VerifierKey { name: name.parse().unwrap(), used_for, key: signing.verifying_key() };
    (signing, verifier)
}

fn signed(text: &str, signing: &SigningKey, verifier: &VerifierKey) -> NoteSignature {
    NoteSignature::by(verifier, signing.sign(text.as_bytes()).to_bytes().to_vec())
}

#[test]
fn reads_what_go_signed() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    assert_eq!(key.to_string(), GO_KEY);
    let note: SignedNote = GO_NOTE.parse().unwrap();
    assert_eq!(note.to_string(), GO_NOTE);
    assert!(note.signed_by(&key).unwrap().is_some());
    let forged: SignedNote = GO_NOTE.replace("answer", "remedy").parse().unwrap();
    assert_eq!(forged.signed_by(&key), Err(NoteError::Forged("PeterNeumann".to_owned())));
}

#[test]
fn another_key_of_the_same_name_is_none() {
    let ((signing, verifier), (_, stranger)) = (key("log", KeyUse::Log, 1), key("log", KeyUse::Log, 2));
    let note = SignedNote::new("a\n".to_owned(), vec![signed("a\n", &signing, &verifier)]);
    assert!(note.signed_by(&verifier).unwrap().is_some());
    assert_eq!(note.signed_by(&stranger), Ok(None));
    assert_eq!(note.is_signed_by_any(&[stranger, verifier]), Ok(true));
    assert_eq!(note.is_signed_by_any(&[]), Ok(false));
}

#[test]
fn a_cosignature_holds_for_its_time_only() {
    let (signing, witness) = key("witness.test/w", KeyUse::Witness, 3);
    let text = "log\n1\nroot\n";
    let message = format!("cosignature/v1\ntime 5\n{text}");
    let bytes = [&5_u64.to_be_bytes()[..], &signing.sign(message.as_bytes()).to_bytes()].concat();
    let good = NoteSignature::by(&witness, bytes.clone());
    assert_eq!(good.witnessed_at(), Some(Timestamp::from_micros(5_000_000)));
    let mut note = SignedNote::new(text.to_owned(), vec![good.clone()]);
    assert!(note.signed_by(&witness).unwrap().is_some());
    note.add(good);
    assert_eq!(note.signatures().len(), 1, "the same key signs once");
    let mut later = bytes;
    later[7] = 6;
    let note = SignedNote::new(text.to_owned(), vec![NoteSignature::by(&witness, later)]);
    assert!(note.signed_by(&witness).is_err());
    assert_eq!(witness.to_string().parse(), Ok(witness.clone()));
    let (_, as_log) = key("witness.test/w", KeyUse::Log, 3);
    assert_ne!(witness.id(), as_log.id());
}

#[test]
fn what_is_no_note_and_no_key() {
    for text in [
        "",
        "a",
        "a\n",
        "a\n\n",
        "a\n\nb\n",
        "a\n\n\u{2014} x\n",
        "a\n\n\u{2014} x AAAA",
        "a\t\n\n\u{2014} x AAAAAAA=\n",
    ] {
        assert!(text.parse::<SignedNote>().is_err(), "{text:?}");
    }
    for text in
        ["", "a+b", "a+00000000+AA==", &GO_KEY.replace("c74f20a3", "c74f20a4"), &GO_KEY.replace("+AR", "+Ah")]
    {
        assert_eq!(text.parse::<VerifierKey>(), Err(NoteError::BadKey), "{text}");
    }
}
