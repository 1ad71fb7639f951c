//! Answers kept until something changes: the next page, another sort or another filter of the same images need not
//! count anew.

use crate::cells::{Values, Wanted};
use crate::image_list::Selected;
use crate::query::ImageQuery;
use crate::risk_list::{Found, Hits};
use crate::{RiskQuery, Sees};
use plimsoll_model::RepositoryPattern;
use std::sync::{Arc, Mutex, PoisonError};

/// The last answers.
#[derive(Default)]
pub(crate) struct Memory {
    pub hits: Kept<ImageQuery, Hits>,
    /// What each risk is found under.
    pub values: Kept<(ImageQuery, Wanted), Vec<Values>>,
    pub found: Kept<RiskQuery, Found>,
    pub images: Kept<ImageQuery, Selected>,
}

type Answer<Q, A> = (Q, Option<Vec<RepositoryPattern>>, Arc<A>);

/// The last few answers of a kind, newest last.
pub(crate) struct Kept<Q, A>(Mutex<Vec<Answer<Q, A>>>);

impl<Q, A> Default for Kept<Q, A> {
    fn default() -> Kept<Q, A> {
        Kept(Mutex::new(Vec::new()))
    }
}

/// How many are kept: each is up to a megabyte for a million images.
const KEPT: usize = 24;

impl<Q: PartialEq, A> Kept<Q, A> {
    /// Is the answer kept?
    pub fn has(&self, question: &Q, sees: Sees<'_>) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|(of, seen, _)| of == question && seen.as_deref() == sees)
    }

    /// The answer, made now if it is not kept.
    pub fn get(&self, question: Q, sees: Sees<'_>, answer: impl FnOnce(&Q) -> A) -> Arc<A> {
        {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let at = kept.iter().position(|(of, seen, _)| *of == question && seen.as_deref() == sees);
            if let Some(at) = at {
                kept[at..].rotate_left(1);
                if let Some((_, _, answer)) = kept.last() {
                    return Arc::clone(answer);
                }
            }
        }
        let answer = Arc::new(answer(&question));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((question, sees.map(<[_]>::to_vec), Arc::clone(&answer)));
        answer
    }
}
