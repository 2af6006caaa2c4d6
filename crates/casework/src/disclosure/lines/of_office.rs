//! What lies in the 職員 compartment: how the office deals with the household, what staff told each other, and what a peer
//! was told and wrote.

use super::{Gather, LineSource as From, Words, labelled};
use crate::{
    Result, approach, closing, engagement, hand_over, peer, refusal, review, silence, task,
};
use basics::japanese;
use basics::time::to_jst;
use office::session::Session;
use store::Conn;

impl Gather<'_> {
    pub(super) async fn of_office(&mut self, tx: &mut Conn, session: &Session) -> Result<()> {
        let Some((place, inside)) = self.staff_room() else {
            return Ok(());
        };
        let (case, principal) = (self.view.case.id, self.principal());
        let (room, place) = (Some(inside), Some(place));
        let course = engagement::course(tx, case, room).await?;
        for one in &course.engagements {
            let quiet = one.quiet_until.map(japanese::date_with_year);
            let words = labelled(&[
                ("会うペース", one.rhythm.label()),
                ("こちらからたずねない日まで", &quiet.unwrap_or_default()),
            ]);
            let (key, of) = ((From::Engagement, one.id, 0), Words::seen_of(principal));
            self.add(key, one.began_on, place, of, words);
        }
        for one in &course.past {
            let on = to_jst(one.at).date();
            let words = labelled(&[("支援期間", one.to.label())]);
            let of = Words::seen_of(one.for_person.unwrap_or(principal));
            self.add((From::Engagement, one.id, 1), on, place, of, words);
            let of = Words::weighed_of(one.for_person);
            self.add((From::Engagement, one.id, 2), on, place, of, &*one.ground);
        }
        for one in closing::of_case(tx, case, room).await? {
            let on = to_jst(one.proposed_at).date();
            let of = Words::weighed_of(one.for_person);
            self.add((From::Closing, one.id, 0), on, place, of, one.ground);
            let words = labelled(&[("「また連絡してよい」の伝え方", &one.reentry)]);
            let of = Words::seen_of(one.for_person.unwrap_or(principal));
            self.add((From::Closing, one.id, 1), on, place, of, words);
        }
        for one in approach::of_case(tx, case, room).await? {
            let words = labelled(&[("", one.ground.label()), ("話すこと", &one.words)]);
            let (key, of) = ((From::Approach, one.id, 0), Words::said_by(one.agreed_with));
            self.add(key, one.agreed_on, place, of, words);
        }
        for one in refusal::of_case(tx, case, room).await? {
            let of = Words::said_by(one.person);
            let words = labelled(&[("今は望まない", &one.words)]);
            self.add((From::Refusal, one.id, 0), one.heard_on, place, of, words);
            if let Some(on) = one.lifted_on {
                let words = labelled(&[("新しい言葉", &one.lift_words)]);
                self.add((From::Refusal, one.id, 1), on, place, of, words);
            }
        }
        for one in silence::kept(tx, case, room).await? {
            let words = labelled(&[("便り", one.pace.label()), ("", &one.words)]);
            let (key, of) = ((From::Pace, one.id, 0), Words::seen_of(one.person));
            self.add(key, one.agreed_on, place, of, words);
        }
        for (one, on) in task::kept(tx, case, inside).await? {
            let due = japanese::date_with_year(one.due_on);
            let words = labelled(&[(one.kind.label(), &due), ("", &one.words)]);
            let of = Words::weighed_of(None);
            self.add((From::Task, one.id, 0), on, place, of, words);
        }
        for (id, _, at, words) in review::readings(tx, inside).await? {
            let words = labelled(&[("", "センター長が読みました。"), ("", &words)]);
            let (on, of) = (to_jst(at).date(), Words::weighed_of(None));
            self.add((From::Reading, id, 0), on, place, of, words);
        }
        for (id, on, sheet) in hand_over::written(tx, inside).await? {
            let words = labelled(&[
                ("約束したこと", &sheet.promised),
                ("避けたい言葉", &sheet.avoid),
                ("ペース", &sheet.pace),
                ("だれが何を知っているか", &sheet.who_knows),
                ("ほかに", &sheet.other),
            ]);
            let of = Words::weighed_of(None);
            self.add((From::Sheet, id, 0), on, place, of, words);
        }
        for card in peer::kept(tx, session, case).await? {
            let (on, of) = (to_jst(card.made_at).date(), Words::seen_of(principal));
            let words = labelled(&[
                ("カードの呼び名", &card.words.nickname),
                ("会うところ", &card.words.place),
                ("こうすると楽", &card.words.do_this),
                ("避けること", &card.words.not_that),
            ]);
            self.add((From::Card, card.id, 0), on, place, of, words);
            let words = labelled(&[
                ("自分の安全のために", &card.words.own_safety),
                ("", &card.safety.join("　")),
            ]);
            let weighed = Words::weighed_of(None);
            self.add((From::Card, card.id, 1), on, place, weighed, words);
            // The oldest first, so that a later report does not change the number of an earlier one.
            for (n, report) in (2..).zip(card.reports.iter().rev()) {
                let on = to_jst(report.at).date();
                self.add((From::Card, card.id, n), on, place, of, &*report.words);
            }
        }
        Ok(())
    }
}
