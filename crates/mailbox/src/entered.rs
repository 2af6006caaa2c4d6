//! A letter that came by telephone, on paper or over the counter: staff type it in,
//! the person gets a code that is changed at first use (field/intake.md §B7).

use crate::count::{self, What};
use crate::first_letter::{NewThread, Prepared, next_number};
use crate::letter::{Draft, Side, checked, sent_hash};
use crate::return_code::{NewCode, ShownCode, Token};
use crate::thread::{self, Origin, Tray, Writer};
use crate::{Error, Mailbox, Result};
use basics::ThreadId;
use office::access::{self, Action};
use office::session::Session;
use store::transact;
use vault::hash;

/// A letter typed in by staff.
pub struct EnteredLetter<'a> {
    /// How it came: phone, paper, counter.
    pub origin: Origin,
    /// Who the writer is to the person.
    pub writer: Writer,
    /// The words, as they were said or written.
    pub body: &'a str,
    /// The form's one-time token.
    pub token: &'a Token,
}

impl Mailbox {
    /// Stores a letter for somebody else and gives out the code once, to be handed over.
    /// A double click gives [`Error::Again`].
    pub async fn enter_letter(
        &self,
        session: &Session,
        letter: &EnteredLetter<'_>,
    ) -> Result<(ThreadId, ShownCode)> {
        let body = checked(letter.body)?;
        let permit = access::permit(session, Action::EnterLetter, "").await?;
        let office = office::office::one(&mut self.db().read().await?, permit.office()).await?;
        let code = NewCode::from_token(letter.token, self.pepper());
        let sealed = Prepared::new(self, &office, &body)?;
        let now = self.clock().now();
        let form_hash = hash(letter.token.bytes());
        transact!(self.db(), "mailbox.enter_letter", |tx| {
            let number = next_number(tx, office.id).await?;
            code.store(
                tx,
                &NewThread {
                    id: sealed.thread,
                    office: office.id,
                    number,
                    origin: letter.origin,
                    writer: letter.writer,
                    tray: Tray::Inbox,
                    promised_on: office.settings.promise_day(now),
                    at: self.clock().now_micros(),
                    form_hash: Some(form_hash),
                    must_change_code: true,
                    key: &sealed.key,
                    key_for_office: &sealed.key_for_office,
                },
            )
            .await?;
            let draft = Draft {
                side: Side::Writer,
                staff: Some(session.staff()),
                body: &body,
                sent_hash: Some(sent_hash(letter.token.bytes(), Side::Writer, &body)),
            };
            sealed.insert(tx, self, &draft).await?;
            let entry = permit.entry(
                "mailbox.enter_letter",
                crate::first_letter::subject(sealed.thread),
            );
            office::audit::record(tx, &entry).await?;
            for what in [What::FirstLetter, What::Letter] {
                count::add_for(
                    tx,
                    office.id,
                    letter.writer,
                    letter.origin,
                    what,
                    self.clock().today(),
                )
                .await?;
            }
            Ok::<_, Error>(())
        })?;
        let stored = thread::by_id(&mut self.db().read().await?, sealed.thread)
            .await?
            .ok_or(Error::NotFound)?;
        Ok((sealed.thread, self.shown_to_staff(&stored, &code).await?))
    }
}
