//! Cursor paging of the API: `?limit&cursor` → `next`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Problem;

/// Items on a page when the caller names no limit, and at most.
const DEFAULT_LIMIT: u64 = 100;
const MAX_LIMIT: u64 = 1000;

/// The paging part of a query string.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on a page, 1 to 1000; 100 unless named.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// A checked [`PageQuery`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Items wanted.
    pub limit: u64,
    /// Key of the last item of the page before.
    pub after: Option<String>,
}

impl PageQuery {
    /// Checks limit and cursor.
    ///
    /// # Errors
    /// 400 that names what is wrong.
    pub fn parse(&self) -> Result<PageRequest, Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::invalid(format_args!("limit must lie between 1 and {MAX_LIMIT}")));
        }
        let bad_cursor = || Problem::invalid("cursor must be the 'next' of an earlier page, unchanged");
        let after = self
            .cursor
            .as_deref()
            .map(|cursor| {
                let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
                let key = String::from_utf8(bytes).map_err(|_| bad_cursor())?;
                // No key holds any, and PostgreSQL takes no NUL in a text.
                if key.contains(char::is_control) { Err(bad_cursor()) } else { Ok(key) }
            })
            .transpose()?;
        Ok(PageRequest { limit, after })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were asked for with one more than the limit: that one only says whether there is
    /// a next page. `key` names the column that the list is ordered by.
    pub fn of_rows(mut rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        Self { items: rows, next }
    }

    /// A page whose end was decided elsewhere; `next` is the key of its last item.
    pub fn with_next(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next: next.map(|key| URL_SAFE_NO_PAD.encode(key)) }
    }

    /// Turns the items into another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(form).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_cursor_leads_on() {
        let request = PageQuery { limit: Some(2), cursor: None }.parse().unwrap();
        let page = Page::of_rows(vec!["a", "b", "c"], &request, |row| (*row).to_owned());
        assert_eq!(page.items, ["a", "b"]);
        let next = PageQuery { limit: None, cursor: page.next }.parse().unwrap();
        assert_eq!(next, PageRequest { limit: 100, after: Some("b".to_owned()) });
        let last = Page::of_rows(vec!["c"], &request, |row| (*row).to_owned());
        assert_eq!(last.next, None);
    }

    #[test]
    fn refuses_bad_limits_and_cursors() {
        for (limit, cursor) in [
            (Some(0), None),
            (Some(1001), None),
            (None, Some("%%%".to_owned())),
            (None, Some("YQBi".to_owned())),
        ] {
            assert!(PageQuery { limit, cursor }.parse().is_err());
        }
    }
}
