//! Exchanging an id token for a token of ours (RFC 8693).

use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use super::{Federation, FederationError};
use crate::access::{Caller, Narrowing};
use crate::db::Tx;
use crate::federation::issuers::{IssuerError, KnownIssuer};
use crate::federation::model::{IdToken, IdTokenError, Reach, Rule, Unverified, keys};
use crate::federation::store::{exchanges, rules};
use crate::http::Origin;
use crate::identity::{
    ExchangeError, ExchangeRequest, Exchanged, Identity, Token, TokenExchange, TokenKind, TokenSecret,
};
use crate::ledger::{Event, Fact, Record};
use crate::types::{Timestamp, TokenId, TokenScope, parse_scopes};

/// How much longer than its end an id token is remembered: replicas' clocks differ a little.
const MARGIN: Duration = Duration::from_secs(300);

#[async_trait]
impl TokenExchange for Federation {
    async fn exchange(&self, request: ExchangeRequest, origin: Origin) -> Result<Exchanged, ExchangeError> {
        let outcome = self.exchanged(&request, origin).await;
        let told = match &outcome {
            Ok(_) => "success",
            Err(error) => label(error),
        };
        metrics::counter!("waybill_federation_exchanges_total", "outcome" => told).increment(1);
        outcome.map_err(ExchangeError::from)
    }
}

impl Federation {
    async fn exchanged(
        &self,
        request: &ExchangeRequest,
        origin: Origin,
    ) -> Result<Exchanged, FederationError> {
        let asked = parse_scopes(request.scope.as_deref().into_iter());
        let asked = asked.map_err(|_| FederationError::Reach(ONE_SCOPE))?;
        let unverified = Unverified::read(request.subject_token.expose_secret())?;
        let known = unverified.issuer().and_then(|issuer| self.issuers.of_url(issuer));
        let known = known.ok_or(IdTokenError::Issuer)?;
        let token = known.verify(unverified).await?;
        let now = self.clock.now();
        token.check(&known.issuer.audience, true, now)?;
        let rule = self.rule_for(known, &token, request.rule.as_deref(), &asked).await?;
        let reach = narrowed(&rule.reach, &asked)?;
        self.issue(rule, reach, &token, origin, now).await
    }

    /// The rule that was named, if it accepts a token; else the one rule that does so and reaches what is asked for. Any
    /// project may make rules for any claims: neither their number nor an overlap may be in the way of who says which is
    /// meant.
    async fn rule_for(
        &self,
        known: &KnownIssuer,
        token: &IdToken,
        named: Option<&str>,
        asked: &[TokenScope],
    ) -> Result<Rule, FederationError> {
        let issuer = &known.issuer;
        if let Some(named) = named {
            let id = named.parse().map_err(|_| FederationError::NoRule)?;
            let rule = rules::find(self.db.read(), id).await?;
            let accepts = |rule: &Rule| rule.issuer == issuer.url.as_str() && rule.claims.are_in(token);
            return rule.filter(accepts).ok_or(FederationError::NoRule);
        }
        let keys = keys(token, &issuer.id_claims);
        let project = match asked {
            [TokenScope::Repository(name, _)] => {
                let project = self.projects.find(&name.project()).await?;
                Some(project.ok_or(FederationError::NoRule)?.id)
            }
            _ => None,
        };
        let mut rules = rules::candidates(self.db.read(), issuer.url.as_str(), &keys, project).await?;
        rules.retain(|rule| rule.claims.are_in(token));
        // Where none reaches it, who asks is told that, and not that there are several.
        let (reaching, short): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| narrowed(&rule.reach, asked).is_ok());
        let mut rules = if reaching.is_empty() { short } else { reaching };
        match (rules.pop(), rules.is_empty()) {
            (None, _) => Err(FederationError::NoRule),
            (Some(rule), true) => Ok(rule),
            (Some(_), false) => Err(FederationError::Ambiguous),
        }
    }

    async fn issue(
        &self,
        rule: Rule,
        reach: Reach,
        id_token: &IdToken,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Exchanged, FederationError> {
        let secret = TokenSecret::generate(TokenKind::Federated);
        let expires = now.after(rule.lifetime.duration());
        let token = Token {
            id: TokenId::new(),
            kind: TokenKind::Federated,
            account: rule.account,
            name: format!("federation rule {}", rule.id),
            narrowing: Some(Narrowing { prefix: Some(reach.prefix.clone()), actions: reach.actions.clone() }),
            service: None,
            created_at: now,
            expires_at: Some(expires),
            last_used_at: None,
            revoked_at: None,
        };
        let ends = Timestamp::from_micros(id_token.ends()?.saturating_mul(1_000_000));
        let (used, remembered) = (id_token.once(), ends.max(expires).after(MARGIN));
        let (kept, digest) = (token, secret.digest());
        let username = self
            .db
            .write(async move |tx: &Tx| {
                // Looked at again: it may have been removed since, and a removed rule gives nothing.
                if rules::find(&**tx, rule.id).await?.as_ref() != Some(&rule) {
                    return Err(FederationError::NoRule);
                }
                let account = Identity::account_in(tx, rule.account).await?;
                let account =
                    account.filter(|account| account.is_enabled()).ok_or(FederationError::NoRule)?;
                if exchanges::is_used(&**tx, &used).await? {
                    return Err(FederationError::Used);
                }
                exchanges::prune(&**tx, now).await?;
                if !exchanges::note(&**tx, &used, rule.id, kept.id, remembered).await? {
                    return Err(FederationError::Used);
                }
                let caller = Caller::of(rule.account, origin.clone());
                let created = Identity::keep_token_in(tx, &caller, &kept, &digest, account.project).await?;
                let fact = Fact::FederationExchanged {
                    rule: rule.id.to_string(),
                    token: kept.id.to_string(),
                    account: rule.account.to_string(),
                };
                tx.record(&[created, Event::new(&caller, now, Some(rule.project), fact)]).await?;
                Ok(account.name)
            })
            .await?;
        Ok(Exchanged {
            token: secret.text().clone(),
            lifetime: expires.since(now),
            scope: TokenScope::Repository(reach.prefix, reach.actions).to_string(),
            username,
        })
    }
}

const ONE_SCOPE: &str =
    "name at most one scope, repository:<name>:<actions>: the token reaches that and what lies below";

/// What is left of a rule's reach for who asks for less.
fn narrowed(reach: &Reach, asked: &[TokenScope]) -> Result<Reach, FederationError> {
    match asked {
        [] => Ok(reach.clone()),
        [TokenScope::Repository(name, actions)] => reach
            .narrowed(name, actions)
            .ok_or(FederationError::Reach("the federation rule allows nothing of that scope")),
        _ => Err(FederationError::Reach(ONE_SCOPE)),
    }
}

/// For the metric: who fails is a stranger, and is counted only.
const fn label(error: &FederationError) -> &'static str {
    match error {
        FederationError::Used => "replayed",
        FederationError::NoRule | FederationError::Ambiguous => "no_rule",
        FederationError::Issuer(IssuerError::Unavailable(_)) => "issuer_unavailable",
        FederationError::Issuer(_) => "bad_token",
        FederationError::Reach(_) => "bad_scope",
        _ => "failed",
    }
}

impl From<FederationError> for ExchangeError {
    fn from(error: FederationError) -> Self {
        let told = error.to_string();
        match error {
            FederationError::Ambiguous => Self::Request(told),
            FederationError::Reach(_) => Self::Scope(told),
            FederationError::Issuer(IssuerError::Unavailable(_)) => Self::Unavailable(told),
            FederationError::Db(cause) => Self::Failed(cause.to_string()),
            _ => Self::Grant(told),
        }
    }
}
