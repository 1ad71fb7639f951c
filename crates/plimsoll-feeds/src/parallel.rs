//! Work on all cores, answers in order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

/// Computes `work(0)`, `work(1)`, … on all cores and hands the answers to `take` in order, on this thread. Ends early
/// when `take` fails.
pub(crate) fn in_order<T: Send, E>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    each(0..count, work, take)
}

/// As [`in_order`], of items that are come by one after the other, each when a core is free for it.
pub(crate) fn each<I, T: Send, E>(
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(I) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).max(1);
    let items = Mutex::new(items.enumerate());
    let stop = AtomicBool::new(false);
    let (send, receive) = sync_channel::<(usize, T)>(threads * 2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, items, stop, work) = (send.clone(), &items, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // A thread that panicked ends everything; until then the others go on.
                    let item = items.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some((index, item)) = item else { return };
                    if send.send((index, work(item))).is_err() {
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
