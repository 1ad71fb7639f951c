//! Settings by name, plain or sealed, scan policies, and numbers by day.
use super::{Data, DataError};
use plimsoll_model::{Schedule, Time};
impl Data {
    /// A setting.
    pub async fn setting(&self, name: &str) -> Result<Option<serde_json::Value>, DataError> {
        let _ = name;
        todo!()
    }
    /// Sets one.
    pub async fn set_setting(&self, name: &str, value: &serde_json::Value) -> Result<(), DataError> {
        let _ = (name, value);
        todo!()
    }
    /// A sealed setting, opened.
    pub async fn sealed_setting(&self, name: &str) -> Result<Option<Vec<u8>>, DataError> {
        let _ = name;
        todo!()
    }
    /// Seals one.
    pub async fn set_sealed_setting(&self, name: &str, value: &[u8]) -> Result<(), DataError> {
        let _ = (name, value);
        todo!()
    }
    /// Scan policies, by name.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, DataError> {
        todo!()
    }
    /// Adds or replaces one.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<(), DataError> {
        let _ = schedule;
        todo!()
    }
    /// Removes one.
    pub async fn delete_schedule(&self, id: &str) -> Result<(), DataError> {
        let _ = id;
        todo!()
    }
    /// Takes the schedules that are due, moving each to its `next`, so that one scheduler runs each once.
    pub async fn take_due(
        &self,
        now: Time,
        next: impl Fn(&Schedule) -> Time + Send + Sync,
    ) -> Result<Vec<Schedule>, DataError> {
        let _ = (now, &next);
        todo!()
    }
    /// Is it this process's turn to do what is done once a period, by name? Notes that it was done.
    pub async fn take_turn(&self, name: &str, now: Time, period_seconds: i64) -> Result<bool, DataError> {
        let _ = (name, now, period_seconds);
        todo!()
    }
    /// Keeps the numbers of a day for trends, replacing those of the same day.
    pub async fn keep_day(&self, day: &str, numbers: &serde_json::Value) -> Result<(), DataError> {
        let _ = (day, numbers);
        todo!()
    }
    /// The last so many days, oldest first.
    pub async fn days(&self, count: u32) -> Result<Vec<(String, serde_json::Value)>, DataError> {
        let _ = count;
        todo!()
    }
}
