//! Which storage to use, from the `storage_url` setting. A URL names a place, never a secret.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

/// Why a `storage_url` can't be used. No text repeats what was given, for it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StorageUrlError {
    /// No such scheme, or the path of a folder is malformed.
    #[error(
        "must be file:///<path> or file://./<path> without '%', '?' and '#', s3://<bucket>[/<prefix>], \
         az://<container>[/<prefix>] or gs://<bucket>[/<prefix>]"
    )]
    Form,
    /// A user, a password or a key is in it.
    #[error(
        "must not hold secrets: credentials come from the variables of the provider's own clients (AWS_ACCESS_KEY_ID \
         and AWS_SECRET_ACCESS_KEY, AZURE_STORAGE_ACCOUNT_KEY, GOOGLE_APPLICATION_CREDENTIALS, …) or from the machine's role"
    )]
    Secret,
    /// A parameter that the provider does not have, or has twice.
    #[error("must have no other parameters than {0}, each once and with a value")]
    Parameter(&'static str),
    /// The endpoint is no address.
    #[error("must have an endpoint of the form http://<host>[:<port>] or https://<host>[:<port>]")]
    Endpoint,
}

/// A parsed `storage_url`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StorageUrl {
    /// A folder on local disk.
    Disk(PathBuf),
    /// A bucket.
    Bucket(BucketUrl),
}

/// Who runs a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Amazon S3, and what speaks its protocol.
    S3,
    /// Azure Blob Storage; its buckets are called containers.
    Azure,
    /// Google Cloud Storage.
    Google,
}

impl Provider {
    /// What its URLs begin with.
    const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Azure => "az",
            Self::Google => "gs",
        }
    }

    /// The parameters of its URLs.
    const fn parameters(self) -> &'static str {
        match self {
            Self::S3 => "endpoint, region",
            Self::Azure => "endpoint, account",
            Self::Google => "endpoint",
        }
    }
}

/// A bucket, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    /// Whose.
    pub provider: Provider,
    /// Its name.
    pub bucket: String,
    /// Below which everything lies, without a slash at either end.
    pub prefix: Option<String>,
    /// `endpoint`: where the store listens, if it is not the provider's own.
    pub endpoint: Option<String>,
    /// `region`, for S3.
    pub region: Option<String>,
    /// `account`, for Azure.
    pub account: Option<String>,
}

impl FromStr for StorageUrl {
    type Err = StorageUrlError;

    fn from_str(text: &str) -> Result<Self, StorageUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(StorageUrlError::Form)?;
        let provider = match scheme {
            "file" => return folder(rest).map(Self::Disk),
            "s3" => Provider::S3,
            "az" => Provider::Azure,
            "gs" => Provider::Google,
            _ => return Err(StorageUrlError::Form),
        };
        // The parser would take these away, and with them say another place than was meant.
        let place = rest.split(['?', '#']).next().unwrap_or_default();
        if place.contains('%') || place.split('/').any(|part| [".", ".."].contains(&part)) {
            return Err(StorageUrlError::Form);
        }
        bucket(provider, &Url::parse(text).map_err(|_| StorageUrlError::Form)?).map(Self::Bucket)
    }
}

fn folder(path: &str) -> Result<PathBuf, StorageUrlError> {
    // What stands before the first slash of a URL is a host, unless a dot says that it is a path.
    let is_path = ["/", "./", "../"].iter().any(|start| path.starts_with(start));
    if is_path && !path.contains(['%', '?', '#']) { Ok(path.into()) } else { Err(StorageUrlError::Form) }
}

fn bucket(provider: Provider, url: &Url) -> Result<BucketUrl, StorageUrlError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(StorageUrlError::Secret);
    }
    let name = url.host_str().filter(|name| is_name(name)).ok_or(StorageUrlError::Form)?;
    let prefix = url.path().trim_matches('/');
    if url.port().is_some()
        || url.fragment().is_some()
        || !prefix.split('/').all(|part| prefix.is_empty() || is_name(part))
    {
        return Err(StorageUrlError::Form);
    }
    let mut parsed = BucketUrl {
        provider,
        bucket: name.to_owned(),
        prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
        endpoint: None,
        region: None,
        account: None,
    };
    for (name, value) in url.query_pairs() {
        let place = match (provider, name.as_ref()) {
            (_, "endpoint") => {
                check_endpoint(&value)?;
                &mut parsed.endpoint
            }
            (Provider::S3, "region") => &mut parsed.region,
            (Provider::Azure, "account") => &mut parsed.account,
            (_, name) if is_secret(name) => return Err(StorageUrlError::Secret),
            _ => return Err(StorageUrlError::Parameter(provider.parameters())),
        };
        if value.is_empty() || place.replace(value.into_owned()).is_some() {
            return Err(StorageUrlError::Parameter(provider.parameters()));
        }
    }
    Ok(parsed)
}

/// What buckets and folders in them are called everywhere: no dots alone, nothing that needs escaping.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(plain) && name.bytes().any(|byte| byte != b'.')
}

fn check_endpoint(text: &str) -> Result<(), StorageUrlError> {
    let url = Url::parse(text).map_err(|_| StorageUrlError::Endpoint)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(StorageUrlError::Secret);
    }
    let plain =
        ["http", "https"].contains(&url.scheme()) && url.query().is_none() && url.fragment().is_none();
    if plain && url.host_str().is_some() { Ok(()) } else { Err(StorageUrlError::Endpoint) }
}

/// Whether a parameter sounds like a credential, under any of the names that clients know it by.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "token", "sas", "sig", "password", "credential"].iter().any(|word| name.contains(word))
}

impl BucketUrl {
    /// Whether it is spoken to in plain HTTP.
    pub fn is_plain_http(&self) -> bool {
        self.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"))
    }
}

impl fmt::Display for StorageUrl {
    /// Which place it is; how that is reached may be left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(path) => write!(f, "file://{}", path.display()),
            Self::Bucket(url) => {
                let scheme = url.provider.scheme();
                let prefix = url.prefix.as_ref().map(|prefix| format!("/{prefix}")).unwrap_or_default();
                let endpoint = url.endpoint.as_ref().map(|at| format!("?endpoint={at}")).unwrap_or_default();
                write!(f, "{scheme}://{}{prefix}{endpoint}", url.bucket)
            }
        }
    }
}

impl TryFrom<String> for StorageUrl {
    type Error = StorageUrlError;

    fn try_from(text: String) -> Result<Self, StorageUrlError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_and_refuses_hosts() {
        for path in ["/srv/bytes", "./bytes", "../bytes"] {
            assert_eq!(format!("file://{path}").parse(), Ok(StorageUrl::Disk(path.into())));
        }
        for url in ["", "file://", "file://host/bytes", "/srv/bytes", "file:///a?b", "file:///a%20b"] {
            assert_eq!(url.parse::<StorageUrl>(), Err(StorageUrlError::Form), "{url}");
        }
    }

    #[test]
    fn says_which_place_it_is() {
        for url in
            ["file:///srv/bytes", "s3://b", "s3://b/a/c?endpoint=http://127.0.0.1:9000", "gs://b/a", "az://b"]
        {
            assert_eq!(url.parse::<StorageUrl>().unwrap().to_string(), url);
        }
        assert_eq!("s3://b/a/?region=x".parse::<StorageUrl>().unwrap().to_string(), "s3://b/a");
    }

    fn bucket(url: &str) -> BucketUrl {
        match url.parse() {
            Ok(StorageUrl::Bucket(url)) => url,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn takes_buckets_of_three_providers() {
        let plain = bucket("s3://a-bucket");
        assert_eq!(
            (plain.provider, plain.bucket.as_str(), plain.prefix.as_deref()),
            (Provider::S3, "a-bucket", None)
        );
        let url = bucket("s3://b/some/prefix/?endpoint=http://127.0.0.1:9000&region=garage");
        assert_eq!(url.prefix.as_deref(), Some("some/prefix"));
        assert_eq!(url.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(url.region.as_deref(), Some("garage"));
        assert!(url.is_plain_http());
        let escaped = bucket("s3://b?endpoint=https%3A%2F%2Fs3.example%3A9000");
        assert_eq!(escaped.endpoint.as_deref(), Some("https://s3.example:9000"));
        assert!(!escaped.is_plain_http());
        assert_eq!(bucket("az://c?account=me").account.as_deref(), Some("me"));
        assert_eq!(bucket("gs://under_score.d").provider, Provider::Google);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (url, error) in [
            ("ftp://bucket", StorageUrlError::Form),
            ("s3://", StorageUrlError::Form),
            ("s3:///prefix", StorageUrlError::Form),
            ("s3://bucket:9000", StorageUrlError::Form),
            ("s3://bucket/a//b", StorageUrlError::Form),
            ("s3://bucket/%2e%2e/b", StorageUrlError::Form),
            ("s3://bucket/a%20b", StorageUrlError::Form),
            ("s3://bucket#x", StorageUrlError::Form),
            ("s3://bucket?colour=red", StorageUrlError::Parameter("endpoint, region")),
            ("s3://bucket?region=a&region=b", StorageUrlError::Parameter("endpoint, region")),
            ("s3://bucket?region=", StorageUrlError::Parameter("endpoint, region")),
            ("az://bucket?region=a", StorageUrlError::Parameter("endpoint, account")),
            ("s3://bucket?endpoint=127.0.0.1:9000", StorageUrlError::Endpoint),
            ("s3://bucket?endpoint=ftp://host", StorageUrlError::Endpoint),
            ("s3://bucket?endpoint=http://host?x=y", StorageUrlError::Endpoint),
        ] {
            assert_eq!(url.parse::<StorageUrl>(), Err(error), "{url}");
        }
    }

    #[test]
    fn refuses_secrets_and_does_not_repeat_them() {
        for url in [
            "s3://hunter2@bucket",
            "s3://user:hunter2@bucket",
            "s3://bucket?secret_access_key=hunter2",
            "s3://bucket?aws_access_key_id=hunter2",
            "az://bucket?sas=hunter2",
            "az://bucket?account_key=hunter2",
            "s3://bucket?endpoint=http://user:hunter2@host",
        ] {
            let error = url.parse::<StorageUrl>().unwrap_err();
            assert_eq!(error, StorageUrlError::Secret, "{url}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
