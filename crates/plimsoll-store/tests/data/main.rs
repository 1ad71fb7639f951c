//! The platform's truth, tried on SQLite and on PostgreSQL: every test runs on both.

/// Makes of each `async fn NAME(place: Place)` two tests: `sqlite::NAME` and `postgres::NAME`.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::places::Place::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(place) = crate::places::Place::postgres().await else { return };
                super::$name(place).await;
            })*
        }
    };
}

mod changes;
mod dictionary;
mod images;
mod people;
mod places;
mod queue;
mod samples;
mod scans;
mod settings;
mod tasks;
mod trouble;
