//! The visit card (訪問カード): what a colleague takes along. Today's visits, one's own, no notes.

use crate::person::{self, Person};
use crate::visit::{Goal, VisitRow};
use crate::visit_outcome::last_version;
use crate::{Casework, Result, case, compartment, contact_rule, safety_flag, visit, visit_heard};
use basics::time::to_jst;
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CaseGrant};
use office::session::Session;
use office::staff;
use serde::Serialize;
use store::{Conn, params, transact};

/// One card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The visit.
    #[serde(serialize_with = "as_text")]
    pub visit: i64,
    /// What to call the person; empty when nothing is known.
    pub called: String,
    /// Whom the visit goes to.
    pub target: &'static str,
    /// Whether the person knows of the consultation, as a sentence; empty when they do.
    pub knows: &'static str,
    /// From when, as a clock on the wall shows it.
    pub leave: String,
    /// Until when.
    pub back: String,
    /// Who goes.
    pub names: String,
    /// What for.
    pub goals: Vec<&'static str>,
    /// What for, in words.
    pub goal: String,
    /// Where to meet, as agreed.
    pub place: String,
    /// What was agreed.
    pub agreed: String,
    /// What to say and what not to say.
    pub say: String,
    /// The rules for reaching the people, in words.
    pub rules: Vec<String>,
    /// The safety flags that stand and are meant for this colleague, in words.
    pub flags: Vec<String>,
    /// What to look out for.
    pub careful: String,
    /// Whose words a memo may be: the code that comes back with it, and what to call them.
    pub voices: Vec<(String, String)>,
    /// The version of the outcome the card knows of.
    pub based_on: i64,
}

/// Today's cards of one colleague.
#[derive(Debug, Clone)]
pub struct Cards {
    /// The cards, in the order of the day.
    pub cards: Vec<Card>,
    /// Until when a device may keep them: the end of the day.
    pub until: Timestamp,
}

impl Casework {
    /// The asker's own cards of today. `kept`: they are put into a device (a row of its own in the chain).
    pub async fn cards(&self, session: &Session, kept: bool) -> Result<Cards> {
        transact!(self.db(), "visit.card", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let today = self.clock().today();
            let me = session.staff().get();
            let sql = format!(
                "SELECT {} FROM visit WHERE office_id = $1 AND day = $2 AND (staff_id = $3 OR buddy_id = $4) \
                 AND state IN ('planned', 'out') AND {} ORDER BY leave_at, id",
                VisitRow::COLS,
                scope.sql("case_id")
            );
            let rows: Vec<VisitRow> = tx
                .all(
                    &sql,
                    params![session.office().get(), today.to_string(), me, me],
                )
                .await?;
            let colleagues = staff::list(tx, session.office()).await?;
            let mut cards = Vec::new();
            for row in rows {
                let visit = row.read()?;
                let (of, grant) = case::open(tx, session, visit.case, Action::ReadCase).await?;
                if !grant.reaches(visit.compartment) {
                    continue;
                }
                let read = Action::ReadCompartment;
                let inside =
                    compartment::open(tx, session, &grant, visit.compartment, read).await?;
                let people = person::of_case(tx, &grant).await?;
                let principal = people.iter().find(|one| one.id == of.principal);
                let words = row.words(&inside)?;
                let label = |one: &Person| {
                    let what = match one.part {
                        person::Part::Principal => "本人",
                        _ => one.relationship.label(),
                    };
                    match one.identity.nickname.as_str() {
                        "" => what.to_owned(),
                        name => format!("{what}（{name}さん）"),
                    }
                };
                let voices = visit_heard::choices(tx, &grant, &of, &people, label).await?;
                let action = if kept {
                    "visit.card_taken"
                } else {
                    "visit.card"
                };
                let entry = grant.entry(action).because(format!("visit={}", visit.id));
                cards.push(Card {
                    visit: visit.id,
                    called: principal.map_or_else(String::new, |one| {
                        // The card may be lost in a street: what to call them, never a full name.
                        one.identity.nickname.clone()
                    }),
                    target: visit.target.label(),
                    knows: knows(of.subject_knows),
                    leave: wall(visit.leave_at),
                    back: wall(visit.return_at),
                    names: visit::names_of(&colleagues, &visit),
                    goals: visit.goals.iter().map(|goal: &Goal| goal.label()).collect(),
                    goal: words.goal,
                    place: words.place,
                    agreed: words.agreed,
                    say: words.say,
                    rules: rules(tx, &grant, &people).await?,
                    flags: flags(tx, &grant, today).await?,
                    careful: words.careful,
                    voices: voices
                        .into_iter()
                        .map(|(whose, label)| (whose.code(), label))
                        .collect(),
                    based_on: last_version(tx, visit.id).await?,
                });
                office::audit::record(tx, &entry).await?;
            }
            let tomorrow = today.tomorrow().unwrap_or(today);
            Ok(Cards {
                cards,
                until: basics::time::start_of_day(tomorrow),
            })
        })
    }
}

/// How the people may be reached, in words; the numbers and addresses themselves stay at the office.
async fn rules(conn: &mut Conn, grant: &CaseGrant, people: &[Person]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for point in contact_rule::of_case(conn, grant).await? {
        let who = match people.iter().find(|one| one.id == point.person) {
            Some(one) if one.part == person::Part::Principal => "本人",
            Some(one) => one.relationship.label(),
            None => continue,
        };
        let words = point.rules().join("、");
        let remark = match point.remark.as_str() {
            "" => String::new(),
            remark => format!("（{remark}）"),
        };
        lines.push(format!("{who}　{}：{words}{remark}", point.channel.label()));
    }
    Ok(lines)
}

async fn flags(conn: &mut Conn, grant: &CaseGrant, today: Date) -> Result<Vec<String>> {
    let standing = safety_flag::standing(conn, grant, today).await?;
    let words = |flag: &safety_flag::FlagLine| {
        format!("{}（{}）", flag.kind.label(), flag.now.level.label())
    };
    Ok(standing.iter().map(words).collect())
}

/// A browser's numbers end at 2⁵³; an identifier is longer.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape serde asks for"
)]
fn as_text<S: serde::Serializer>(id: &i64, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_str(id)
}

fn wall(at: Timestamp) -> String {
    let at = to_jst(at);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn knows(knows: case::Knows) -> &'static str {
    match knows {
        case::Knows::Knows => "",
        case::Knows::DoesNot => "本人は、相談を知りません。",
        case::Knows::Unknown => {
            "本人が相談を知っているかは、わかっていません。知らないものとして話します。"
        }
    }
}
