//! What every handler shares.

use std::sync::Arc;

use basics::Clock;
use casework::Casework;
use community::Community;
use directory::Directory;
use guide::Rules;
use mailbox::Mailbox;
use office::Entrance;
use store::Db;
use vault::{SymmetricKey, password::Gate};

use crate::{
    Config,
    desk::events::Pulses,
    page::CrisisLine,
    public::{
        madoguchi::{drawn::Drawn, offices::Offices},
        offers::Offers,
    },
};

/// The shared state, the same for every request. One counter is touched when it is cloned: the layers clone it for every
/// request several times, and counters shared by all cores are what costs.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What [`App`] holds.
pub struct Shared {
    /// Where the program stands and what it is called.
    pub config: Arc<Config>,
    /// The database. Handlers pass it on to the rooms; they hold no SQL of their own.
    pub db: Db,
    /// The windows and the areas they serve.
    pub directory: Arc<Directory>,
    /// The guide's rules.
    pub guide: Arc<Rules>,
    /// The letters.
    pub mailbox: Mailbox,
    /// The cases.
    pub casework: Casework,
    /// Places, groups, appointments.
    pub community: Community,
    /// The staff entrance.
    pub entrance: Entrance,
    /// What the desk's open pages are told about new letters.
    pub pulses: Pulses,
    /// The time.
    pub clock: Clock,
    /// The lines to call in a hard moment, from the directory.
    pub crisis: Arc<[CrisisLine]>,
    /// The directory's pages as they were drawn in this minute.
    pub drawn: Drawn,
    /// The offices of this installation, at most half a minute old.
    pub offices: Offices,
    /// What they offer beside letters, as it was in this minute.
    pub offers: Offers,
}

impl App {
    /// Puts the state together. Needs a tokio runtime: the writer of refusals starts here.
    pub fn new(
        config: Config,
        db: Db,
        directory: Arc<Directory>,
        guide: Arc<Rules>,
        clock: Clock,
    ) -> Self {
        let crisis = directory.hotlines().iter().map(CrisisLine::from).collect();
        let pepper = SymmetricKey::derive(&*config.key("rooms"), b"ippo", "the rooms' pepper");
        // Sign-ins and spoken codes share it: together they never run more Argon2 than the machine bears.
        let gate =
            Gate::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
        let entrance = Entrance::open(&db, &clock, &pepper, &gate);
        let mailbox = Mailbox::new(
            db.clone(),
            clock.clone(),
            &pepper,
            gate,
            entrance.refusals().clone(),
        );
        let casework = Casework::new(db.clone(), clock.clone(), mailbox.clone());
        let community = Community::new(
            db.clone(),
            clock.clone(),
            &pepper,
            casework.clone(),
            entrance.refusals().clone(),
        );
        Self(Arc::new(Shared {
            config: Arc::new(config),
            db,
            directory,
            guide,
            casework,
            community,
            mailbox,
            entrance,
            pulses: Pulses::default(),
            clock,
            crisis,
            drawn: Drawn::default(),
            offices: Offices::default(),
            offers: Offers::default(),
        }))
    }
}
