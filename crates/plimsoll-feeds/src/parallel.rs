//! Work on all cores, answers in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// Computes `work(0)`, `work(1)`, … on all cores and hands the answers to `take` in order, on this thread. Ends early
/// when `take` fails.
pub(crate) fn in_order<T: Send, E>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count).max(1);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (send, receive) = sync_channel::<(usize, T)>(threads * 2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, stop, work) = (send.clone(), &next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || send.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut wanted = 0;
        let mut early = BTreeMap::new();
        let mut result = Ok(());
        // After a failure the channel is drained, so that no worker waits for ever.
        for (index, answer) in receive {
            early.insert(index, answer);
            while let Some(answer) = early.remove(&wanted).filter(|_| result.is_ok()) {
                wanted += 1;
                result = take(answer);
                if result.is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_a_failure_ends_the_work() {
        let mut seen = Vec::new();
        let all: Result<(), ()> = in_order(
            1000,
            |index| index * 2,
            |answer| {
                seen.push(answer);
                Ok(())
            },
        );
        assert_eq!((all, seen), (Ok(()), (0..1000).map(|index| index * 2).collect()));
        assert_eq!(
            in_order(1000, |index| index, |index| if index == 7 { Err(index) } else { Ok(()) }),
            Err(7)
        );
        assert_eq!(in_order(0, |index| index, Err), Ok(()));
    }
}
