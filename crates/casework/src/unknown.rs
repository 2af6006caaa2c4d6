//! What the chain says about cases that a colleague must not know of (知人回避, one's own): its page leaves those rows out.

use crate::{Casework, Error, Result, compartment};
use office::access::{self, card_subject, case_subject, compartment_subject};
use office::custody::notice;
use office::session::Session;
use store::params;

impl Casework {
    /// How the chain names the cases that do not exist for this colleague, and what lies in them; with the cases
    /// themselves. Records nothing.
    pub async fn unknown_to(
        &self,
        session: &Session,
    ) -> Result<(Vec<basics::CaseId>, Vec<String>)> {
        let mut conn = self.db().read().await?;
        let cases = access::barred_cases(&mut conn, session).await?;
        let mut subjects = Vec::new();
        for case in &cases {
            subjects.push(case_subject(*case));
            for one in compartment::of_case(&mut conn, *case).await? {
                subjects.push(compartment_subject(one.id));
            }
            for thread in mailbox::of_case::threads_of(&mut conn, *case).await? {
                subjects.push(format!("thread:{}", thread.id));
            }
            let visits: Vec<(i64,)> = conn
                .all(
                    "SELECT id FROM visit WHERE case_id = $1",
                    params![case.get()],
                )
                .await?;
            subjects.extend(visits.into_iter().map(|(id,)| format!("visit:{id}")));
            let cards: Vec<(i64,)> = conn
                .all(
                    "SELECT id FROM peer_card WHERE case_id = $1",
                    params![case.get()],
                )
                .await?;
            subjects.extend(cards.into_iter().map(|(id,)| card_subject(id)));
            let notices = notice::about(&mut conn, *case).await?;
            subjects.extend(notices.into_iter().map(|id| format!("notice:{id}")));
        }
        Ok::<_, Error>((cases, subjects))
    }
}
