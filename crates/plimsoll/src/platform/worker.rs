//! Workers: lease a job, do it, keep what came of it.
use super::Platform;
use tokio_util::sync::CancellationToken;
impl Platform {
    /// Works until stopped, so many jobs at once; a job that has begun is finished first, for at most 30 seconds.
    pub async fn work(&self, name: &str, at_once: usize, stop: CancellationToken) {
        let _ = (name, at_once, stop);
        todo!()
    }
}
