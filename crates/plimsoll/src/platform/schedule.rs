//! What comes by itself: scan policies, daily syncs, expiring decisions, new advisory databases, numbers of the day.
use super::Platform;
use tokio_util::sync::CancellationToken;
impl Platform {
    /// Looks every few seconds for what is due, until stopped. Several may run: each thing is done once.
    pub async fn schedule(&self, stop: CancellationToken) {
        let _ = stop;
        todo!()
    }
}
