//! What lies in the compartment of whoever it was spoken with: contacts, small steps, stages, consents, visits, letters on
//! paper, files.

use super::{Gather, LineSource as From, Words, labelled};
use crate::compartment::Compartment;
use crate::consent::{self, ConsentView};
use crate::contact::{self, Contact};
use crate::visit::{self, Target, VisitRow};
use crate::{Person, Result, attachment, check_in, outgoing, small_steps, stage, visit_outcome};
use basics::japanese;
use basics::time::to_jst;
use office::access::CompartmentGrant;
use office::session::Session;
use store::Conn;

impl Gather<'_> {
    pub(super) async fn spoken(&mut self, tx: &mut Conn, session: &Session) -> Result<()> {
        for (place, inside) in self.rooms() {
            for one in contact::of_compartment(tx, self.view.case.id, place.id).await? {
                self.contact(place, &one);
            }
            for (id, step) in small_steps::of_compartment(tx, inside).await? {
                let of = match place.person {
                    Some(person) => Words::said_by(person),
                    None => Words::seen_of(None),
                };
                self.add((From::Step, id, 0), step.day, Some(place), of, step.words);
            }
            for one in stage::of_compartments(tx, std::slice::from_ref(inside)).await? {
                let words = labelled(&[(one.stage.line(), one.stage.label()), ("", &one.words)]);
                let of = Words::weighed_of(self.principal());
                self.add((From::Stage, one.id, 0), one.since, Some(place), of, words);
            }
            let now = session.clock().now();
            for one in consent::of_compartment(tx, inside, now).await? {
                self.consent(place, &one);
            }
            for row in visit::rows_of_compartment(tx, inside).await? {
                self.visit(tx, session, place, inside, &row).await?;
            }
            for (id, person, on, words) in outgoing::of_compartment(tx, inside).await? {
                let of = Words::seen_of(person);
                self.add((From::Paper, id, 0), on, Some(place), of, words);
            }
            for file in attachment::of_compartment(tx, session, inside).await? {
                let words = match &file.about {
                    Some(about) => labelled(&[
                        ("添付", &about.name),
                        ("", file.kind.label()),
                        ("", &about.note),
                    ]),
                    None => "添付があり、消しました。".to_owned(),
                };
                let (key, of) = ((From::File, file.id, 0), Words::seen_of(None));
                self.add(key, file.added_on, Some(place), of, words);
            }
        }
        Ok(())
    }

    fn contact(&mut self, place: &Compartment, one: &Contact) {
        let named = |id| self.view.person(id).map(Person::label);
        let people: Vec<String> = one.people.iter().copied().filter_map(named).collect();
        let with = if people.is_empty() {
            one.party.label().to_owned()
        } else {
            people.join("、")
        };
        let minutes = one.minutes.map(|minutes| format!("{minutes}分"));
        let next = one.next_on.map(japanese::date_with_year);
        let void = if one.void {
            "記入まちがいとして残したもの"
        } else {
            ""
        };
        let words = labelled(&[
            ("", one.channel.label()),
            ("", one.direction.label()),
            ("", &with),
            ("", one.result.label()),
            ("", &minutes.unwrap_or_default()),
            ("次の日付", &next.unwrap_or_default()),
            ("", void),
        ]);
        let key = (From::Contact, one.id.get(), 0);
        let of = Words::seen_of(one.about);
        self.add(key, to_jst(one.at).date(), Some(place), of, words);
    }

    fn consent(&mut self, place: &Compartment, one: &ConsentView) {
        for (n, event) in (0..).zip(&one.events) {
            let items: Vec<&str> = event.event.items.iter().map(|item| item.label()).collect();
            let purposes = event.event.purposes.iter();
            let purposes: Vec<&str> = purposes.map(|purpose| purpose.label()).collect();
            let until = event.event.until.map(japanese::date_with_year);
            let words = labelled(&[
                ("", event.event.deed.label()),
                ("相手", &one.recipient.name),
                ("項目", &items.join("、")),
                ("目的", &purposes.join("、")),
                ("期限", &until.unwrap_or_default()),
                ("", event.method.label()),
                ("代わりに話した人の根拠", &one.grantor.ground),
                ("控え", &event.evidence),
                ("言葉", &event.said),
            ]);
            let on = to_jst(event.at).date();
            let of = Words::said_by(one.grantor.person);
            self.add((From::Consent, one.id.get(), n), on, Some(place), of, words);
        }
    }

    async fn visit(
        &mut self,
        tx: &mut Conn,
        session: &Session,
        place: &Compartment,
        inside: &CompartmentGrant,
        row: &VisitRow,
    ) -> Result<()> {
        // The parts of one visit: what was planned, what to take care of, then these.
        const EVENTS: i64 = 1_000;
        const OUTCOMES: i64 = 1_000_000;
        const DRAFTS: i64 = 2_000_000;
        const HEARD: i64 = 3_000_000;
        let visit = row.read()?;
        let said = row.words(inside)?;
        let whom = (visit.target == Target::Principal).then(|| self.principal());
        let (seen, weighed) = (Words::seen_of(whom), Words::weighed_of(whom));
        let part = |part| (From::Visit, visit.id, part);
        let goals: Vec<&str> = visit.goals.iter().map(|goal| goal.label()).collect();
        let words = labelled(&[
            ("訪問", visit.target.label()),
            ("", visit.wanted_by.label()),
            ("", visit.state.label()),
            ("目的", &goals.join("、")),
            ("", &said.goal),
            ("約束", &said.agreed),
            ("会うところ", &said.place),
            ("話すこと", &said.say),
        ]);
        self.add(part(0), visit.day, Some(place), seen, words);
        let words = labelled(&[
            ("気をつけること", &said.careful),
            ("一人で行くわけ", &said.alone),
        ]);
        self.add(part(1), visit.day, Some(place), weighed, words);
        let events = check_in::events(tx, session, visit.id).await?;
        for (n, event) in (EVENTS..).zip(&events) {
            let at = to_jst(event.at);
            let time = japanese::time(at.time());
            let words = labelled(&[("", event.label()), ("", &time), ("", &event.words)]);
            self.add(part(n), at.date(), Some(place), seen, words);
        }
        // What was seen and what each said lie in compartments of their own, not in that of whoever planned the visit.
        let (view, grants) = (self.view, self.grants);
        for one in visit_outcome::outcomes(tx, grants, &visit, |_| String::new()).await? {
            // A version's own line, and what was thought of the safety beside it.
            let (on, n) = (to_jst(one.at).date(), OUTCOMES + one.version * 2);
            let kept_in = view.compartment(one.compartment);
            let next = one.next_on.map(japanese::date_with_year);
            let words = labelled(&[
                ("訪問の結果", one.met.label()),
                ("様子", &one.said.reaction),
                ("次の約束", &one.said.next),
                ("次に会う日", &next.unwrap_or_default()),
            ]);
            self.add(part(n), on, kept_in, seen, words);
            let words = labelled(&[("安全", &one.said.safety)]);
            self.add(part(n + 1), on, kept_in, weighed, words);
            for (n, said) in (HEARD + one.version * 1_000..).zip(one.heard) {
                let voice = view.compartment(said.compartment);
                let of = Words::said_by(voice.and_then(|voice| voice.person));
                self.add(part(n), on, voice, of, said.words);
            }
        }
        let drafts = visit_outcome::drafts(tx, grants, &visit, |_| String::new()).await?;
        for (n, one) in (DRAFTS..).zip(drafts) {
            let on = to_jst(one.typed_at).date();
            let kept_in = view.compartment(one.compartment);
            let said = kept_in.filter(|room| room.id != visit.compartment);
            let of = match said.and_then(|room| room.person) {
                Some(person) => Words::said_by(person),
                None => seen,
            };
            self.add(part(n), on, kept_in, of, one.words);
        }
        Ok(())
    }
}
