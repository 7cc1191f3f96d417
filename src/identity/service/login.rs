//! Logging in with a name and a password.

use secrecy::{ExposeSecret, SecretString};

use super::{Identity, failed};
use crate::access::AccessError;
use crate::http::Origin;
use crate::identity::model::{Account, Attempt, MAX_PASSWORD_BYTES, UserName};
use crate::identity::store::accounts;
use crate::types::AccountId;

/// What a log-in gives.
struct Given {
    name: String,
    password: SecretString,
    origin: Origin,
    attempt: Attempt,
}

/// What is known before any password is hashed.
enum Glance {
    /// The same log-in succeeded a moment ago.
    Remembered(AccountId),
    /// It has to be verified, against this account if there is one.
    Verify(Option<Account>),
}

impl Identity {
    /// Who has this name and this password. An unknown name, a wrong password and a disabled account take the same
    /// work and get the same answer.
    ///
    /// # Errors
    /// `BadCredentials`, `TooManyAttempts`, `Busy`, or `Failed`.
    pub(super) async fn log_in(
        &self,
        name: String,
        password: SecretString,
        origin: Origin,
    ) -> Result<AccountId, AccessError> {
        if password.expose_secret().len() > MAX_PASSWORD_BYTES {
            return Err(AccessError::BadCredentials);
        }
        let attempt = Attempt::of(&name, origin.address.as_deref());
        let (this, given) = (self.clone(), Given { name, password, origin, attempt });
        let seen = match this.glance(&given).await? {
            Glance::Remembered(account) => return Ok(account),
            Glance::Verify(account) => account,
        };
        // A task of its own, so that who hangs up before the answer is counted all the same.
        tokio::spawn(async move { this.verify(given, seen).await }).await.map_err(failed)?
    }

    async fn glance(&self, given: &Given) -> Result<Glance, AccessError> {
        let account = match given.name.parse::<UserName>() {
            Ok(name) => accounts::find_by_name(self.db.read(), &name).await.map_err(failed)?,
            Err(_) => None,
        };
        if let Some(account) = account.as_ref().filter(|account| self.remembers(account, given)) {
            return Ok(Glance::Remembered(account.id));
        }
        self.within_limits(&given.attempt).await?;
        Ok(Glance::Verify(account))
    }

    fn remembers(&self, account: &Account, given: &Given) -> bool {
        account.is_enabled() && self.remembered.holds(account, &given.password, self.clock.now())
    }

    async fn verify(&self, given: Given, seen: Option<Account>) -> Result<AccountId, AccessError> {
        let mut turn = self.passwords.turn().await?;
        // The same log-in may have succeeded meanwhile. It needs no turn then, and holds none while a busy database
        // keeps it waiting: a hundred of them one after the other would wait too long.
        if seen.is_some_and(|account| self.remembers(&account, &given)) {
            drop(turn);
            if let Glance::Remembered(account) = self.glance(&given).await? {
                return Ok(account);
            }
            turn = self.passwords.turn().await?;
        }
        // Looked at again, now that it is our turn: the log-ins before this may have filled the limit. The turn is held
        // until the outcome is counted, so no more than those with a turn ever pass the limit.
        let account = match self.glance(&given).await? {
            Glance::Remembered(account) => return Ok(account),
            Glance::Verify(account) => account,
        };
        let stored = account.as_ref().and_then(|account| account.password_hash.clone());
        let (turn, right) = turn.verify(given.password.clone(), stored).await?;
        match account {
            Some(account) if right && account.is_enabled() => {
                self.remembered.keep(&account, &given.password, self.clock.now());
                self.clear_failures(&given.attempt).await.map_err(failed)?;
                Ok(account.id)
            }
            account => {
                let account = account.map(|account| account.id);
                let counted = self.count_failure(&given.attempt, account, &given.origin, turn).await;
                counted.map_err(failed)?;
                Err(AccessError::BadCredentials)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::identity::store::failures;
    use crate::identity::tests::World;

    #[tokio::test]
    async fn an_attempt_is_counted_although_its_client_left() {
        let world = World::new().await;
        let identity = &world.identity;
        // With no turn free, the attempt is under way and not verified when the client leaves.
        let turns = (identity.passwords.turn().await.unwrap(), identity.passwords.turn().await.unwrap());
        let wrong = "wrong password".to_owned().into();
        let attempt = identity.log_in("admin".to_owned(), wrong, Origin::default());
        assert!(timeout(Duration::from_millis(300), attempt).await.is_err());
        drop(turns);
        let pair = Attempt::of("admin", None).pair;
        for _ in 0..100 {
            let now = identity.clock.now();
            if !failures::counts(identity.db.read(), &[&pair], now).await.unwrap().is_empty() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("the attempt was never counted");
    }

    #[tokio::test]
    async fn what_succeeded_meanwhile_holds_no_turn_while_the_database_is_busy() {
        let world = World::new().await;
        let identity = &world.identity;
        let admin =
            accounts::find_by_name(identity.db.read(), &"admin".parse().unwrap()).await.unwrap().unwrap();
        let given = Given {
            name: "admin".to_owned(),
            password: "correct horse battery".to_owned().into(),
            origin: Origin::default(),
            attempt: Attempt::of("admin", None),
        };
        identity.remembered.keep(&admin, &given.password, identity.clock.now());
        let mut readers = Vec::new();
        while let Ok(reader) = timeout(Duration::from_millis(300), identity.db.snapshot()).await {
            readers.push(reader.unwrap());
        }
        let _other = identity.passwords.turn().await.unwrap();
        let mut same = Box::pin(identity.verify(given, Some(admin.clone())));
        tokio::select! {
            biased;
            _ = &mut same => panic!("it was answered without the database"),
            turn = identity.passwords.turn() => drop(turn.unwrap()),
        }
        drop(readers);
        assert_eq!(same.await.unwrap(), admin.id);
    }
}
