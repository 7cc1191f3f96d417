//! The page that a log-in ends on.

/// It loads and runs nothing, and nobody frames it.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Shows a person their token.
pub fn logged_in(host: &str, name: &str, token: &str, expires_at: &str) -> String {
    let [host, name, token, expires_at] = [host, name, token, expires_at].map(escape);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Logged in</title>\
         <style>body{{font:16px sans-serif;margin:3em auto;max-width:46em;padding:0 1em}}\
         pre{{background:#eee;overflow-x:auto;padding:1em}}</style></head><body>\n\
         <h1>You are logged in as {name}</h1>\n\
         <p>This is your token, until {expires_at}. It is shown this once:</p>\n<pre>{token}</pre>\n\
         <p>It is your password for clients of the registry, and for the API:</p>\n\
         <pre>docker login {host} -u {name}</pre>\n\
         <p>Who has it can do what you can. You can close this page.</p>\n</body></html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_is_markup() {
        let page = logged_in("a\"b", "<script>", "wbp_0", "'&");
        assert!(page.contains("&lt;script&gt;") && page.contains("a&quot;b") && page.contains("&#39;&amp;"));
        assert!(!page.contains("<script>"));
        assert!(page.contains("<pre>wbp_0</pre>"));
    }
}
