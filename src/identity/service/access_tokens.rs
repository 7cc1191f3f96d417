//! Issuing access tokens, and believing them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::authority::judge;
use super::{Identity, failed};
use crate::access::{AccessError, AccessScopes, Caller, Ceiling, Permission, Scope};
use crate::http::Origin;
use crate::identity::model::{Claims, LIFETIME, MAX_LENGTH, access_of, granted, seconds};
use crate::types::{AccountId, Action, KeyId, RepoName, Sha256Hex, Timestamp, TokenId, TokenScope};

/// As the header of a token calls it.
const TYPE: &str = "JWT";

/// An access token, just issued.
pub struct IssuedToken {
    /// The token.
    pub token: SecretString,
    /// What it grants of what was asked.
    pub scopes: AccessScopes,
    /// Since when it is good.
    pub issued_at: Timestamp,
    /// For how long.
    pub lifetime: Duration,
}

impl Identity {
    /// Issues an access token that grants what was asked and the caller may do now. To be granted less than was asked
    /// is no error.
    ///
    /// # Errors
    /// When rights or keys can't be looked up.
    pub async fn issue_access_token(
        &self,
        caller: &Caller,
        asked: &[TokenScope],
    ) -> Result<IssuedToken, AccessError> {
        let bindings = match caller.account {
            Some(account) => self.bindings_of(account).await.map_err(failed)?,
            None => Arc::default(),
        };
        let mut projects = HashMap::new();
        for scope in asked {
            let Some(name) = scope.repository() else { continue };
            // Nobody in particular pushes or deletes anything.
            let reads =
                !matches!(scope, TokenScope::Repository(_, actions) if !actions.contains(&Action::Pull));
            if caller.is_anonymous() && !reads {
                continue;
            }
            if let Entry::Vacant(unknown) = projects.entry(name.project()) {
                let found = self.projects.recall(unknown.key()).await.map_err(failed)?;
                unknown.insert(found);
            }
        }
        let now = self.clock.now();
        let may = |permission, scope: &Scope, name: &RepoName| {
            let project = projects.get(&name.project()).and_then(Option::as_deref);
            judge(caller, permission, scope, project, &bindings, now).is_ok()
        };
        let lists = !caller.is_anonymous() && caller.ceiling.covers_catalog();
        let mut scopes = granted(
            asked,
            |name, action| may(permission(action), &Scope::Repository(name.clone()), name),
            |environment, name| {
                let scope = Scope::Environment(environment.clone(), name.clone());
                may(Permission::EnvironmentRead, &scope, name)
            },
            lists,
        );
        scopes.whole = caller.ceiling.is_rights();
        let claims = Claims {
            iss: self.service.clone(),
            sub: caller.account.map(|account| account.to_string()).unwrap_or_default(),
            aud: self.service.clone(),
            exp: seconds(now.after(LIFETIME)),
            nbf: seconds(now),
            iat: seconds(now),
            jti: Uuid::new_v4().to_string(),
            access: access_of(&scopes),
            whole: scopes.whole,
            via: caller.token.map(|token| token.to_string()),
        };
        let token = self.sign(&claims).await?;
        metrics::counter!("waybill_access_tokens_total").increment(1);
        Ok(IssuedToken { token, scopes, issued_at: now, lifetime: LIFETIME })
    }

    /// Whom an access token stands for. The algorithm is ours and the key is looked up among ours: nothing in the token
    /// says how it is verified.
    ///
    /// # Errors
    /// `InvalidToken`, or `Failed`.
    pub(super) async fn believe(&self, token: &SecretString, origin: Origin) -> Result<Caller, AccessError> {
        let claims = self.verify_claims(token.expose_secret()).await?;
        let account = match claims.sub.as_str() {
            "" => None,
            id => Some(id.parse::<AccountId>().map_err(|_| AccessError::InvalidToken)?),
        };
        let via = claims.via.as_deref().map(str::parse::<TokenId>);
        let via = via.transpose().map_err(|_| AccessError::InvalidToken)?;
        let mut scopes = claims.scopes();
        let stands = match (via, account) {
            (Some(token), _) => {
                let shown = self.usable_token(token).await?.filter(|row| Some(row.account) == account);
                let narrowing = shown.as_ref().and_then(|row| row.narrowing.as_ref());
                scopes.prefix = narrowing.and_then(|narrowing| narrowing.prefix.clone());
                shown.is_some()
            }
            (None, Some(account)) => self.is_enabled(account).await?,
            (None, None) => true,
        };
        if !stands {
            return Err(AccessError::InvalidToken);
        }
        Ok(Caller { account, origin, ceiling: Ceiling::Scopes(scopes), token: via })
    }

    /// What a token claims, if its signature is ours and it holds now.
    async fn verify_claims(&self, token: &str) -> Result<Arc<Claims>, AccessError> {
        if token.len() > MAX_LENGTH {
            return Err(AccessError::InvalidToken);
        }
        let digest = Sha256Hex::of(&[token.as_bytes()]);
        let claims = match self.memory.claims.get(&digest) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verify_signature(token).await?);
                self.memory.claims.insert(digest, Arc::clone(&claims));
                claims
            }
        };
        if claims.holds_at(self.clock.now()) { Ok(claims) } else { Err(AccessError::InvalidToken) }
    }

    async fn verify_signature(&self, token: &str) -> Result<Claims, AccessError> {
        let header = decode_header(token).map_err(|_| AccessError::InvalidToken)?;
        let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TYPE);
        let kid = header.kid.filter(|_| is_ours).and_then(|kid| kid.parse::<KeyId>().ok());
        let key = self.verifying_key(kid.ok_or(AccessError::InvalidToken)?).await.map_err(failed)?;
        let key = key.ok_or(AccessError::InvalidToken)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&self.service]);
        validation.set_issuer(&[&self.service]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library asks the operating system for the time; ours is injected.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let verified = decode::<Claims>(token, &DecodingKey::from_ed_der(&key.bytes), &validation);
        Ok(verified.map_err(|_| AccessError::InvalidToken)?.claims)
    }

    async fn sign(&self, claims: &Claims) -> Result<SecretString, AccessError> {
        let key = self.signing_key().await.map_err(failed)?;
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(key.id.to_string()),
            ..Header::new(Algorithm::EdDSA)
        };
        let pkcs8 = key.to_pkcs8().map_err(failed)?;
        let key = EncodingKey::from_ed_der(pkcs8.expose_secret());
        encode(&header, claims, &key).map(SecretString::from).map_err(failed)
    }
}

/// What an action asks of rights.
const fn permission(action: Action) -> Permission {
    match action {
        Action::Pull => Permission::RepositoryRead,
        Action::Push => Permission::RepositoryPush,
        Action::Delete => Permission::RepositoryDelete,
    }
}

#[cfg(test)]
mod tests;
