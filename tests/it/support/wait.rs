//! Waiting, with a deadline: tests never just sleep.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything takes that works, on a busy machine too.
const DEADLINE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

/// Asks again and again until the answer is yes; fails the test, naming `what`, when it stays no.
pub async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited {DEADLINE:?} in vain until {what}");
        sleep(PAUSE).await;
    }
}
