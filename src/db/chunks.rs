//! Cutting many rows into statements.

use std::iter;

/// Most rows in one statement, far below what databases take as parameters. Short ones fit into a single TLS record of 16 KiB
/// then: sqlx 0.9.0 leaves Nagle's algorithm on (its issue 4335), so that a second record waits 40 ms until the server
/// acknowledges the first.
const MOST: usize = 64;

/// Cuts rows, or the values of an `IN (…)`, into pieces for a statement each, whose lengths are few: powers of two. The server
/// parses and plans a statement once for each length and connection, and for many rows that takes longer than the rows
/// themselves.
pub fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    iter::from_fn(move || {
        let most = MOST.min(1 << rows.len().checked_ilog2()?);
        let (chunk, rest) = rows.split_at(most);
        rows = rest;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_rows_are_there_in_order_in_few_lengths(count in 0..2000_usize) {
            let rows: Vec<usize> = (0..count).collect();
            let pieces: Vec<&[usize]> = chunks(&rows).collect();
            prop_assert_eq!(&pieces.concat(), &rows);
            prop_assert!(pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= MOST));
            prop_assert!(pieces.len() <= count / MOST + 8);
        }
    }
}
