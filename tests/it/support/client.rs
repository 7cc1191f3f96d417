//! An HTTP client that knows its server and its user.

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

/// A client of one server, as one user or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    user: Option<(String, String)>,
}

impl Client {
    /// Of the server at `base`, without a slash at its end.
    pub fn new(base: String, user: Option<(&str, &str)>) -> Self {
        Self::over(reqwest::Client::builder().redirect(Policy::none()).build().expect("a client"), base, user)
    }

    /// One that makes its connections in a way of its own.
    pub fn over(http: reqwest::Client, base: String, user: Option<(&str, &str)>) -> Self {
        let user = user.map(|(name, password)| (name.to_owned(), password.to_owned()));
        Self { http, base, user }
    }

    /// A request for a path, which begins with a slash, or for a whole URL.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let request = self.http.request(method, url);
        match &self.user {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        }
    }

    /// GET.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// HEAD.
    pub fn head(&self, path: &str) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    /// POST.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// PUT.
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// PATCH.
    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }
}
