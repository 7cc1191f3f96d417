//! What is said by attestations as tools make them.
