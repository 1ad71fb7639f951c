//! Across all images: which risks, which images, how many?
//!
//! A [`Fleet`] is told risks, components with what they are vulnerable to, images and decisions, each as numbers of the
//! store's dictionaries. It keeps bitmaps of images, so that a filter is AND and AND NOT, a count is a population count,
//! and a sort walks risks and expands one page. It knows no SQL, no HTTP, no files and no clock.

mod bits;
mod cells;
mod contents;
mod decisions;
mod filter;
pub mod generator;
mod image_list;
mod images;
mod key;
mod memory;
mod names;
mod overview;
mod preview;
mod query;
mod risk_filter;
mod risk_list;
mod risk_row;
mod risks;
mod row;
mod runs;
mod state;
mod tally;

pub use query::{ImageQuery, QueryError, RiskQuery};
pub use row::{
    Facets, Fixable, ImagePage, ImageRow, Overview, Preview, PreviewPair, RiskLevel, RiskPage, RiskRow,
    Standing, StateCounts,
};

use plimsoll_model::{ComponentFacts, Decision, ImageFacts, RepositoryPattern, Risk, Time};
use state::State;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Every image, risk and decision, laid out for questions.
#[derive(Default)]
pub struct Fleet {
    /// Locked for writing by a question only when changes left something to do.
    state: RwLock<State>,
}

/// Which repositories the asker may see; `None` for everything.
pub type Sees<'a> = Option<&'a [RepositoryPattern]>;

impl Fleet {
    /// Adds or replaces a risk. Numbers are the store's; risks come before what refers to them.
    pub fn put_risk(&mut self, number: i64, risk: Risk) {
        self.state_mut().put_risk(number, risk);
    }

    /// Adds or replaces a component and what it is vulnerable to; images that have it follow.
    pub fn put_component(&mut self, component: ComponentFacts) {
        self.state_mut().put_component(component);
    }

    /// Adds or replaces an image.
    pub fn put_image(&mut self, facts: ImageFacts) {
        self.state_mut().put_image(&facts);
    }

    /// Forgets an image.
    pub fn remove_image(&mut self, id: &str) {
        self.state_mut().remove_image(id);
    }

    /// Replaces all decisions by these, and forgets those that ended before `now`.
    pub fn set_decisions(&mut self, decisions: Vec<Decision>, now: Time) {
        let state = self.state_mut();
        state.decisions.set(decisions, now);
        state.unsettle();
    }

    /// The risk list: one page, exact total, facets.
    pub fn risks(&self, query: &RiskQuery, sees: Sees<'_>) -> RiskPage {
        self.settled().risk_page(query, sees)
    }

    /// One risk, if the asker may see an image that has or had it.
    pub fn risk(&self, id: &str, sees: Sees<'_>) -> Option<RiskRow> {
        self.settled().one_risk(id, sees)
    }

    /// The image list: one page, exact total, facets. `query.risk` limits it to the images of one risk.
    pub fn images(&self, query: &ImageQuery, sees: Sees<'_>) -> ImagePage {
        self.settled().image_page(query, sees)
    }

    /// One image, if the asker may see it.
    pub fn image(&self, id: &str, sees: Sees<'_>) -> Option<ImageRow> {
        self.settled().one_image(id, sees)
    }

    /// Every image id the query holds, in its order: for scans by filter and exports.
    pub fn image_ids(&self, query: &ImageQuery, sees: Sees<'_>) -> Vec<String> {
        self.settled().all_image_ids(query, sees)
    }

    /// How each risk of an image stands, by risk id; also those that are fixed.
    pub fn standings(&self, image: &str) -> HashMap<String, Standing> {
        self.settled().all_standings(image)
    }

    /// What a decision would hit now: pairs of risk and image, whichever state they are in, and one page of them.
    pub fn preview(&self, decision: &Decision, limit: usize, offset: usize) -> Preview {
        self.settled().preview_of(decision, limit, offset)
    }

    /// The numbers of the overview page.
    pub fn overview(&self, sees: Sees<'_>) -> Overview {
        self.settled().overview_of(sees)
    }

    /// How many images the asker may see have each of these components.
    pub fn images_with(&self, components: &[i64], sees: Sees<'_>) -> Vec<u64> {
        self.settled().images_with(components, sees)
    }

    /// How many images, risks, components and pairs there are, for metrics.
    pub fn sizes(&self) -> [u64; 4] {
        self.settled().sizes()
    }

    /// Lets go of kept answers: they are made anew when asked for. For benches.
    pub fn forget(&mut self) {
        self.state_mut().memory = memory::Memory::default();
    }

    fn state_mut(&mut self) -> &mut State {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// What questions are put to: everything changes left to do is done.
    fn settled(&self) -> RwLockReadGuard<'_, State> {
        loop {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if state.is_settled() {
                return state;
            }
            drop(state);
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if !state.is_settled() {
                state.settle();
            }
        }
    }
}
