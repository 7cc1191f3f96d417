//! Whose word counts, as the command line has it.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::cli::attach::read_file;
use crate::cli::failure::Failure;
use crate::trust::{
    BuilderRule, LogRule, PolicyDocument, SignedBy, SignerDocument, SignerScope, Wildcard, read_json,
    read_policy,
};

/// What the one trusted root of the command line is called.
const ROOT: &str = "given";
/// Longest name of a signer that is made of a file's, in bytes.
const MAX_NAME: usize = 48;

/// A trust policy in a file.
pub fn read(path: &Path) -> Result<PolicyDocument, Failure> {
    let document = read_policy(&read_file(path)?);
    document.map_err(|error| Failure::Usage(format!("{} is no trust policy: {error}", path.display())))
}

/// The policy that some keys count for everything.
pub fn of_keys(keys: &[PathBuf], root: Option<&Path>) -> Result<PolicyDocument, Failure> {
    let mut document = PolicyDocument::default();
    for path in keys {
        let name = name(path, &document.signers);
        document.signers.push(signer(name, path, root.is_some())?);
    }
    if let Some(path) = root {
        let json = read_json::<Box<RawValue>>(&read_file(path)?);
        let json = json.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        document.trusted_roots.insert(ROOT.to_owned(), json);
    }
    Ok(document)
}

fn signer(name: String, path: &Path, logged: bool) -> Result<SignerDocument, Failure> {
    let pem = String::from_utf8_lossy(&read_file(path)?).into_owned();
    let any = || vec![Wildcard::any()];
    Ok(SignerDocument {
        name,
        by: SignedBy::Key { pem, trusted_root: logged.then(|| ROOT.to_owned()) },
        valid_from: None,
        valid_until: None,
        revoked: None,
        transparency_log: if logged { LogRule::Required } else { LogRule::Optional },
        may: SignerScope {
            repositories: any(),
            signatures: true,
            predicate_types: any(),
            builders: vec![BuilderRule { id: Wildcard::any(), slsa_level: 0 }],
        },
    })
}

/// Called as the file, as far as a signer can be; with a number unless it is the first of that name.
fn name(path: &Path, before: &[SignerDocument]) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = file.chars().map(|c| if fits(c) { c } else { '_' }).take(MAX_NAME).collect();
    let is_free = |name: &String| before.iter().all(|signer| signer.name != *name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Verifier;
    use crate::trust::signing::SigningKey;

    #[test]
    fn keys_make_a_policy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a key.pub");
        std::fs::write(&path, SigningKey::generate().public().unwrap().to_pem()).unwrap();
        let document = of_keys(&[path.clone(), path.clone()], None).unwrap();
        assert!(Verifier::new(&document).is_ok());
        let names: Vec<_> = document.signers.iter().map(|signer| signer.name.as_str()).collect();
        assert_eq!(names, ["a_key.pub", "a_key.pub-2"]);
        std::fs::write(&path, "nonsense").unwrap();
        assert!(Verifier::new(&of_keys(&[path], None).unwrap()).is_err());
    }
}
