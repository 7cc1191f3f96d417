//! The signers of a trust policy, made ready: keys parsed, roots loaded, times read.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::key_identity::KeyIdentity;
use super::keys::PublicKey;
use super::minisign::MinisignKey;
use super::notation::{NamePattern, TrustStore};
use super::sigstore::{self, Sigstore};
use super::sshsig::SshKey;
use crate::trust::model::{
    LogRule, PolicyDocument, PolicyError, SignedBy, SignerDocument, SignerScope, Wildcard,
};
use crate::types::{Algorithm, Digest, NameError, RepoName, Timestamp};

/// Limits of a policy.
const SIGNERS: usize = 100;
const ROOTS: usize = 10;
const STORES: usize = 10;
const NAME: usize = 64;
const SLSA_LEVELS: u8 = 4;

/// A trusted root, and what outcomes call it.
pub(super) struct Root {
    /// SHA-256 of its bytes as the policy holds them.
    pub digest: Digest,
    /// What verifies with it.
    pub sigstore: Box<dyn Sigstore>,
}

/// How a signer is told.
pub(super) enum By {
    /// By a key; with the root whose log holds what it signs.
    Key(PublicKey, Option<Arc<Root>>),
    /// By a minisign key.
    Minisign(MinisignKey),
    /// By an SSH key, for a namespace.
    Ssh(SshKey),
    /// By an identity.
    Identity {
        /// The issuer, exactly.
        issuer: String,
        /// The subject.
        subject: Wildcard,
        /// Where its certificate must lead.
        root: Arc<Root>,
    },
    /// By a certificate of an authority.
    X509 {
        /// Where its certificate must lead.
        store: Arc<TrustStore>,
        /// Of whom; empty for anybody.
        subjects: Vec<NamePattern>,
    },
}

/// A signer.
pub(super) struct Signer {
    /// What outcomes call the signer.
    pub name: String,
    /// How the signer is told.
    pub by: By,
    /// What was signed before counts for nothing.
    pub valid_from: Option<Timestamp>,
    /// What was signed from then on counts for nothing.
    pub valid_until: Option<Timestamp>,
    /// The same, for a worse reason.
    pub revoked: Option<Timestamp>,
    /// Whether a transparency log must hold the signature.
    pub log: LogRule,
    /// What the signer may vouch for.
    pub may: SignerScope,
}

/// Reads the signers of a policy, and all that they name.
pub(super) fn compile(document: &PolicyDocument) -> Result<Vec<Signer>, PolicyError> {
    at_most("signers", SIGNERS, document.signers.len())?;
    at_most("trusted roots", ROOTS, document.trusted_roots.len())?;
    at_most("trust stores", STORES, document.trust_stores.len())?;
    let mut compiler = Compiler { roots: BTreeMap::new(), stores: BTreeMap::new() };
    for (name, json) in &document.trusted_roots {
        check_name("trusted root", name)?;
        let refused = |why| PolicyError::TrustedRoot { name: name.clone(), why };
        let sigstore = sigstore::trusted_root(json.get()).map_err(refused)?;
        let digest = Digest::of(Algorithm::Sha256, json.get().as_bytes());
        compiler.roots.insert(name, Arc::new(Root { digest, sigstore }));
    }
    for (name, pem) in &document.trust_stores {
        check_name("trust store", name)?;
        let refused = |why| PolicyError::TrustStore { name: name.clone(), why };
        compiler.stores.insert(name, Arc::new(TrustStore::from_pem(pem).map_err(refused)?));
    }
    let mut names = HashSet::new();
    let mut signers = Vec::with_capacity(document.signers.len());
    for signer in &document.signers {
        check_name("signer", &signer.name)?;
        if !names.insert(&signer.name) {
            return Err(PolicyError::NameTwice(signer.name.clone()));
        }
        let refused = |why| PolicyError::Signer { name: signer.name.clone(), why };
        signers.push(compiler.signer(signer).map_err(refused)?);
    }
    revoke_everywhere(&mut signers);
    Ok(signers)
}

/// A key that was in other hands was so under each name that a policy gives it and in whatever form: the earliest moment
/// counts for all of them.
fn revoke_everywhere(signers: &mut [Signer]) {
    for at in 0..signers.len() {
        let (Some(key), own) = (signers[at].by.key(), signers[at].revoked) else { continue };
        let same = signers.iter().filter(|other| other.by.key() == Some(key));
        let earliest = same.filter_map(|other| other.revoked).chain(own).min();
        signers[at].revoked = earliest;
    }
}

impl By {
    /// Which key, if the signer is told by one.
    const fn key(&self) -> Option<&KeyIdentity> {
        match self {
            Self::Key(key, _) => Some(key.identity()),
            Self::Minisign(key) => Some(key.identity()),
            Self::Ssh(key) => Some(key.identity()),
            Self::Identity { .. } | Self::X509 { .. } => None,
        }
    }
}

struct Compiler<'a> {
    roots: BTreeMap<&'a str, Arc<Root>>,
    stores: BTreeMap<&'a str, Arc<TrustStore>>,
}

impl Compiler<'_> {
    fn signer(&self, document: &SignerDocument) -> Result<Signer, String> {
        let instant = |field: &str, text: &Option<String>| {
            let parsed = text.as_deref().map(str::parse::<Timestamp>).transpose();
            parsed.map_err(|error| format!("`{field}`: {error}"))
        };
        let valid_from = instant("valid_from", &document.valid_from)?;
        let valid_until = instant("valid_until", &document.valid_until)?;
        if valid_from.zip(valid_until).is_some_and(|(from, until)| from >= until) {
            return Err("`valid_until` must be later than `valid_from`".to_owned());
        }
        let revoked = instant("revoked.at", &document.revoked.as_ref().map(|revoked| revoked.at.clone()))?;
        if let Some(rule) = document.may.builders.iter().find(|rule| rule.slsa_level > SLSA_LEVELS) {
            return Err(format!("builder {}: `slsa_level` must be 0 to {SLSA_LEVELS}", rule.id));
        }
        for pattern in &document.may.repositories {
            names_some(pattern).map_err(|why| {
                format!("`may.repositories`: no repository can have a name such as \"{pattern}\": {why}")
            })?;
        }
        Ok(Signer {
            name: document.name.clone(),
            by: self.by(document)?,
            valid_from,
            valid_until,
            revoked,
            log: document.transparency_log,
            may: document.may.clone(),
        })
    }

    fn by(&self, document: &SignerDocument) -> Result<By, String> {
        let required = document.transparency_log == LogRule::Required;
        let no_log = |how: &str| {
            if required {
                Err(format!("{how} know no transparency log: leave out `transparency_log`"))
            } else {
                Ok(())
            }
        };
        match &document.by {
            SignedBy::Key { pem, trusted_root } => {
                let root = trusted_root.as_deref().map(|name| self.root(name)).transpose()?;
                if required && !root.as_ref().is_some_and(|root| root.sigstore.has_log()) {
                    return Err(
                        "`transparency_log` is required: name the `trusted_root` whose log must hold what \
                                the key signs"
                            .to_owned(),
                    );
                }
                Ok(By::Key(PublicKey::from_pem(pem)?, root))
            }
            SignedBy::Minisign { key } => {
                no_log("minisign signatures")?;
                MinisignKey::parse(key).map(By::Minisign)
            }
            SignedBy::Ssh { key, namespace } => {
                no_log("SSH signatures")?;
                SshKey::parse(key, namespace).map(By::Ssh)
            }
            SignedBy::Identity { issuer, subject, trusted_root } => {
                if issuer.is_empty() || subject.as_str().is_empty() {
                    return Err("an identity needs its `issuer` and its `subject`".to_owned());
                }
                let root = self.root(trusted_root)?;
                Ok(By::Identity { issuer: issuer.clone(), subject: subject.clone(), root })
            }
            SignedBy::X509 { trust_store, subjects } => {
                no_log("notation's signatures")?;
                let store = self.stores.get(trust_store.as_str()).cloned();
                let store =
                    store.ok_or_else(|| format!("there is no trust store {trust_store:?} in the policy"))?;
                let subjects = subjects.iter().map(|name| NamePattern::parse(name.as_str()));
                Ok(By::X509 { store, subjects: subjects.collect::<Result<_, _>>()? })
            }
        }
    }

    fn root(&self, name: &str) -> Result<Arc<Root>, String> {
        let root = self.roots.get(name).cloned();
        root.ok_or_else(|| {
            format!("there is no trusted root {name:?} in the policy: add it to `trusted_roots`")
        })
    }
}

/// Whether a repository could be of this shape. A letter stands well beside whatever there is; some shapes need a second
/// segment, or nothing.
fn names_some(pattern: &Wildcard) -> Result<(), NameError> {
    let name = |any: &str| pattern.as_str().replace('*', any).parse::<RepoName>().map(drop);
    name("a").or_else(|why| name("").or_else(|_| name("a/a")).map_err(|_| why))
}

fn at_most(what: &'static str, most: usize, count: usize) -> Result<(), PolicyError> {
    if count > most { Err(PolicyError::TooMany { what, most, count }) } else { Ok(()) }
}

fn check_name(what: &'static str, name: &str) -> Result<(), PolicyError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > NAME || !name.chars().all(allowed) {
        return Err(PolicyError::Name { what, name: name.to_owned() });
    }
    Ok(())
}
