//! Trust in issuers: id tokens of CI, and people who log in, with an issuer of our own on loopback.

mod exchange;
mod issuer;
mod keys;
mod kit;
mod log_in;
mod rules;
