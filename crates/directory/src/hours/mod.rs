//! Opening hours: what the source says ([`Hours`]), what was understood of it ([`Schedule`]), and what that means now
//! ([`OpenState`]).
//!
//! A text that is not fully understood stays a text: no page then says "open now". What a text leaves out (nearly all
//! are silent about holidays or the turn of the year) is kept as [`Stated::NotStated`], never filled in.

mod opening;
mod read;
mod schedule;

pub use opening::{Doubt, OpenState, open_state};
pub use read::read;
pub use schedule::{Schedule, Span, Stated, TurnOfYear};

use crate::contact::Channel;
use crate::window::Text;

/// The hours of a window, or of one of its channels.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The channel they are for; `None`: the window as a whole.
    pub channel: Option<Channel>,
    /// The source's words.
    pub text: Text,
    /// What was understood. `None`: only the words can be shown.
    pub schedule: Option<Schedule>,
}

impl Hours {
    /// From the source's two columns: the hours and the days it is closed.
    pub fn new(hours: &Text, closed: &Text) -> Option<Self> {
        if hours.is_empty() {
            return None;
        }
        let understood = read(hours, closed);
        let text = if closed.is_empty() {
            hours.clone()
        } else {
            format!("{hours}（休み：{closed}）").into()
        };
        Some(Self {
            channel: understood.as_ref().and_then(|(channel, _)| *channel),
            text,
            schedule: understood.map(|(_, schedule)| schedule),
        })
    }
}
