//! The household and its ties: who lived here from when, who is whose parent, how people stand to each other, and which
//! places are connected with them. Drawn as genogram and ecomap ([`crate::drawing`]).
//!
//! All of it grants nothing to anybody (inv. 2): no function of `office::access` reads these tables.

mod ledger;

pub(crate) use ledger::{Passing, noted_days, of_case, passed};

use crate::codes::codes;
use crate::partial_day::PartialDay;
use crate::person::Relationship;
use basics::PersonId;
use std::collections::BTreeMap;

codes! {
    /// Whether somebody lives (or lived) with the household.
    Cohabiting {
        /// 同居
        Together = "together", "いっしょに暮らす";
        /// 別居
        Apart = "apart", "離れて暮らす";
        /// わからない
        Unknown = "unknown", "わからない";
    }
}

codes! {
    /// How two people are related.
    Kin {
        /// a is a parent of b.
        Parent = "parent", "親子";
        /// Married or living as partners.
        Partner = "partner", "夫婦・パートナー";
        /// No longer.
        Divorced = "divorced", "離婚・離別";
        /// Siblings whose parents are not drawn, or only half.
        Sibling = "sibling", "きょうだい";
        /// Anything else: a grandmother who brought somebody up.
        Other = "other", "ほかのつながり";
    }
}

codes! {
    /// How they stand to each other, as somebody said.
    Quality {
        /// Nothing said.
        Plain = "plain", "とくに聞いていない";
        /// 親しい
        Close = "close", "親しい";
        /// 疎遠
        Distant = "distant", "離れている";
        /// 対立
        Conflict = "conflict", "ぶつかることが多い";
        /// 絶縁
        Cut = "cut", "行き来がない";
    }
}

codes! {
    /// A kind of place around the household.
    TieKind {
        /// 医療
        Medical = "medical", "医療";
        /// 福祉
        Welfare = "welfare", "福祉の窓口";
        /// 保健
        Health = "health", "保健所・保健センター";
        /// 地域包括支援センター
        Elderly = "elderly", "地域包括支援センター";
        /// 学校
        School = "school", "学校";
        /// 仕事
        Work = "work", "仕事";
        /// 居場所
        Ibasho = "ibasho", "居場所";
        /// 親族
        Relatives = "relatives", "親族";
        /// 友人
        Friends = "friends", "友人・知人";
        /// 近所
        Neighbours = "neighbours", "近所";
        /// ネット
        Online = "online", "ネットの仲間";
        /// 趣味
        Hobby = "hobby", "趣味";
        /// その他
        Other = "other", "ほか";
    }
}

codes! {
    /// Which way strength flows.
    Direction {
        /// Both ways.
        Both = "both", "おたがいに";
        /// From the household to the place.
        To = "to", "こちらから";
        /// From the place to the household.
        From = "from", "あちらから";
        /// None said.
        Unsaid = "none", "とくになし";
    }
}

/// One stretch of living with the household.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its identifier.
    pub id: i64,
    /// Who.
    pub person: PersonId,
    /// What they are in the household.
    pub relation: Relationship,
    /// Whether they live together.
    pub cohabiting: Cohabiting,
    /// From when.
    pub from: Option<PartialDay>,
    /// Until when.
    pub until: Option<PartialDay>,
    /// Who said so; `None`: seen by the staff.
    pub source: Option<PersonId>,
}

/// A new stretch.
#[derive(Debug, Clone)]
pub struct NewMembership {
    /// Who.
    pub person: PersonId,
    /// What they are in the household.
    pub relation: Relationship,
    /// Whether they live together.
    pub cohabiting: Cohabiting,
    /// From when.
    pub from: Option<PartialDay>,
    /// Until when.
    pub until: Option<PartialDay>,
    /// Who said so.
    pub source: Option<PersonId>,
}

/// How two people are related.
#[derive(Debug, Clone)]
pub struct Kinship {
    /// Its identifier.
    pub id: i64,
    /// One; for [`Kin::Parent`] the parent.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// How.
    pub kind: Kin,
    /// How they stand to each other.
    pub quality: Quality,
    /// Who said so.
    pub source: Option<PersonId>,
}

/// How two people are related, as a form gives it. The same two and the same kind again replace what was.
#[derive(Debug, Clone, Copy)]
pub struct NewKinship {
    /// One; for [`Kin::Parent`] the parent.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// How.
    pub kind: Kin,
    /// How they stand to each other.
    pub quality: Quality,
    /// Who said so.
    pub source: Option<PersonId>,
}

/// A tie to a place or a circle.
#[derive(Debug, Clone)]
pub struct Tie {
    /// Its identifier.
    pub id: i64,
    /// Whose; `None`: the household's.
    pub person: Option<PersonId>,
    /// What kind of place.
    pub kind: TieKind,
    /// How it goes.
    pub quality: Quality,
    /// Which way.
    pub direction: Direction,
    /// What it is called.
    pub name: String,
    /// Who said so.
    pub source: Option<PersonId>,
}

/// A new tie.
#[derive(Debug, Clone)]
pub struct NewTie {
    /// Whose; `None`: the household's.
    pub person: Option<PersonId>,
    /// What kind of place.
    pub kind: TieKind,
    /// How it goes.
    pub quality: Quality,
    /// Which way.
    pub direction: Direction,
    /// What it is called; may be empty.
    pub name: String,
    /// Who said so.
    pub source: Option<PersonId>,
}

/// All that is known of a household.
#[derive(Debug, Clone, Default)]
pub struct Household {
    /// Who lived with it, in the order noted.
    pub members: Vec<Membership>,
    /// Kinship.
    pub kinship: Vec<Kinship>,
    /// Who died, and when as far as it is known.
    pub passed: BTreeMap<PersonId, Option<PartialDay>>,
    /// Ties to the world around.
    pub ties: Vec<Tie>,
}

impl Household {
    /// Whether somebody lives with the household now, as far as it is known.
    pub fn lives_here(&self, person: PersonId) -> bool {
        !self.passed.contains_key(&person)
            && self.members.iter().any(|member| {
                member.person == person
                    && member.cohabiting == Cohabiting::Together
                    && member.until.is_none()
            })
    }
}

/// Which of the dated entries about a household is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A stretch of living together.
    Membership(i64),
    /// Kinship.
    Kinship(i64),
    /// A tie.
    Tie(i64),
    /// That somebody died.
    Passing(PersonId),
}
