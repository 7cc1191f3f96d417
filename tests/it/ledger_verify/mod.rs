//! `waybill verify ledger` and `waybill ledger export`: what holds passes, and whatever is tampered with is named.

mod database;
mod export;
mod good;
mod kit;
mod seen;
mod site;
mod storage;
