//! What a child process prints, read all the time so that it never blocks on a full pipe.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// The lines so far.
#[derive(Clone, Default)]
pub struct Output(Arc<Mutex<Vec<String>>>);

impl Output {
    /// Reads on until the child closes its end, which ends the thread.
    pub fn drain(&self, from: impl Read + Send + 'static) -> JoinHandle<()> {
        let lines = Arc::clone(&self.0);
        std::thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n') {
                let Ok(line) = line else { return };
                lines.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
            }
        })
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The lines so far that are JSON.
    pub fn events(&self) -> Vec<Value> {
        self.lines().iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The last event with this message.
    pub fn last_event(&self, message: &str) -> Option<Value> {
        self.events().into_iter().rfind(|event| event["message"] == message)
    }
}
