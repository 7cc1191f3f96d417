//! Names and ids in paths, with an error that says what they look like.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::http::Problem;

/// The last part of the path that is named in its pattern, parsed.
pub struct Named<T>(pub T);

impl<T> FromRequest for Named<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let last = request.match_info().iter().last().map(|(_, value)| value).unwrap_or_default();
        ready(last.parse().map(Self).map_err(Problem::invalid))
    }
}
