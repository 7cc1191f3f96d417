//! What a request proves its caller with: the `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::AccessError;

/// A parsed `Authorization` header.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// There was none.
    None,
    /// RFC 7617.
    Basic {
        /// The log-in name.
        name: String,
        /// The password.
        password: SecretString,
    },
    /// RFC 6750.
    Bearer {
        /// The token.
        token: SecretString,
    },
}

impl Credentials {
    /// Parses the header's value.
    ///
    /// # Errors
    /// `BadCredentials` for a scheme or encoding that can't be right.
    pub fn parse(header: Option<&str>) -> Result<Self, AccessError> {
        let Some(header) = header else { return Ok(Self::None) };
        let (scheme, value) = header.split_once(' ').ok_or(AccessError::BadCredentials)?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Self::Bearer { token: value.trim().to_owned().into() });
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(AccessError::BadCredentials);
        }
        let bytes = STANDARD.decode(value.trim()).map_err(|_| AccessError::BadCredentials)?;
        let text = String::from_utf8(bytes).map_err(|_| AccessError::BadCredentials)?;
        let (name, password) = text.split_once(':').ok_or(AccessError::BadCredentials)?;
        if name.is_empty() && password.is_empty() {
            return Ok(Self::None);
        }
        Ok(Self::Basic { name: name.to_owned(), password: password.to_owned().into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_schemes_and_refuses_the_rest() {
        assert!(matches!(Credentials::parse(None), Ok(Credentials::None)));
        let header = format!("Basic {}", STANDARD.encode("ann:a:b"));
        assert!(
            matches!(Credentials::parse(Some(&header)), Ok(Credentials::Basic { name, .. }) if name == "ann")
        );
        assert!(matches!(Credentials::parse(Some("bearer a.b.c")), Ok(Credentials::Bearer { .. })));
        for header in ["Basic", "Bearer", "Basic !", "Digest abc", "Basic YQ=="] {
            assert!(Credentials::parse(Some(header)).is_err(), "{header}");
        }
    }
}
