//! What lies on the case's face sheet: who people are, the household and its ties, ways to reach somebody, safety flags,
//! guards that were passed, links to other cases.

use super::{Gather, LineSource as From, Words, labelled};
use crate::identity::Known;
use crate::safety_flag::{self, FlagLine};
use crate::{Person, Result, contact_rule, despite, household, identity, person_link};
use basics::PersonId;
use basics::time::to_jst;
use jiff::civil::Date;
use store::Conn;

impl Gather<'_> {
    pub(super) async fn of_face_sheet(&mut self, tx: &mut Conn, today: Date) -> Result<()> {
        let (grant, case) = (self.grant, self.view.case.id);
        for person in &self.view.people {
            for step in identity::of_person(tx, grant, person.id).await? {
                let on = to_jst(step.at).date();
                let key = (From::Identity, person.id.get(), step.seq);
                self.add(key, on, None, Words::seen_of(person.id), known(&step.after));
            }
        }
        self.household(tx, today).await?;
        for one in contact_rule::kept(tx, grant).await? {
            let words = labelled(&[
                (one.channel.label(), &one.value),
                ("きまり", &one.rules().join("、")),
                ("", &one.remark),
            ]);
            let (on, of) = (to_jst(one.noted_at).date(), Words::seen_of(one.person));
            self.add((From::Point, one.id, 0), on, None, of, words);
        }
        for flag in safety_flag::all(tx, grant, today).await? {
            self.flag(&flag);
        }
        for (id, person, on, past) in despite::kept(tx, grant).await? {
            let words = labelled(&[(past.basis.done_label(), &past.reason)]);
            let of = Words::weighed_of(person);
            self.add((From::Reach, id, 0), on, None, of, words);
        }
        for (id, person, on, words) in person_link::kept(tx, grant.office(), case).await? {
            // A link inside one case has both ends here.
            let (key, of) = ((From::Link, id, person.get()), Words::weighed_of(person));
            self.add(key, on, None, of, words);
        }
        Ok(())
    }

    /// The events of one flag.
    pub(in crate::disclosure) fn flag(&mut self, flag: &FlagLine) {
        for (n, event) in (1..).zip(&flag.events) {
            let words = labelled(&[
                (flag.kind.label(), event.deed.label()),
                ("", event.level.label()),
                ("根拠", &event.ground),
                ("ピアへの一行", &event.peer_line),
            ]);
            let (on, of) = (to_jst(event.at).date(), Words::weighed_of(None));
            self.add((From::Flag, flag.id.get(), n), on, None, of, words);
        }
    }

    async fn household(&mut self, tx: &mut Conn, today: Date) -> Result<()> {
        let known = household::of_case(tx, self.grant).await?;
        let days = household::noted_days(tx, self.view.case.id).await?;
        let on = |id: i64| days.get(&id).copied().unwrap_or(today);
        let told = |source: Option<PersonId>, subject: Option<PersonId>| Words {
            subject,
            ..source.map_or_else(|| Words::seen_of(subject), Words::said_by)
        };
        for one in &known.members {
            let day = |day: Option<crate::PartialDay>| day.map(crate::PartialDay::label);
            let words = labelled(&[
                ("世帯", one.relation.label()),
                ("", one.cohabiting.label()),
                ("いつから", &day(one.from).unwrap_or_default()),
                ("いつまで", &day(one.until).unwrap_or_default()),
            ]);
            let of = told(one.source, Some(one.person));
            self.add((From::Household, one.id, 0), on(one.id), None, of, words);
        }
        for one in &known.kinship {
            let whom = [one.a, one.b];
            let named = |id| self.view.person(id).map(Person::label).unwrap_or_default();
            let words = labelled(&[
                (one.kind.label(), &whom.map(named).join("と")),
                ("", one.quality.label()),
            ]);
            // About both: for whoever asks it is about them, when they are one of the two.
            let about = whom.into_iter().find(|id| Some(*id) == self.asked);
            let of = told(one.source, about.or(Some(one.a)));
            self.add((From::Household, one.id, 0), on(one.id), None, of, words);
        }
        for (person, day) in &known.passed {
            let day = day.map(crate::PartialDay::label).unwrap_or_default();
            let words = labelled(&[("", "亡くなりました。"), ("", &day)]);
            let (id, of) = (person.get(), Words::seen_of(*person));
            self.add((From::Household, id, 1), on(id), None, of, words);
        }
        for one in &known.ties {
            let words = labelled(&[
                (one.kind.label(), &one.name),
                ("", one.quality.label()),
                ("", one.direction.label()),
            ]);
            let of = told(one.source, one.person);
            self.add((From::Household, one.id, 0), on(one.id), None, of, words);
        }
        Ok(())
    }
}

/// Everything that is known of who somebody is, in words.
fn known(known: &Known) -> String {
    let who = &known.identity;
    let born = match (who.born_on, who.birth_year) {
        (Some(day), _) => basics::japanese::date_with_year(day),
        (None, Some(year)) => format!("{year}年"),
        (None, None) => String::new(),
    };
    let place = known.municipality.map(|code| code.to_string());
    labelled(&[
        ("続柄", known.relationship.label()),
        ("呼び名", &who.nickname),
        ("名前", &who.name),
        ("よみ", &who.kana),
        ("生まれた日", &born),
        ("年代", known.age_band.label()),
        ("性別", known.gender.label()),
        ("市区町村コード", &place.unwrap_or_default()),
        ("住所", &who.address),
    ])
}
