//! `waybill key generate`, `sign`, `attest` and `verify artifact`, against the real server.

mod keys;
mod kit;
mod liar;
mod lies;
mod pushing;
mod verifying;
