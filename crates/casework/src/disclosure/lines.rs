//! Every line of a case that a request may be about, with where it lies.

use super::rule::{Facts, Kind};
use crate::case::CaseView;
use crate::codes::codes;
use crate::compartment::Compartment;
use crate::note::{self, BlockKind};
use crate::{Casework, Person, Result, assessment, observation, plan};
use basics::{PersonId, time::to_jst};
use jiff::civil::Date;
use office::access::CompartmentGrant;
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
    pub place: String,
    pub whose: String,
    pub words: String,
    pub facts: Facts,
}

/// A revision's number and a block's place in one number.
fn part(seq: i64, block: usize) -> i64 {
    seq * 1_000 + i64::try_from(block).unwrap_or(999).min(999)
}

/// The confirmed notes of the opened compartments, block by block.
pub(super) async fn of_notes(
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
pub(super) async fn of_plans(
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
pub(super) async fn of_assessments(
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
pub(super) async fn of_observations(
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
        compartment: place.kind,
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
