//! What an environment shows of a repository, over `/v2/env/…`.

mod access;
mod beside;
mod deleting;
mod ended;
mod kit;
mod refusals;
mod shown;
mod trusted;
