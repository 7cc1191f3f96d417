//! Hashing passwords: slow by intent, so only a few at a time and never on a thread that serves requests.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::failed;
use crate::access::AccessError;
use crate::identity::model::NewPassword;

/// How many are hashed at once; each takes 19 MiB and some 20 ms of a core (design, Transactions and speed).
const AT_ONCE: usize = 2;
/// How long a turn is waited for before the caller is asked to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Gives out turns at hashing.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

/// A turn at hashing. It travels with the work, so that a caller who leaves does not free it early.
pub struct Turn {
    permit: OwnedSemaphorePermit,
}

impl Passwords {
    /// With all turns free.
    pub fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `Busy` when none came for ten seconds, or `Failed`.
    pub async fn turn(&self) -> Result<Turn, AccessError> {
        let permit = timeout(LONGEST_WAIT, Arc::clone(&self.permits).acquire_owned());
        let permit = permit.await.map_err(|_| AccessError::Busy { wait: LONGEST_WAIT })?;
        Ok(Turn { permit: permit.map_err(failed)? })
    }

    /// The PHC string of a new password (argon2id, the crate's parameters, a random salt).
    pub async fn hash(&self, password: &NewPassword) -> Result<String, AccessError> {
        let (turn, password) = (self.turn().await?, password.secret().clone());
        let hashed = spawn_blocking(move || {
            let hashed = hash(&password).map(|hash| hash.to_string());
            drop(turn);
            hashed
        });
        hashed.await.map_err(failed)?.map_err(failed)
    }
}

impl Turn {
    /// Whether the password is the one behind the PHC string. Without one the answer is no, after the same work.
    pub async fn verify(
        self,
        password: SecretString,
        stored: Option<SecretString>,
    ) -> Result<(Self, bool), AccessError> {
        let verified = spawn_blocking(move || {
            let right = match stored {
                Some(stored) => verify(&password, &stored),
                None => hash(&password).map(|_| false),
            };
            (self.permit, right)
        });
        let (permit, right) = verified.await.map_err(failed)?;
        Ok((Self { permit }, right.map_err(failed)?))
    }
}

fn hash(password: &SecretString) -> Result<PasswordHash, Error> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
}

fn verify(password: &SecretString, stored: &SecretString) -> Result<bool, Error> {
    let stored = PasswordHash::new(stored.expose_secret())?;
    match Argon2::default().verify_password(password.expose_secret().as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_right_from_wrong() {
        let passwords = Passwords::new();
        let secret = |text: &str| SecretString::from(text.to_owned());
        let right = NewPassword::try_from(secret("correct horse battery")).unwrap();
        let stored = passwords.hash(&right).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        for (given, known, expected) in [
            ("correct horse battery", true, true),
            ("correct horse batterz", true, false),
            ("correct horse battery", false, false),
        ] {
            let turn = passwords.turn().await.unwrap();
            let stored = known.then(|| secret(&stored));
            let (_turn, right) = turn.verify(secret(given), stored).await.unwrap();
            assert_eq!(right, expected);
        }
    }

    #[tokio::test]
    async fn only_two_have_a_turn() {
        let passwords = Passwords::new();
        let (first, _second) = (passwords.turn().await.unwrap(), passwords.turn().await.unwrap());
        assert!(timeout(Duration::from_millis(20), passwords.turn()).await.is_err());
        drop(first);
        assert!(passwords.turn().await.is_ok());
    }
}
