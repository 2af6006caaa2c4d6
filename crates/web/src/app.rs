//! What every handler shares.

use std::sync::Arc;

use crate::{Config, page::CrisisLine};

/// The shared state: cheap to clone, the same for every request.
#[derive(Clone)]
pub struct App {
    /// Where the program stands and what it is called.
    pub config: Arc<Config>,
    /// The lines shown at the foot of every public page.
    pub crisis: Arc<[CrisisLine]>,
}

impl App {
    /// Puts the state together.
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config), crisis: Arc::from([]) }
    }
}
