//! Walking through a registry: repositories, tags, and what each tag points to. Blocks.

use plimsoll_image::{Connection, ImageError, Listed};
use plimsoll_model::RepositoryPattern;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use tokio::sync::mpsc::Sender;

/// Repositories read at once.
const AT_ONCE: usize = 4;
/// Repositories in a row that fail before the registry counts as gone away.
const FAILURES: usize = 3;

/// What a push named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub repository: String,
    pub tag: String,
}

/// What the walk tells.
#[derive(Debug)]
pub(super) enum Told {
    /// The tag points to what it pointed to.
    Same { repository: String, tag: String },
    /// The tag points to this.
    Listed { repository: String, tag: String, items: Vec<Listed> },
    /// There is no such tag any more.
    Gone { repository: String, tag: String },
    /// The repository cannot be read.
    Failed { repository: String, why: String },
}

/// A walk to be.
pub(super) struct Walk {
    pub connection: Connection,
    /// Repositories wanted; all when empty.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// What each tag is known to point to.
    pub known: HashMap<(String, String), HashSet<String>>,
    /// Ends the walk early.
    pub stop: Arc<AtomicBool>,
}

/// The tags of one repository, or why not.
enum Ended {
    Well,
    /// This repository cannot be read.
    Failed(ImageError),
    /// Nobody listens any more.
    Unheard,
}

impl Walk {
    /// Everything; an error when the registry goes away, after what it told until then.
    pub fn all(&self, told: &Sender<Told>) -> Result<(), ImageError> {
        let (names, next) = mpsc::sync_channel::<String>(64);
        let next = Mutex::new(next);
        let failures = AtomicUsize::new(0);
        let ended: Mutex<Option<ImageError>> = Mutex::new(None);
        let is_over = || self.stop.load(Ordering::Relaxed) || failures.load(Ordering::Relaxed) >= FAILURES;
        let listed = std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(repository) = receive(&next) {
                        // The names are taken to the end, so that who lists them never waits for ever.
                        if is_over() {
                            continue;
                        }
                        match self.repository(&repository, told) {
                            Ended::Well => failures.store(0, Ordering::Relaxed),
                            Ended::Unheard => self.stop.store(true, Ordering::Relaxed),
                            Ended::Failed(error) => {
                                if is_down(&error) && failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES
                                {
                                    ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                                }
                            }
                        }
                    }
                });
            }
            let listed = self.connection.repositories(&mut |name| {
                if self.wants(name) {
                    // The others hang up only by panicking.
                    return names.send(name.to_owned()).is_ok() && !is_over();
                }
                !is_over()
            });
            drop(names);
            listed
        });
        listed?;
        match ended.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None if self.stop.load(Ordering::Relaxed) => Err(ImageError::Registry {
                registry: "the registry".to_owned(),
                why: "was not listed to the end: the sync was stopped".to_owned(),
                hint: None,
            }),
            None => Ok(()),
        }
    }

    /// One tag.
    pub fn some(&self, wanted: &Wanted, told: &Sender<Told>) -> Result<(), ImageError> {
        if !self.wants(&wanted.repository) {
            return Ok(());
        }
        if let Some(one) = self.tag(&wanted.repository, &wanted.tag)? {
            // Nobody listens any more: then nobody wants to know.
            let _ = told.blocking_send(one);
        }
        Ok(())
    }

    fn wants(&self, repository: &str) -> bool {
        let any = |patterns: &[String]| {
            let pattern = |text: &String| RepositoryPattern { registry: None, repository: text.clone() };
            patterns.iter().any(|text| pattern(text).holds(None, repository))
        };
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }

    fn repository(&self, repository: &str, told: &Sender<Told>) -> Ended {
        let failed = |error: ImageError| {
            let one = Told::Failed { repository: repository.to_owned(), why: error.to_string() };
            match told.blocking_send(one) {
                Ok(()) => Ended::Failed(error),
                Err(_) => Ended::Unheard,
            }
        };
        let tags = match self.connection.tags(repository) {
            Ok(tags) => tags,
            Err(error) => return failed(error),
        };
        for tag in tags {
            if self.stop.load(Ordering::Relaxed) {
                return Ended::Well;
            }
            match self.tag(repository, &tag) {
                Ok(None) => {}
                Ok(Some(one)) => {
                    if told.blocking_send(one).is_err() {
                        return Ended::Unheard;
                    }
                }
                Err(error) if is_down(&error) => return failed(error),
                // One bad tag says nothing about the others.
                Err(error) => {
                    if let Ended::Unheard = failed(error) {
                        return Ended::Unheard;
                    }
                }
            }
        }
        Ended::Well
    }

    /// What a tag points to: asked for by HEAD first.
    fn tag(&self, repository: &str, tag: &str) -> Result<Option<Told>, ImageError> {
        let (repository, tag) = (repository.to_owned(), tag.to_owned());
        let Some(digest) = self.connection.digest(&repository, &tag)? else {
            return Ok(Some(Told::Gone { repository, tag }));
        };
        let place = (repository, tag);
        if self.known.get(&place).is_some_and(|known| known.contains(&digest)) {
            let (repository, tag) = place;
            return Ok(Some(Told::Same { repository, tag }));
        }
        let (repository, tag) = place;
        let items = self.connection.list(&repository, &tag)?;
        Ok(Some(Told::Listed { repository, tag, items }))
    }
}

fn receive(next: &Mutex<mpsc::Receiver<String>>) -> Option<String> {
    next.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Does nobody answer, rather than one repository be refused?
fn is_down(error: &ImageError) -> bool {
    matches!(super::failure::image_code(error), "unreachable" | "download_failed")
}
