//! Log-ins that succeeded a moment ago: clients send the password with each of many requests, and argon2 for each
//! would make every pull slow.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::Rng;
use secrecy::{ExposeSecret, SecretString};

use crate::identity::model::Account;
use crate::types::{AccountId, Sha256Hex, Timestamp};

/// How long a success is remembered.
const LIFETIME: Duration = Duration::from_secs(60);

/// What is remembered of one account: its last success.
struct Success {
    digest: Sha256Hex,
    password_hash: Option<SecretString>,
    at: Timestamp,
}

/// The successes of this process.
pub struct Remembered {
    /// Random, so that what lies in memory can't be compared with anything outside it.
    salt: [u8; 32],
    successes: Mutex<HashMap<AccountId, Success>>,
}

impl Remembered {
    /// Nothing yet.
    pub fn new() -> Self {
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        Self { salt, successes: Mutex::default() }
    }

    /// Whether this password was right for this account a moment ago, and the account still has the password hash
    /// that it had then: `account` must come fresh from the database, so a change holds at once, on every replica.
    pub fn holds(&self, account: &Account, password: &SecretString, now: Timestamp) -> bool {
        let digest = self.digest(password);
        self.lock().get(&account.id).is_some_and(|success| {
            success.digest == digest
                && exposed(&success.password_hash) == exposed(&account.password_hash)
                && account.password_hash.is_some()
                && is_fresh(success, now)
        })
    }

    /// Remembers a success, and forgets those that are too old.
    pub fn keep(&self, account: &Account, password: &SecretString, now: Timestamp) {
        let digest = self.digest(password);
        let success = Success { digest, password_hash: account.password_hash.clone(), at: now };
        let mut successes = self.lock();
        successes.retain(|_, success| is_fresh(success, now));
        successes.insert(account.id, success);
    }

    fn digest(&self, password: &SecretString) -> Sha256Hex {
        Sha256Hex::of(&[&self.salt, password.expose_secret().as_bytes()])
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Success>> {
        // A panic between two statements above leaves the map whole.
        self.successes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exposed(hash: &Option<SecretString>) -> Option<&str> {
    hash.as_ref().map(ExposeSecret::expose_secret)
}

/// A clock that was set back makes nothing last longer.
fn is_fresh(success: &Success, now: Timestamp) -> bool {
    success.at <= now && now.since(success.at) < LIFETIME
}
