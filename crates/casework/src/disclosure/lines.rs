//! Every line of a case that a request may be about, with where it lies.

mod face_sheet;
mod of_office;
mod spoken;
#[cfg(test)]
mod tables;

use super::rule::{Facts, Kind};
use crate::case::CaseView;
use crate::codes::codes;
use crate::compartment::Compartment;
use crate::note::{self, BlockKind};
use crate::{Casework, Person, Result, assessment, observation, plan};
use basics::{CompartmentId, PersonId, japanese, time::to_jst};
use jiff::civil::Date;
use office::access::{CaseGrant, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::Conn;

codes! {
    /// What a line comes from.
    LineSource {
        /// A block of a note.
        Note = "note", "記録";
        /// A letter of a thread.
        Letter = "letter", "手紙";
        /// A plan.
        Plan = "plan", "計画";
        /// An assessment.
        Assessment = "assessment", "見立て";
        /// An observation.
        Observation = "observation", "観察";
        /// A contact, in codes.
        Contact = "contact", "対応";
        /// A small step.
        Step = "step", "小さな一歩";
        /// A phase or a stage.
        Stage = "stage", "段階";
        /// An event of the ledger of consent.
        Consent = "consent", "同意";
        /// A visit: planned, on the day, afterwards.
        Visit = "visit", "訪問";
        /// A letter on paper.
        Paper = "paper", "紙の手紙";
        /// A file.
        File = "file", "添付";
        /// An engagement and its changes.
        Engagement = "engagement", "支援期間";
        /// A proposal to close.
        Closing = "closing", "一区切り";
        /// A first approach.
        Approach = "approach", "初回アプローチ";
        /// A refusal.
        Refusal = "refusal", "今は望まない";
        /// An agreed pace.
        Pace = "pace", "便りのペース";
        /// A task of the staff.
        Task = "task", "職員のやること";
        /// A supervisor's 「読みました」.
        Reading = "reading", "センター長の確認";
        /// A hand-over sheet.
        Sheet = "sheet", "引き継ぎの紙";
        /// A peer's card and its reports.
        Card = "card", "ピアのカードと報告";
        /// Who somebody is, step by step.
        Identity = "identity", "名前・住まいなど";
        /// The household and its ties.
        Household = "household", "世帯とつながり";
        /// A way to reach somebody.
        Point = "point", "連絡先とそのきまり";
        /// A safety flag.
        Flag = "flag", "安全の旗";
        /// That a guard was passed.
        Reach = "reach", "きまりをこえた連絡";
        /// A link to another case.
        Link = "link", "同じ人かどうか";
    }
}

/// One line as it stands in the records.
pub(super) struct Raw {
    pub source: LineSource,
    pub row: i64,
    pub part: i64,
    /// Whether it says what the record says now; an earlier revision does not.
    pub current: bool,
    pub on: Date,
    /// In which compartment it lies; `None`: on the case's face sheet.
    pub compartment: Option<CompartmentId>,
    pub place: String,
    pub whose: String,
    pub words: String,
    pub facts: Facts,
}

/// What every kind of record is asked with, and the lines they gave.
pub(super) struct Gather<'a> {
    pub view: &'a CaseView,
    pub grant: &'a CaseGrant,
    /// The opened compartments.
    pub grants: &'a [CompartmentGrant],
    /// Whose records.
    pub asked: Option<PersonId>,
    pub lines: Vec<Raw>,
}

/// Whose words a line is, and about whom.
#[derive(Clone, Copy)]
struct Words {
    kind: Kind,
    source: Option<PersonId>,
    subject: Option<PersonId>,
}

impl Words {
    /// Somebody of the case said it.
    fn said_by(source: impl Into<Option<PersonId>>) -> Self {
        Self {
            kind: Kind::Said,
            source: source.into(),
            subject: None,
        }
    }

    /// Staff saw or did it.
    fn seen_of(subject: impl Into<Option<PersonId>>) -> Self {
        Self {
            kind: Kind::Seen,
            source: None,
            subject: subject.into(),
        }
    }

    /// Staff weighed it.
    fn weighed_of(subject: impl Into<Option<PersonId>>) -> Self {
        Self {
            kind: Kind::Weighed,
            ..Self::seen_of(subject)
        }
    }
}

impl<'a> Gather<'a> {
    /// Every line of the case but its letters, which the mailbox opens.
    pub async fn all(&mut self, tx: &mut Conn, session: &Session) -> Result<()> {
        let (view, grants, asked) = (self.view, self.grants, self.asked);
        self.lines.extend(of_notes(tx, view, grants, asked).await?);
        self.lines.extend(of_plans(tx, view, grants, asked).await?);
        self.lines
            .extend(of_observations(tx, view, grants, asked).await?);
        self.lines
            .extend(of_assessments(tx, view, grants, asked).await?);
        self.spoken(tx, session).await?;
        self.of_office(tx, session).await?;
        self.of_face_sheet(tx, session.clock().today()).await
    }

    /// The opened compartments with what they are for.
    fn rooms(&self) -> impl Iterator<Item = (&'a Compartment, &'a CompartmentGrant)> + use<'a> {
        let (view, grants) = (self.view, self.grants);
        grants
            .iter()
            .filter_map(|inside| Some((view.compartment(inside.compartment())?, inside)))
    }

    /// The 職員 compartment.
    fn staff_room(&self) -> Option<(&'a Compartment, &'a CompartmentGrant)> {
        self.rooms()
            .find(|(place, _)| place.kind == CompartmentKind::Staff)
    }

    fn principal(&self) -> PersonId {
        self.view.case.principal
    }

    /// One line in a compartment, or (`None`) on the face sheet; nothing when there are no words.
    fn add(
        &mut self,
        (source, row, part): (LineSource, i64, i64),
        on: Date,
        place: Option<&Compartment>,
        of: Words,
        words: impl Into<String>,
    ) {
        let words = words.into();
        if words.trim().is_empty() {
            return;
        }
        let facts = match place {
            Some(place) => facts(place, self.asked, of.source, of.subject, of.kind),
            None => Facts {
                compartment: None,
                held: false,
                before_heard: false,
                source: of.source,
                subject: of.subject,
                kind: of.kind,
            },
        };
        self.lines.push(Raw {
            source,
            row,
            part,
            current: true,
            on,
            compartment: place.map(|place| place.id),
            place: place.map_or_else(
                || "ケースの表紙".to_owned(),
                |place| self.view.name_of(place),
            ),
            whose: whose(self.view, of.kind, of.source),
            words,
            facts,
        });
    }
}

/// What stands there, with a label before each; nothing where there is nothing.
fn labelled(parts: &[(&str, &str)]) -> String {
    let said = parts.iter().filter(|(_, words)| !words.trim().is_empty());
    let said: Vec<String> = said
        .map(|(label, words)| match *label {
            "" => words.trim().to_owned(),
            label => format!("{label}：{}", words.trim()),
        })
        .collect();
    said.join("　")
}

/// A revision's number and a block's place in one number.
fn part(seq: i64, block: usize) -> i64 {
    seq * 1_000 + i64::try_from(block).unwrap_or(999).min(999)
}

/// The confirmed notes of the opened compartments, block by block.
async fn of_notes(
    tx: &mut Conn,
    view: &CaseView,
    grants: &[CompartmentGrant],
    asked: Option<PersonId>,
) -> Result<Vec<Raw>> {
    let mut lines = Vec::new();
    for note in note::of_compartments(tx, grants).await? {
        if note.state != note::State::Confirmed {
            continue;
        }
        let Some(place) = view.compartment(note.compartment) else {
            continue;
        };
        let last = note.revisions.last().map_or(0, |last| last.seq);
        for revision in &note.revisions {
            if !revision.reason.trim().is_empty() {
                lines.push(Raw {
                    source: LineSource::Note,
                    row: note.id.get(),
                    // After every block: a note has sixty at most.
                    part: part(revision.seq, 999),
                    current: true,
                    on: to_jst(revision.at).date(),
                    compartment: Some(place.id),
                    place: view.name_of(place),
                    whose: whose(view, Kind::Seen, None),
                    words: format!("訂正の理由：{}", revision.reason),
                    facts: facts(place, asked, None, None, Kind::Seen),
                });
            }
            for (n, block) in revision.blocks.iter().enumerate() {
                let kind = match block.kind {
                    BlockKind::PrincipalWords | BlockKind::FamilyWords => Kind::Said,
                    BlockKind::AgencyInformation => Kind::Told,
                    BlockKind::Observation => Kind::Seen,
                };
                // Words that name no speaker are those of the compartment's own voice.
                let source = match kind {
                    Kind::Said => block.source.or(place.person),
                    _ => block.source,
                };
                lines.push(Raw {
                    source: LineSource::Note,
                    row: note.id.get(),
                    part: part(revision.seq, n),
                    current: revision.seq == last,
                    on: to_jst(note.at).date(),
                    compartment: Some(place.id),
                    place: view.name_of(place),
                    whose: whose(view, kind, source),
                    words: block.text.clone(),
                    facts: facts(place, asked, source, block.subject, kind),
                });
            }
        }
    }
    Ok(lines)
}

/// The plans of the opened compartments: wishes and goals are the words of whom the compartment belongs to, direction and
/// steps are what staff do.
async fn of_plans(
    tx: &mut Conn,
    view: &CaseView,
    grants: &[CompartmentGrant],
    asked: Option<PersonId>,
) -> Result<Vec<Raw>> {
    let mut lines = Vec::new();
    for plan in plan::of_compartments(tx, view.case.id, grants).await? {
        for piece in &plan.parts {
            let Some(place) = view.compartment(piece.compartment) else {
                continue;
            };
            for (age, version) in piece.versions.iter().enumerate() {
                let sheet = &version.sheet;
                let wished =
                    std::iter::once(&sheet.words).chain(sheet.goals.iter().map(|goal| &goal.words));
                let planned = std::iter::once(&sheet.direction)
                    .chain(sheet.steps.iter().map(|step| &step.words));
                for (n, one) in version.agreements.iter().enumerate() {
                    let taken_back = one.withdrawn_on.map(japanese::date_with_year);
                    let words = labelled(&[
                        ("計画を確かめた", one.agreed.how.label()),
                        ("取り下げた日", &taken_back.unwrap_or_default()),
                    ]);
                    lines.push(Raw {
                        source: LineSource::Plan,
                        row: plan.id.get() ^ piece.compartment.get(),
                        // After every word of the sheet.
                        part: part(version.number, 900 + n),
                        current: age == 0,
                        on: one.agreed.on,
                        compartment: Some(place.id),
                        place: view.name_of(place),
                        whose: whose(view, Kind::Said, Some(one.agreed.by)),
                        words,
                        facts: facts(place, asked, Some(one.agreed.by), plan.person, Kind::Said),
                    });
                }
                let all = wished
                    .map(|words| (words, Kind::Said, place.person))
                    .chain(planned.map(|words| (words, Kind::Seen, None)));
                for (n, (words, kind, source)) in all.enumerate() {
                    if words.trim().is_empty() {
                        continue;
                    }
                    lines.push(Raw {
                        source: LineSource::Plan,
                        // One plan has a part in each compartment; both together are one row here.
                        row: plan.id.get() ^ piece.compartment.get(),
                        part: part(version.number, n),
                        current: age == 0,
                        on: to_jst(version.at).date(),
                        compartment: Some(place.id),
                        place: view.name_of(place),
                        whose: whose(view, kind, source),
                        words: words.clone(),
                        facts: facts(place, asked, source, plan.person, kind),
                    });
                }
            }
        }
    }
    Ok(lines)
}

/// The assessments of the opened compartments, answer by answer.
async fn of_assessments(
    tx: &mut Conn,
    view: &CaseView,
    grants: &[CompartmentGrant],
    asked: Option<PersonId>,
) -> Result<Vec<Raw>> {
    let mut lines = Vec::new();
    for one in assessment::of_compartments(tx, grants).await? {
        let subject = &one.subject;
        let Some(place) = view.compartment(subject.compartment) else {
            continue;
        };
        for (age, version) in one.versions.iter().enumerate() {
            let sections = version.shown(&subject.instrument);
            for (n, answer) in sections
                .iter()
                .flat_map(|section| &section.answers)
                .enumerate()
            {
                let (kind, source) = heard_from(&answer.source);
                let words = [
                    answer.label.as_str(),
                    answer.chosen.as_str(),
                    answer.words.as_str(),
                ];
                let words = words.iter().filter(|words| !words.is_empty());
                lines.push(Raw {
                    source: LineSource::Assessment,
                    row: one.id.get(),
                    part: part(version.number, n),
                    current: age == 0,
                    on: to_jst(version.at).date(),
                    compartment: Some(place.id),
                    place: view.name_of(place),
                    whose: whose(view, kind, source),
                    words: words.copied().collect::<Vec<_>>().join("　"),
                    facts: facts(place, asked, source, Some(subject.about), kind),
                });
            }
        }
    }
    Ok(lines)
}

/// What staff observed, day by day.
async fn of_observations(
    tx: &mut Conn,
    view: &CaseView,
    grants: &[CompartmentGrant],
    asked: Option<PersonId>,
) -> Result<Vec<Raw>> {
    let mut lines = Vec::new();
    for one in observation::of_compartments(tx, grants).await? {
        let Some(place) = view.compartment(one.compartment) else {
            continue;
        };
        let words = format!("{}：{}　{}", one.axis.label(), one.value.label(), one.words);
        lines.push(Raw {
            source: LineSource::Observation,
            row: one.id,
            part: 0,
            current: true,
            on: one.on,
            compartment: Some(place.id),
            place: view.name_of(place),
            whose: whose(view, Kind::Seen, None),
            words: words.trim_end().to_owned(),
            facts: facts(place, asked, None, Some(one.about), Kind::Seen),
        });
    }
    Ok(lines)
}

/// An answer whose voice nobody wrote down is not given away by itself.
fn heard_from(voice: &assessment::Voice) -> (Kind, Option<PersonId>) {
    use assessment::Voice as V;
    match voice {
        V::Person(person) => (Kind::Said, Some(*person)),
        V::Agency | V::Paper => (Kind::Told, None),
        V::Staff | V::Unsaid => (Kind::Weighed, None),
    }
}

/// The letters of the case's threads that lie in compartments of the view.
pub(super) async fn of_letters(
    room: &Casework,
    session: &Session,
    view: &CaseView,
    asked: Option<PersonId>,
) -> Result<Vec<Raw>> {
    let mut conn = room.db().read().await?;
    let threads = mailbox::of_case::threads_of(&mut conn, view.case.id).await?;
    drop(conn);
    let mut lines = Vec::new();
    for thread in threads {
        let place = thread.part_of.and_then(|(_, id, _)| {
            let mut all = view.compartments.iter();
            all.find(|one| one.id == id)
        });
        let Some(place) = place else { continue };
        let (_, letters) = room.mailbox().read_at_desk(session, thread.id).await?;
        for letter in letters {
            let (source, subject, kind) = match letter.side {
                mailbox::Side::Writer | mailbox::Side::Addendum => (place.person, None, Kind::Said),
                mailbox::Side::Office => (None, place.person, Kind::Seen),
                // The staff's own note at a letter.
                mailbox::Side::Note => (None, place.person, Kind::Weighed),
            };
            lines.push(Raw {
                source: LineSource::Letter,
                row: thread.id.get(),
                part: letter.seq,
                current: true,
                on: to_jst(letter.at).date(),
                compartment: Some(place.id),
                place: view.name_of(place),
                whose: whose(view, kind, source),
                words: letter.body,
                facts: facts(place, asked, source, subject, kind),
            });
        }
    }
    Ok(lines)
}

fn facts(
    place: &Compartment,
    asked: Option<PersonId>,
    source: Option<PersonId>,
    subject: Option<PersonId>,
    kind: Kind,
) -> Facts {
    Facts {
        compartment: Some(place.kind),
        before_heard: false,
        held: asked.is_some_and(|person| place.is_held_by(person)),
        source,
        subject,
        kind,
    }
}

fn whose(view: &CaseView, kind: Kind, source: Option<PersonId>) -> String {
    let named = source.and_then(|id| view.person(id)).map(Person::label);
    match (named, kind) {
        (Some(name), _) => format!("{name}の言葉"),
        (None, Kind::Said) => "言葉（だれかは書かれていない）".to_owned(),
        (None, Kind::Seen) => "職員が見たこと・したこと".to_owned(),
        (None, Kind::Told) => "機関から聞いたこと".to_owned(),
        (None, Kind::Weighed) => "職員の見立て・メモ".to_owned(),
    }
}
