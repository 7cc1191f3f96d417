//! Patterns in the form that matches, kept for the whole process: settings are read anew for each request, and some are
//! matched on the one thread that writes to SQLite.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use regex::bytes::{Regex, RegexBuilder};

/// Most bytes that a pattern may take, and that matching it may take beside. With all lists of a project full, that is
/// some 5 MB.
const MAX_COMPILED: usize = 64 * 1024;
/// Patterns of a generation; two are kept.
const GENERATION: usize = 256;

/// A pattern that is compiled by the first who matches it, outside the lock; nothing when it does not compile.
type Cell = Arc<OnceLock<Option<Regex>>>;

static SHARED: LazyLock<Mutex<Generations>> = LazyLock::new(Mutex::default);

/// Whether the whole text matches the expression; nothing matches one that does not compile. `key` names the expression.
pub fn matches(key: &str, expression: &str, text: &str) -> bool {
    let cell = SHARED.lock().unwrap_or_else(PoisonError::into_inner).cell(key);
    cell.get_or_init(|| compile(expression)).as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
}

/// Compiles an expression to one of whole texts, if it is one and stays within its bounds.
pub fn compile(expression: &str) -> Option<Regex> {
    // Tags are ASCII. Classes of Unicode, such as its 700 digits, would only make a pattern large and slow.
    let build = |expression: &str| {
        let mut builder = RegexBuilder::new(expression);
        builder.unicode(false).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build().ok()
    };
    // Compiled alone first: `a)(b` is only balanced by the group around it, and would escape the anchors.
    build(expression)?;
    // The group keeps an alternation (`a|b`) inside the anchors, so that no part of a tag slips through.
    build(&format!(r"\A(?:{expression})\z"))
}

/// The patterns that were used of late: when the young are many, the old are forgotten and the young become the old.
#[derive(Default)]
struct Generations {
    young: HashMap<String, Cell>,
    old: HashMap<String, Cell>,
}

impl Generations {
    fn cell(&mut self, key: &str) -> Cell {
        if let Some(cell) = self.young.get(key) {
            return Arc::clone(cell);
        }
        let cell = self.old.remove(key).unwrap_or_default();
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key.to_owned(), Arc::clone(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_kept_and_the_rest_is_bounded() {
        let mut generations = Generations::default();
        let used = generations.cell("used");
        for other in 0..10 * GENERATION {
            generations.cell(&other.to_string());
            assert!(Arc::ptr_eq(&generations.cell("used"), &used));
        }
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
    }

    #[test]
    fn what_does_not_compile_matches_nothing() {
        for expression in ["(", "a)(b", "(?:a{200}){200}"] {
            assert!(!matches(expression, expression, "a"), "{expression}");
        }
    }
}
