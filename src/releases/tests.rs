//! The room over a real database.

mod standing;
