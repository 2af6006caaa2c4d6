//! Finding: everything in the asker's reach is opened in memory, looked at and wiped.
//!
//! What may be opened is decided before anything is looked at, so nothing outside of it is ranked or counted (inv. 10).
//! Neither what was typed nor what was found is written down: the chain keeps a keyed fingerprint (inv. 19).

use super::{Source, place};
use crate::case::{self, Case};
use crate::person::{self, Person};
use crate::{Casework, Error, Result, note};
use basics::{CaseId, CompartmentId, NoteId, ThreadId, fold, time::from_micros};
use jiff::civil::Date;
use memchr::memmem::Finder;
use office::access::{
    self, Action, CaseGrantInList, CaseScope, CompartmentGrant, CompartmentKind, CompartmentRef,
};
use office::session::Session;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Conn, params, transact};

/// How many lines a page shows; the count says how many there are.
pub const LINES: usize = 50;
/// More words than this are not a search.
const TERMS: usize = 8;
/// A telephone number is looked for by at least so many digits.
const DIGITS: usize = 4;

/// What was found, best first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// At most [`LINES`].
    pub lines: Vec<Hit>,
    /// How many there are.
    pub total: usize,
    /// The one case whose number was typed, when nothing else was.
    pub jump: Option<CaseId>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What it is.
    pub what: What,
    /// Which case it leads to; a letter may belong to none.
    pub case: Option<CaseId>,
    /// The case's number.
    pub number: Option<i64>,
    /// What to call the person of the case.
    pub principal: String,
    /// When it was written; `None` for a number.
    pub on: Option<Date>,
    /// For a note: the words around what was found; empty for everything else.
    pub excerpt: String,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The number of a case.
    Case,
    /// The number of a thread of letters.
    Thread(ThreadId),
    /// Words: where, and which row.
    Words(Source, i64),
}

/// What was typed, made ready for looking.
struct Sought {
    /// Folded words, all of which must be found.
    words: Vec<Term>,
    /// A number, when a number and nothing else was typed.
    number: Option<i64>,
    /// The whole of it, for the fingerprint.
    whole: String,
}

struct Term {
    finder: Finder<'static>,
    /// The same in digits alone, when it looks like a telephone number.
    digits: Option<Finder<'static>>,
}

impl Sought {
    fn of(typed: &str) -> Self {
        let words: Vec<String> = typed
            .split_whitespace()
            .map(fold)
            .filter(|word| !word.is_empty())
            .take(TERMS)
            .collect();
        let number = match &words[..] {
            [one] => number(one),
            _ => None,
        };
        let whole = words.join(" ");
        let words = words.iter().map(|word| Term::of(word)).collect();
        Self {
            words,
            number,
            whole,
        }
    }

    fn all(&self) -> u16 {
        (1 << self.words.len()) - 1
    }

    /// The words around the first of the terms that stands in a text; its beginning, when the terms stand elsewhere.
    fn around(&self, text: &str) -> String {
        const BEFORE: usize = 16;
        const AFTER: usize = 56;
        let chars: Vec<char> = text.split_whitespace().flat_map(str::chars).collect();
        // Folded character by character, with the place each came from.
        let (mut folded, mut from) = (String::new(), Vec::new());
        for (at, c) in chars.iter().enumerate() {
            let piece = fold(c.encode_utf8(&mut [0; 4]));
            from.resize(from.len() + piece.len(), at);
            folded.push_str(&piece);
        }
        let places = self.words.iter();
        let places = places.filter_map(|term| term.finder.find(folded.as_bytes()));
        let at = places
            .min()
            .and_then(|byte| from.get(byte).copied())
            .unwrap_or(0);
        let (begin, end) = (at.saturating_sub(BEFORE), (at + AFTER).min(chars.len()));
        let words: String = chars[begin..end].iter().collect();
        let before = if begin > 0 { "…" } else { "" };
        let after = if end < chars.len() { "…" } else { "" };
        format!("{before}{words}{after}")
    }

    /// Which of the terms stand in it, as bits.
    fn look(&self, source: Option<Source>, folded: &[u8]) -> u16 {
        let phones = (source == Some(Source::ContactPoint)).then(|| digits_of(folded));
        let mut found = 0;
        for (bit, term) in self.words.iter().enumerate() {
            let as_number = phones.as_ref().zip(term.digits.as_ref());
            if term.finder.find(folded).is_some()
                || as_number.is_some_and(|(phone, digits)| digits.find(phone).is_some())
            {
                found |= 1 << bit;
            }
        }
        found
    }
}

impl Term {
    fn of(word: &str) -> Self {
        let digits = digits_of(word.as_bytes());
        let phone = digits.len() >= DIGITS
            && word
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '(' | ')' | '+' | '/'));
        Self {
            digits: phone.then(|| Finder::new(&digits[..]).into_owned()),
            finder: Finder::new(word).into_owned(),
        }
    }
}

fn digits_of(text: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(text.iter().copied().filter(u8::is_ascii_digit).collect())
}

/// 「12」「12番」「No.12」「#12」「ケース12」, folded.
fn number(folded: &str) -> Option<i64> {
    let bare = ["けす", "no", "#", "第"]
        .iter()
        .find_map(|before| folded.strip_prefix(before))
        .unwrap_or(folded);
    let bare = bare
        .strip_suffix('番')
        .or_else(|| bare.strip_suffix('号'))
        .unwrap_or(bare);
    let digits = bare.len() <= 9 && bare.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| bare.parse().ok()).flatten()
}

/// A row that has at least one of the words; what it says is not kept.
struct Candidate {
    source: Source,
    row: i64,
    case: CaseId,
    compartment: Option<i64>,
    at: i64,
    words: u16,
}

impl Candidate {
    /// 0 a number (never here), 1 a name, 2 a way to reach somebody, 3 words.
    fn rank(&self) -> u8 {
        match self.source {
            Source::Person => 1,
            Source::ContactPoint => 2,
            _ => 3,
        }
    }
}

/// The keys of everything in reach, opened once each.
struct Keys<'s> {
    scope: &'s CaseScope,
    cases: HashMap<CaseId, Case>,
    compartments: HashMap<i64, (CaseId, CompartmentKind, Vec<u8>)>,
    sheets: HashMap<CaseId, Option<CaseGrantInList>>,
    opened: HashMap<i64, Option<CompartmentGrant>>,
}

impl<'s> Keys<'s> {
    async fn gather(conn: &mut Conn, scope: &'s CaseScope) -> Result<Self> {
        let cases = case::in_scope(conn, scope).await?;
        let sql = format!(
            "SELECT c.id, c.case_id, c.kind, c.wrapped_key FROM compartment c JOIN casefile f ON f.id = c.case_id \
             WHERE f.office_id = $1 AND {}",
            scope.sql("c.case_id")
        );
        let mut compartments = HashMap::new();
        conn.each(
            &sql,
            params![scope.office().get()],
            |(id, case, kind, key): (i64, i64, String, Vec<u8>)| {
                if let Some(kind) = CompartmentKind::from_code(&kind) {
                    compartments.insert(id, (CaseId::from(case), kind, key));
                }
                Ok(())
            },
        )
        .await?;
        Ok(Self {
            scope,
            cases: cases.into_iter().map(|case| (case.id, case)).collect(),
            compartments,
            sheets: HashMap::new(),
            opened: HashMap::new(),
        })
    }

    fn compartment(&mut self, id: i64) -> Option<&CompartmentGrant> {
        let (scope, known) = (self.scope, &self.compartments);
        let grant = self.opened.entry(id).or_insert_with(|| {
            let (case, kind, wrapped_key) = known.get(&id)?;
            scope.compartment(CompartmentRef {
                case: *case,
                id: CompartmentId::from(id),
                kind: *kind,
                wrapped_key,
            })
        });
        grant.as_ref()
    }

    fn sheet(&mut self, id: CaseId) -> Option<&CaseGrantInList> {
        let (scope, known) = (self.scope, &self.cases);
        let sheet = self
            .sheets
            .entry(id)
            .or_insert_with(|| scope.face_sheet(known.get(&id)?.reference()));
        sheet.as_ref()
    }

    /// Which of the words stand in one row. What cannot be opened has none of them.
    fn look(&mut self, sought: &Sought, row: &FindableRow, source: Source) -> u16 {
        let place = place(row.row_id);
        let look = |folded: &[u8]| sought.look(Some(source), folded);
        let seen = match row.compartment_id {
            Some(id) => {
                let of_its_case = self
                    .compartments
                    .get(&id)
                    .is_some_and(|(case, ..)| case.get() == row.case_id);
                match self.compartment(id) {
                    Some(grant) if of_its_case => grant.peek(&row.folded, &place, look).ok(),
                    _ => None,
                }
            }
            None => self
                .sheet(row.case_id.into())
                .and_then(|sheet| sheet.peek(&row.folded, &place, look).ok()),
        };
        seen.unwrap_or(0)
    }
}

store::row! {
    struct FindableRow {
        pub source: String,
        pub row_id: i64,
        pub case_id: i64,
        pub compartment_id: Option<i64>,
        pub at: i64,
        pub folded: Vec<u8>,
    }
}

impl Casework {
    /// Finds numbers, names, telephone numbers and words in what the asker may open. All the words typed must be found:
    /// in one place, or partly in the face sheet of the same case.
    pub async fn search(&self, session: &Session, typed: &str) -> Result<Found> {
        let sought = Sought::of(typed);
        let scope = transact!(self.db(), "case.search", |tx| {
            let scope = access::case_scope(tx, session, Action::SearchCases).await?;
            let entry = scope.entry("case.searched", session.clock().now());
            let entry = entry.because(format!("term={}", scope.fingerprint(&sought.whole)));
            office::audit::record(tx, &entry).await?;
            Ok::<_, Error>(scope)
        })?;
        if sought.words.is_empty() {
            return Ok(Found::default());
        }
        let mut conn = self.db().read().await?;
        let mut keys = Keys::gather(&mut conn, &scope).await?;
        let mut found = by_number(&mut conn, &scope, &mut keys, &sought).await?;
        found.jump = match found.lines.as_slice() {
            [only] if only.what == What::Case => only.case,
            _ => None,
        };
        let mut rows = scan(&mut conn, &scope, &mut keys, &sought).await?;
        if !rows.is_empty() {
            found.jump = None;
        }
        found.total += rows.len();
        rows.truncate(LINES.saturating_sub(found.lines.len()));
        let mut words = excerpts(&mut conn, &mut keys, &sought, &rows, session).await?;
        found.lines.extend(rows.into_iter().map(|row| Hit {
            what: What::Words(row.source, row.row),
            case: Some(row.case),
            number: None,
            principal: String::new(),
            on: Some(basics::time::to_jst(from_micros(row.at)).date()),
            excerpt: String::new(),
        }));
        name_the_cases(&mut conn, &scope, &keys, &mut found.lines).await?;
        drop(conn);
        for line in &mut found.lines {
            if let What::Words(Source::Note, note) = line.what {
                line.excerpt = words.notes.remove(&note).unwrap_or_default();
            }
        }
        if !words.opened.is_empty() {
            // What was read aloud on the page was read: the same row as for opening the compartment.
            transact!(self.db(), "case.search_found", |tx| {
                for compartment in &words.opened {
                    let mut entry = scope.entry("compartment.read", session.clock().now());
                    entry.subject = access::compartment_subject(*compartment);
                    office::audit::record(tx, &entry.because("search")).await?;
                }
                Ok::<_, Error>(())
            })?;
        }
        Ok(found)
    }
}

/// Reads every findable row in reach once, the face sheets first.
async fn scan(
    conn: &mut Conn,
    scope: &CaseScope,
    keys: &mut Keys<'_>,
    sought: &Sought,
) -> Result<Vec<Candidate>> {
    let mut rows: Vec<Candidate> = Vec::new();
    let mut on_sheet: HashMap<CaseId, u16> = HashMap::new();
    for where_it_lies in ["IS NULL", "IS NOT NULL"] {
        let sql = format!(
            "SELECT f.source, f.row_id, f.case_id, f.compartment_id, f.at, f.folded FROM findable f \
             JOIN casefile c ON c.id = f.case_id \
             WHERE c.office_id = $1 AND f.compartment_id {where_it_lies} AND {}",
            scope.sql("f.case_id")
        );
        conn.each(&sql, params![scope.office().get()], |row: FindableRow| {
            let Some(source) = Source::from_code(&row.source) else {
                return Ok(());
            };
            let words = keys.look(sought, &row, source);
            if words != 0 {
                let case = CaseId::from(row.case_id);
                if row.compartment_id.is_none() {
                    *on_sheet.entry(case).or_default() |= words;
                }
                rows.push(Candidate {
                    source,
                    row: row.row_id,
                    case,
                    compartment: row.compartment_id,
                    at: row.at,
                    words,
                });
            }
            Ok(())
        })
        .await?;
    }
    let all = sought.all();
    rows.retain(|row| row.words | on_sheet.get(&row.case).copied().unwrap_or(0) == all);
    rows.sort_by_key(|row| (row.rank(), std::cmp::Reverse(row.at), row.row));
    Ok(rows)
}

/// The case and the threads of letters with this number.
async fn by_number(
    conn: &mut Conn,
    scope: &CaseScope,
    keys: &mut Keys<'_>,
    sought: &Sought,
) -> Result<Found> {
    let mut found = Found::default();
    let Some(number) = sought.number else {
        return Ok(found);
    };
    let of_case = keys.cases.values().find(|case| case.number == number);
    found.lines.extend(of_case.map(|case| Hit {
        what: What::Case,
        case: Some(case.id),
        number: Some(number),
        principal: String::new(),
        on: None,
        excerpt: String::new(),
    }));
    if let Some(thread) = mailbox::of_case::numbered(conn, scope.office(), number).await? {
        let in_reach = match thread.part_of {
            None => true,
            Some((case, compartment, _)) => {
                keys.cases.contains_key(&case) && keys.compartment(compartment.get()).is_some()
            }
        };
        if in_reach {
            found.lines.push(Hit {
                what: What::Thread(thread.id),
                case: thread.part_of.map(|(case, ..)| case),
                number: None,
                principal: String::new(),
                on: Some(basics::time::to_jst(thread.last_letter_at).date()),
                excerpt: String::new(),
            });
        }
    }
    found.total = found.lines.len();
    Ok(found)
}

/// Words around what was found, and the compartments they were opened in.
#[derive(Default)]
struct Excerpts {
    notes: HashMap<i64, String>,
    opened: BTreeSet<CompartmentId>,
}

/// Opens the notes that are shown, and no others. A colleague's draft stays theirs.
async fn excerpts(
    conn: &mut Conn,
    keys: &mut Keys<'_>,
    sought: &Sought,
    rows: &[Candidate],
    session: &Session,
) -> Result<Excerpts> {
    let mut by_compartment: BTreeMap<i64, Vec<NoteId>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.source == Source::Note) {
        if let Some(compartment) = row.compartment {
            by_compartment
                .entry(compartment)
                .or_default()
                .push(row.row.into());
        }
    }
    let mut found = Excerpts::default();
    for (compartment, ids) in by_compartment {
        let Some(grant) = keys.compartment(compartment) else {
            continue;
        };
        for note in note::these(conn, grant, &ids).await? {
            if note.state == note::State::Draft && note.author != session.staff() {
                continue;
            }
            let words: Vec<&str> = note.blocks().iter().map(|block| &*block.text).collect();
            found
                .notes
                .insert(note.id.get(), sought.around(&words.join(" ")));
            found.opened.insert(CompartmentId::from(compartment));
        }
    }
    Ok(found)
}

/// Numbers and what to call people, for the cases that are shown.
async fn name_the_cases(
    conn: &mut Conn,
    scope: &CaseScope,
    keys: &Keys<'_>,
    lines: &mut [Hit],
) -> Result<()> {
    let shown: Vec<CaseId> = lines.iter().filter_map(|line| line.case).collect();
    let people = person::of_cases(conn, scope, Some(&shown)).await?;
    for line in lines {
        let Some(case) = line.case.and_then(|id| keys.cases.get(&id)) else {
            continue;
        };
        line.number = Some(case.number);
        let mut of_case = people.get(&case.id).into_iter().flatten();
        line.principal = of_case
            .find(|person| person.id == case.principal)
            .map_or_else(|| "本人".to_owned(), Person::label);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_by_how_it_is_written() {
        for typed in ["12", "１２", "12番", "No.12", "#12", "ケース12", "第12号"] {
            assert_eq!(Sought::of(typed).number, Some(12), "{typed}");
        }
        for typed in ["12 母", "一二", "すみれ", ""] {
            assert_eq!(Sought::of(typed).number, None, "{typed}");
        }
    }

    #[test]
    fn an_excerpt_stands_around_what_was_found() {
        let text = format!(
            "{}夜にコンビニまで歩いた。{}",
            "あ".repeat(40),
            "い".repeat(80)
        );
        let words = Sought::of("こんびに").around(&text);
        assert!(words.starts_with("…あ") && words.contains("コンビニまで") && words.ends_with('…'));
        assert_eq!(Sought::of("べつ").around("短い 記録"), "短い記録");
    }

    #[test]
    fn a_telephone_number_is_found_however_it_is_written() {
        // No telephone number stands in the program's text, so this one is put together.
        let (area, town, rest) = (
            "0".to_owned() + "997",
            "1".to_owned() + "2",
            "34".to_owned() + "56",
        );
        let kept = fold(&format!("({area})-{town}-{rest}"));
        for typed in [
            format!("{area}-{town}{rest}"),
            format!("({area}){town}"),
            area.clone(),
        ] {
            let seen = Sought::of(&typed).look(Some(Source::ContactPoint), kept.as_bytes());
            assert_eq!(seen, 1, "{typed}");
        }
        let elsewhere = Sought::of(&area).look(Some(Source::Note), "なし".as_bytes());
        assert_eq!(elsewhere, 0);
    }
}
