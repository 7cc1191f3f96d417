#![no_main]
//! A receipt that is read is written so that it reads the same again, and to judge it ends with an answer.

use libfuzzer_sys::fuzz_target;
use parsers::Checkpoint;
use parsers::receipt::Receipt;
use tlog_tiles::Hash;

fuzz_target!(|text: &str| {
    let Ok(receipt) = text.parse::<Receipt>() else { return };
    assert_eq!(receipt.to_string().parse(), Ok(receipt.clone()));
    assert!(receipt.verify(Hash([0; 32]), &[]).is_err());
    if let Ok(checkpoint) = Checkpoint::parse(receipt.checkpoint.text()) {
        let _ = receipt.leads(Hash([0; 32]), &checkpoint);
    }
});
