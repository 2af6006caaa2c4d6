//! What a person told the guide: guide.md §E1. Every answer may be missing, and missing is a normal answer.
//!
//! Nothing here names anybody, and nothing is ever written to a database: the web keeps a sheet of answers as
//! fourteen bytes in an encrypted cookie of one browser session.

use basics::MunicipalityCode;
use directory::Kind;

use crate::choice::{Choice, Set, choices};

choices! {
    /// On whose behalf the person came.
    Who, "who" {
        /// Not said.
        Unknown = "unknown",
        /// For themselves.
        Me = "self",
        /// A parent.
        Parent = "parent",
        /// A sibling.
        Sibling = "sibling",
        /// Partner, child or another relative.
        Family = "family",
        /// A neighbour or 民生委員.
        Neighbor = "neighbor",
        /// School staff.
        Teacher = "teacher",
        /// Someone who supports the person in their work.
        Supporter = "supporter",
    }
}

choices! {
    /// Where a person of 18 or younger is enrolled.
    School, "school" {
        /// Not said.
        Unknown = "unknown",
        /// 小学校・中学校.
        ShoChu = "sho_chu",
        /// 高校 and the like.
        High = "high",
        /// Nowhere.
        None = "none",
    }
}

choices! {
    /// What feels closest now; at most three.
    Want, "want" {
        /// Does not know.
        Unknown = "unknown",
        /// Only to know more.
        Info = "info",
        /// To be listened to.
        Listen = "listen",
        /// How to be with the person, as a family.
        Advice = "advice",
        /// A place to be.
        Place = "place",
        /// People with the same experience.
        Peer = "peer",
        /// Someone who comes to the home.
        Visit = "visit",
        /// Sleep, body, heart.
        Health = "health",
        /// Money.
        Money = "money",
        /// Work.
        Work = "work",
        /// School and learning.
        School = "school",
        /// After the parents are gone (親なきあと).
        Future = "future",
    }
}

choices! {
    /// Which ways are easy; channels, wishes and times together, as in the machine door.
    How, "how" {
        /// Mail and forms.
        Mail = "mail",
        /// Chat and SNS.
        Chat = "chat",
        /// Telephone.
        Tel = "tel",
        /// Online meeting.
        Online = "online",
        /// Going to the office.
        Office = "office",
        /// Being visited.
        Visit = "visit",
        /// Paper letter.
        Letter = "letter",
        /// Any of these.
        Any = "any",
        /// Without giving a name.
        Anonymous = "anonymous",
        /// Without using one's voice.
        Voiceless = "voiceless",
        /// Without leaving home.
        NoLeave = "no_leave",
        /// On weekdays by day.
        Daytime = "daytime",
        /// In the evening or at night.
        Night = "night",
        /// On days off.
        Holiday = "holiday",
    }
}

choices! {
    /// How far things have come.
    Stage, "stage" {
        /// Not said.
        Unknown = "unknown",
        /// The first time.
        S0 = "s0",
        /// Asked before; it did not last or was turned away.
        S1 = "s1",
        /// Has someone to talk to now.
        S2 = "s2",
        /// Goes to an ibasho or the like.
        S3 = "s3",
        /// Concretely preparing to work or learn.
        S4 = "s4",
    }
}

choices! {
    /// Money worries.
    Money, "money" {
        /// None said.
        None = "none",
        /// Worried.
        Anxious = "anxious",
        /// Food, rent or electricity cannot be paid.
        Urgent = "urgent",
    }
}

choices! {
    /// Illness of body or mind.
    Illness, "illness" {
        /// None said.
        None = "none",
        /// Is seeing a doctor.
        Treated = "treated",
        /// Perhaps ill.
        Suspected = "suspected",
    }
}

choices! {
    /// Disability and developmental traits.
    Dis, "dis" {
        /// Perhaps a developmental disability.
        Dev = "dev",
        /// Has a disability certificate (手帳).
        Techo = "techo",
    }
}

choices! {
    /// Things that cannot wait, or that change which window comes first.
    Risk, "risk" {
        /// Someone is in danger now.
        Danger = "danger",
        /// Thoughts of dying.
        Suicide = "suicide",
        /// The person is violent to the family.
        ViolenceToFamily = "violence_to_family",
        /// The family is violent to the person.
        AbuseFromFamily = "abuse_from_family",
        /// Debt.
        Debt = "debt",
        /// An expensive contract (引き出し屋 and the like).
        Contract = "contract",
    }
}

/// The most wishes one may choose (guide.md §E1).
pub const MOST_WANTS: usize = 3;

/// The highest age taken; above it is a slip of the finger.
pub const OLDEST: u8 = 120;

/// One sheet of answers. [`Answers::default`] is the sheet of someone who skipped everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// On whose behalf.
    pub who: Who,
    /// Age of the person in years; `None` when not said. The web asks bands ([`crate::AgeBand`]).
    pub age: Option<u8>,
    /// School, asked up to 18.
    pub school: School,
    /// Wishes, at most [`MOST_WANTS`].
    pub want: Set<Want>,
    /// Ways that are easy.
    pub how: Set<How>,
    /// How far things have come.
    pub stage: Stage,
    /// Money.
    pub money: Money,
    /// Illness.
    pub illness: Illness,
    /// Disability.
    pub dis: Set<Dis>,
    /// Risks.
    pub risk: Set<Risk>,
    /// A parent is 65 or older, or needs care.
    pub parent_old: bool,
    /// Does not want the neighbourhood to know.
    pub know_me: bool,
    /// The window that did not work out before; counts only with [`Stage::S1`].
    pub prev: Option<Kind>,
    /// Where the person lives: a municipality or, as `xx000`, a prefecture. The rules do not look at it: the web
    /// turns it into [`crate::Surroundings`].
    pub area: Option<MunicipalityCode>,
    /// Where the asker lives, if elsewhere; used for 家族会 only.
    pub asker_area: Option<MunicipalityCode>,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            who: Who::Unknown,
            age: None,
            school: School::Unknown,
            want: Set::new(),
            how: Set::new(),
            stage: Stage::Unknown,
            money: Money::None,
            illness: Illness::None,
            dis: Set::new(),
            risk: Set::new(),
            parent_old: false,
            know_me: false,
            prev: None,
            area: None,
            asker_area: None,
        }
    }
}

impl Answers {
    /// Has nothing been answered?
    pub fn is_empty(&self) -> bool {
        *self == Answers::default()
    }

    /// Takes out follow-up answers whose question no longer applies: the school of someone older than 18, the
    /// earlier window of someone who is not at that stage. The web calls it after every change of an answer.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        if self.age.is_some_and(|age| age > 18) {
            self.school = School::Unknown;
        }
        if self.stage != Stage::S1 {
            self.prev = None;
        }
        self
    }

    /// The sheet in fourteen bytes, for the encrypted cookie.
    pub fn to_bytes(&self) -> [u8; SHEET_BYTES] {
        let mut bytes = [0_u8; SHEET_BYTES];
        bytes[0] = LAYOUT;
        bytes[1] = self.who.index() | self.school.index() << 3 | self.stage.index() << 5;
        bytes[2] = self.age.unwrap_or(u8::MAX);
        bytes[3..5].copy_from_slice(&self.want.bits().to_be_bytes());
        bytes[5..7].copy_from_slice(&self.how.bits().to_be_bytes());
        bytes[7] = self.money.index()
            | self.illness.index() << 2
            | u8::from(self.parent_old) << 4
            | u8::from(self.know_me) << 5;
        bytes[8] = self.dis.bits() as u8 | (self.risk.bits() as u8) << 2;
        bytes[9] = self.prev.map_or(0, kind_number);
        bytes[10..12].copy_from_slice(&area_bytes(self.area));
        bytes[12..14].copy_from_slice(&area_bytes(self.asker_area));
        bytes
    }

    /// The sheet from [`Answers::to_bytes`]; nothing when the bytes are not such a sheet (an older layout, a
    /// damaged cookie), and then the person simply starts again.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; SHEET_BYTES] = bytes.try_into().ok()?;
        if bytes[0] != LAYOUT || bytes[7] >> 6 != 0 {
            return None;
        }
        let age = match bytes[2] {
            u8::MAX => None,
            age if age <= OLDEST => Some(age),
            _ => return None,
        };
        let want: Set<Want> = Set::from_bits(u16::from_be_bytes([bytes[3], bytes[4]]))?;
        if want.len() > MOST_WANTS {
            return None;
        }
        Some(Answers {
            who: Who::from_index(bytes[1] & 0b111)?,
            age,
            school: School::from_index(bytes[1] >> 3 & 0b11)?,
            want,
            how: Set::from_bits(u16::from_be_bytes([bytes[5], bytes[6]]))?,
            stage: Stage::from_index(bytes[1] >> 5)?,
            money: Money::from_index(bytes[7] & 0b11)?,
            illness: Illness::from_index(bytes[7] >> 2 & 0b11)?,
            dis: Set::from_bits(u16::from(bytes[8] & 0b11))?,
            risk: Set::from_bits(u16::from(bytes[8] >> 2))?,
            parent_old: bytes[7] >> 4 & 1 == 1,
            know_me: bytes[7] >> 5 & 1 == 1,
            prev: match bytes[9] {
                0 => None,
                number => Some(kind_from_number(number)?),
            },
            area: area_from([bytes[10], bytes[11]])?,
            asker_area: area_from([bytes[12], bytes[13]])?,
        })
    }
}

/// Length of [`Answers::to_bytes`].
pub const SHEET_BYTES: usize = 14;

/// Layout of [`Answers::to_bytes`]; raised whenever it changes, so that an old cookie is read as "start again".
const LAYOUT: u8 = 1;

/// The kinds the guide ranks: guide.md §E2. The municipal hall is the directory's own and not among them.
pub fn guide_kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Hall)
}

fn kind_number(kind: Kind) -> u8 {
    guide_kinds()
        .position(|known| known == kind)
        .map_or(0, |at| at as u8 + 1)
}

fn kind_from_number(number: u8) -> Option<Kind> {
    guide_kinds().nth(usize::from(number.checked_sub(1)?))
}

fn area_bytes(area: Option<MunicipalityCode>) -> [u8; 2] {
    area.map_or(0, |code| code.number()).to_be_bytes()
}

/// Outer `None`: not an area. Inner `None`: no area given.
#[allow(clippy::option_option)]
fn area_from(bytes: [u8; 2]) -> Option<Option<MunicipalityCode>> {
    match u16::from_be_bytes(bytes) {
        0 => Some(None),
        number => Some(Some(MunicipalityCode::from_number(number).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_sheet_survives_the_cookie() {
        let sheet = Answers {
            who: Who::Supporter,
            age: Some(120),
            school: School::None,
            want: Want::ALL.iter().rev().copied().take(3).collect(),
            how: How::ALL.iter().copied().collect(),
            stage: Stage::S4,
            money: Money::Urgent,
            illness: Illness::Suspected,
            dis: Dis::ALL.iter().copied().collect(),
            risk: Risk::ALL.iter().copied().collect(),
            parent_old: true,
            know_me: true,
            prev: Some(Kind::Read),
            area: MunicipalityCode::parse("15100").ok(),
            asker_area: MunicipalityCode::parse("01000").ok(),
        };
        assert_eq!(Answers::from_bytes(&sheet.to_bytes()), Some(sheet));
        assert_eq!(
            Answers::from_bytes(&Answers::default().to_bytes()),
            Some(Answers::default())
        );
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_what_is_read_is_canonical() {
        let mut state = 0x9e37_79b9_u64;
        for _ in 0..200_000 {
            let mut bytes = [0_u8; SHEET_BYTES];
            for byte in &mut bytes {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                *byte = (state >> 56) as u8;
            }
            bytes[0] = LAYOUT;
            bytes[3] &= 0b11;
            bytes[7] &= 0b11_1111;
            bytes[9] %= 26;
            bytes[10..].fill(0);
            if let Some(sheet) = Answers::from_bytes(&bytes) {
                assert_eq!(sheet.to_bytes(), bytes);
            }
        }
        assert_eq!(Answers::from_bytes(&[]), None);
        assert_eq!(Answers::from_bytes(&[9; SHEET_BYTES]), None);
    }
}
