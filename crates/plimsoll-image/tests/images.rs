//! Images as a user has them: made here, or taken from the shared truth data where that is at hand.

#[path = "images/build.rs"]
mod build;
#[path = "images/folders.rs"]
mod folders;
#[path = "images/forms.rs"]
mod forms;
#[path = "images/hostile.rs"]
mod hostile;
#[path = "images/truth.rs"]
mod truth;
