//! The digests of a content that is still arriving. The state can be stored and taken up again by another process.

use sha2::digest::common::hazmat::SerializableState;
use sha2::digest::common::hazmat::SerializedState;
use sha2::{Digest as _, Sha256, Sha512};

use crate::db::DbError;
use crate::types::{Algorithm, Digest};

/// SHA-256 always, SHA-512 when the client said that it will ask for it.
#[derive(Debug, Clone)]
pub struct HashState {
    sha256: Sha256,
    sha512: Option<Sha512>,
}

impl HashState {
    /// The state before the first byte.
    pub fn new(algorithm: Algorithm) -> Self {
        let sha512 = (algorithm == Algorithm::Sha512).then(Sha512::new);
        Self { sha256: Sha256::new(), sha512 }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
    }

    /// The digests of what has come so far: SHA-256, and SHA-512 if it is kept.
    pub fn digests(&self) -> (Digest, Option<Digest>) {
        let sha256 = Digest::from_sha256(&self.sha256.clone().finalize().into());
        let sha512 = self.sha512.clone().map(|state| Digest::from_sha512(&state.finalize().into()));
        (sha256, sha512)
    }

    /// The states as the database keeps them.
    pub fn save(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        (self.sha256.serialize().to_vec(), self.sha512.as_ref().map(|state| state.serialize().to_vec()))
    }

    /// Takes up saved states.
    ///
    /// # Errors
    /// When they are no states.
    pub fn restore(sha256: &[u8], sha512: Option<&[u8]>) -> Result<Self, DbError> {
        Ok(Self { sha256: restore(sha256)?, sha512: sha512.map(restore).transpose()? })
    }
}

fn restore<H: SerializableState>(bytes: &[u8]) -> Result<H, DbError> {
    let state =
        SerializedState::<H>::try_from(bytes).map_err(|error| DbError::corrupt("upload.hash", error))?;
    H::deserialize(&state).map_err(|error| DbError::corrupt("upload.hash", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn goes_on_where_it_was_saved(first: Vec<u8>, second: Vec<u8>) {
            let mut state = HashState::new(Algorithm::Sha512);
            state.update(&first);
            let (sha256, sha512) = state.save();
            let mut state = HashState::restore(&sha256, sha512.as_deref()).unwrap();
            state.update(&second);
            let whole = [first, second].concat();
            prop_assert_eq!(
                state.digests(),
                (Digest::of(Algorithm::Sha256, &whole), Some(Digest::of(Algorithm::Sha512, &whole)))
            );
        }
    }

    #[test]
    fn refuses_a_broken_state() {
        assert!(HashState::restore(b"short", None).is_err());
    }
}
