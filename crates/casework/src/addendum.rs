//! 「私はこう言いたい」: what somebody who holds a code wants to stand beside what the office wrote. Never edited by staff.
//!
//! It belongs to the thread of letters ([`mailbox::addendum`]) and lies under the thread's key: it is seen wherever the
//! thread is seen, in the timeline of a case beside the notes of the same compartment, and it is erased with the thread.
//! Whoever holds a code may write one, whether there is a case or not: so the page tells nobody that there is one.

use crate::{Casework, Result};
use mailbox::holder::Holder;
use mailbox::return_code::Token;

impl Casework {
    /// Adds it. The same form twice is one ([`mailbox::Error::Again`]).
    pub async fn add_addendum(&self, holder: &Holder, text: &str, token: &Token) -> Result<()> {
        self.mailbox().add_addendum(holder, text, token).await?;
        Ok(())
    }
}
