//! Ways to reach somebody, and the rules that go with each: when, under which name, and what not to do.
//!
//! A ban beats every workflow (inv. 9): whoever calls, writes, visits or sends asks [`in_the_way`] first. The centre's name is
//! used only where somebody said it may be ([`sender_words`], inv. 28). A changed rule is a new row; the old one stays.

mod in_the_way;
mod keeping;

pub(crate) use in_the_way::in_the_way;
pub use in_the_way::{Attempt, InTheWay, Within, judge};
pub use keeping::NumberFound;
pub(crate) use keeping::phones;

use crate::codes::codes;
use crate::person::Person;
use crate::{Error, Result};
use basics::PersonId;
use basics::time::from_micros;
use jiff::{Timestamp, civil::Time};
use office::access::CaseGrant;
use serde::{Deserialize, Serialize};
use store::{Conn, params};
use vault::{Json, Place, Sealed};

codes! {
    /// By which way.
    Channel {
        /// 自宅の電話
        HomePhone = "home_phone", "自宅の電話";
        /// 携帯電話
        Mobile = "mobile", "携帯電話";
        /// メール
        Mail = "mail", "メール";
        /// SNS
        Sns = "sns", "SNS";
        /// 手紙・郵便
        Letter = "letter", "手紙・郵便";
        /// 訪問
        Visit = "visit", "訪問";
        /// すべて
        Any = "any", "すべての連絡";
    }
}

impl Channel {
    /// Whether it rings somewhere.
    pub fn is_phone(self) -> bool {
        matches!(self, Self::HomePhone | Self::Mobile)
    }
}

codes! {
    /// What to do when somebody else answers.
    Others {
        /// Say nothing of what it is about.
        Hang = "hang", "ほかの人が出たら、用件を言わずに切る";
        /// Ask for the person, under the agreed name.
        Ask = "ask", "ほかの人が出たら、取り次ぎだけ頼む";
        /// It may be said.
        Fine = "fine", "ほかの人が出ても、話してよい";
    }
}

/// What was typed about a way to reach somebody: sealed into the face sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Words {
    value: String,
    ourselves: String,
    remark: String,
}

/// A way to reach somebody, with its rules.
#[derive(Debug, Clone)]
pub struct ContactPoint {
    /// Its identifier.
    pub id: i64,
    /// Whose.
    pub person: PersonId,
    /// By which way.
    pub channel: Channel,
    /// The number, the address; empty where the way needs none.
    pub value: String,
    /// From when it may be used; with `until` before it: over midnight. `None`: at any time.
    pub from: Option<Time>,
    /// Until when.
    pub until: Option<Time>,
    /// Whether the centre's name may be said or printed.
    pub may_say_centre_name: bool,
    /// What to do when somebody else answers.
    pub others: Others,
    /// What to call ourselves; empty: nothing agreed.
    pub ourselves: String,
    /// Anything else: 「母が出たら切る」.
    pub remark: String,
    /// 使わない: beats every workflow.
    pub ban: bool,
    /// When it was written down.
    pub noted_at: Timestamp,
}

/// A way to reach somebody, as a form gives it.
#[derive(Debug, Clone)]
pub struct NewContactPoint {
    /// By which way.
    pub channel: Channel,
    /// The number, the address.
    pub value: String,
    /// From when it may be used.
    pub from: Option<Time>,
    /// Until when.
    pub until: Option<Time>,
    /// Whether the centre's name may be said or printed.
    pub may_say_centre_name: bool,
    /// What to do when somebody else answers.
    pub others: Others,
    /// What to call ourselves.
    pub ourselves: String,
    /// Anything else.
    pub remark: String,
    /// Not to be used.
    pub ban: bool,
}

impl NewContactPoint {
    /// The careful beginning: no centre name, nothing to anybody else.
    pub fn careful(channel: Channel, value: &str) -> Self {
        Self {
            channel,
            value: value.to_owned(),
            from: None,
            until: None,
            may_say_centre_name: false,
            others: Others::Hang,
            ourselves: String::new(),
            remark: String::new(),
            ban: false,
        }
    }

    fn checked(&self) -> Result<()> {
        let needs_value = !self.ban && !matches!(self.channel, Channel::Visit | Channel::Any);
        if needs_value && self.value.is_empty() {
            return Err(Error::invalid("value", "番号や宛先を書いてください。"));
        }
        if self.channel == Channel::Any && !self.ban {
            return Err(Error::invalid(
                "channel",
                "「すべての連絡」は、連絡しないと決めるときだけ選べます。",
            ));
        }
        if self.channel.is_phone() && !self.value.is_empty() && digits(&self.value).len() < 4 {
            return Err(Error::invalid("value", "電話番号を数字で書いてください。"));
        }
        let lengths = [
            ("value", &self.value, 200),
            ("ourselves", &self.ourselves, 60),
            ("remark", &self.remark, 200),
        ];
        for (field, text, most) in lengths {
            if text.chars().count() > most {
                return Err(Error::invalid(
                    field,
                    format!("{most}文字までで書いてください。"),
                ));
            }
        }
        if self.from.is_some() != self.until.is_some() {
            return Err(Error::invalid(
                "from",
                "時間は、「から」と「まで」の両方を書いてください。",
            ));
        }
        Ok(())
    }

    /// What a search finds it by: as typed, and the digits alone.
    fn searchable(&self) -> String {
        format!("{}\n{}", self.value, digits(&self.value))
    }
}

/// The digits of what was typed, full width or not, without anything between them.
pub fn digits(text: &str) -> String {
    basics::fold(text)
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

impl ContactPoint {
    /// Whether it may be used at this time of day.
    pub fn open_at(&self, now: Time) -> bool {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from <= until => from <= now && now < until,
            (Some(from), Some(until)) => now >= from || now < until,
            _ => true,
        }
    }

    /// The rules as somebody would say them: 「21時以降だけ」「センターの名前は出さない」.
    pub fn rules(&self) -> Vec<String> {
        if self.ban {
            return vec![match self.channel {
                Channel::Any => "どの方法でも、連絡しない".to_owned(),
                Channel::Visit => "訪問しない".to_owned(),
                _ => "使わない".to_owned(),
            }];
        }
        let mut rules = Vec::new();
        if let (Some(from), Some(until)) = (self.from, self.until) {
            rules.push(format!("{}から{}まで", hour(from), hour(until)));
        }
        let named = if self.may_say_centre_name {
            "センターの名前を出してよい"
        } else {
            "センターの名前は出さない"
        };
        rules.push(named.to_owned());
        if !self.ourselves.is_empty() {
            rules.push(format!("「{}」と名乗る", self.ourselves));
        }
        if self.channel.is_phone() {
            rules.push(self.others.label().to_owned());
        }
        rules
    }
}

fn hour(time: Time) -> String {
    match time.minute() {
        0 => format!("{}時", time.hour()),
        minute => format!("{}時{minute:02}分", time.hour()),
    }
}

store::row! {
    struct PointRow {
        pub id: i64,
        pub person_id: i64,
        pub channel: String,
        pub words: Vec<u8>,
        pub from_time: Option<String>,
        pub until_time: Option<String>,
        pub may_say_centre_name: bool,
        pub others: String,
        pub ban: bool,
        pub noted_at: i64,
    }
}

fn place(point: i64) -> Place {
    Place {
        table: "contact_point",
        row: point,
        column: "words",
    }
}

fn read(row: PointRow, words: Words) -> Result<ContactPoint> {
    let time = |text: Option<String>| -> Result<Option<Time>> {
        text.map(|text| text.parse())
            .transpose()
            .map_err(|_| Error::Damaged("contact_point.from_time"))
    };
    Ok(ContactPoint {
        id: row.id,
        person: row.person_id.into(),
        channel: Channel::from_code(&row.channel).ok_or(Error::Damaged("contact_point.channel"))?,
        value: words.value,
        from: time(row.from_time)?,
        until: time(row.until_time)?,
        may_say_centre_name: row.may_say_centre_name,
        others: Others::from_code(&row.others).ok_or(Error::Damaged("contact_point.others"))?,
        ourselves: words.ourselves,
        remark: words.remark,
        ban: row.ban,
        noted_at: from_micros(row.noted_at),
    })
}

/// All ways to reach the people of an opened case; bans first.
pub(crate) async fn of_case(conn: &mut Conn, grant: &CaseGrant) -> Result<Vec<ContactPoint>> {
    let sql = format!(
        "SELECT {} FROM contact_point WHERE case_id = $1 AND ended_at IS NULL ORDER BY ban DESC, noted_at, id",
        PointRow::COLS
    );
    let rows: Vec<PointRow> = conn.all(&sql, params![grant.case().get()]).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<Json<Words>>::from_bytes(row.words.clone());
            let Json(words) = grant.open(&sealed, &place(row.id))?;
            read(row, words)
        })
        .collect()
}

/// All ways to reach one person; bans first.
pub(crate) async fn of_person(
    conn: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
) -> Result<Vec<ContactPoint>> {
    let mut points = of_case(conn, grant).await?;
    points.retain(|point| point.person == person);
    Ok(points)
}

/// One rule as a colleague reads it before calling or going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// Whose.
    pub person: String,
    /// By which way.
    pub channel: &'static str,
    /// 「21時から23時まで」「センターの名前は出さない」「「山本」と名乗る」
    pub rules: String,
    /// Anything else that was said about it.
    pub remark: String,
    /// Not to be used.
    pub ban: bool,
}

/// The rules of an opened case in words; bans first.
pub(crate) async fn in_words(
    conn: &mut Conn,
    grant: &CaseGrant,
    people: &[Person],
) -> Result<Vec<RuleLine>> {
    let points = of_case(conn, grant).await?;
    Ok(points
        .iter()
        .map(|point| RuleLine {
            person: people
                .iter()
                .find(|one| one.id == point.person)
                .map(Person::label)
                .unwrap_or_default(),
            channel: point.channel.label(),
            rules: point.rules().join("、"),
            remark: point.remark.clone(),
            ban: point.ban,
        })
        .collect())
}

/// Under which name something goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The words for the envelope or the first sentence; empty: a colleague's own name, and nothing of the centre.
    pub words: String,
    /// Whether they are the centre's name.
    pub names_centre: bool,
}

/// The sender's name for a letter, an envelope or a call: the centre's only where a rule allows it (inv. 28).
pub fn sender_words(rule: Option<&ContactPoint>, office: &str) -> Sender {
    match rule {
        Some(rule) if rule.may_say_centre_name => Sender {
            words: office.to_owned(),
            names_centre: true,
        },
        other => Sender {
            words: other.map(|rule| rule.ourselves.clone()).unwrap_or_default(),
            names_centre: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn point(channel: Channel) -> ContactPoint {
        ContactPoint {
            id: 1,
            person: 1.into(),
            channel,
            value: "x".to_owned(),
            from: None,
            until: None,
            may_say_centre_name: false,
            others: Others::Hang,
            ourselves: String::new(),
            remark: String::new(),
            ban: false,
            noted_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn reaching(channel: Channel) -> Attempt {
        Attempt {
            person: 1.into(),
            channel,
            point: None,
        }
    }

    #[test]
    fn a_ban_beats_everything_and_one_number_is_not_the_other() {
        let noon = Some(time(12, 0, 0, 0).into());
        let mut home = point(Channel::HomePhone);
        home.ban = true;
        let all = [home.clone(), point(Channel::Mobile)];
        assert!(judge(&all, &reaching(Channel::HomePhone), noon).is_err());
        assert!(judge(&all, &reaching(Channel::Mobile), noon).is_ok());
        let mut any = point(Channel::Any);
        any.ban = true;
        let all = [point(Channel::Mobile), any];
        assert!(judge(&all, &reaching(Channel::Mobile), noon).is_err());
        assert!(judge(&all, &reaching(Channel::Visit), noon).is_err());
    }

    #[test]
    fn hours_may_run_over_midnight() {
        let mut home = point(Channel::HomePhone);
        home.from = Some(time(21, 0, 0, 0));
        home.until = Some(time(2, 0, 0, 0));
        assert!(home.open_at(time(23, 30, 0, 0)) && home.open_at(time(1, 0, 0, 0)));
        assert!(!home.open_at(time(12, 0, 0, 0)));
        let all = [home];
        let asked = reaching(Channel::HomePhone);
        assert!(judge(&all, &asked, Some(time(12, 0, 0, 0).into())).is_err());
        assert!(judge(&all, &asked, Some(time(22, 0, 0, 0).into())).is_ok());
    }

    #[test]
    fn the_centre_is_named_only_where_it_may_be() {
        let mut rule = point(Channel::Letter);
        assert_eq!(sender_words(None, "みどり").words, "");
        assert_eq!(sender_words(Some(&rule), "みどり").words, "");
        rule.ourselves = "山本".to_owned();
        assert_eq!(sender_words(Some(&rule), "みどり").words, "山本");
        rule.may_say_centre_name = true;
        let sender = sender_words(Some(&rule), "みどり");
        assert!(sender.names_centre && sender.words == "みどり");
    }

    #[test]
    fn digits_are_found_however_they_were_typed() {
        assert_eq!(digits("（０２５）１１１‐２２ 33"), "0251112233");
    }
}
