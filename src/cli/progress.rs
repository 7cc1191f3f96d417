//! A bar for people who watch: none unless stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// What is told how much is done.
pub struct Bar(ProgressBar);

impl Bar {
    /// Of something that is counted.
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self(bar)
    }

    /// So many are done, of so many.
    pub fn tell(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
