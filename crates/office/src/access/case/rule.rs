//! The whole rule of who reaches which case and which compartment of it ([`judge`]), and the facts of custody it is asked
//! about. Lists, search, single cases, letters and counts all come here.

use crate::error::Result;
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, CompartmentId, OfficeId};
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, params};

/// What a compartment (守秘区画) is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompartmentKind {
    /// 本人
    Principal,
    /// 家族: one person of the family.
    Family,
    /// 共同: spoken together; every party is a holder.
    Joint,
    /// 職員: the staff's working notes.
    Staff,
}

impl CompartmentKind {
    /// Every kind, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Principal, Self::Family, Self::Joint, Self::Staff];

    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Family => "family",
            Self::Joint => "joint",
            Self::Staff => "staff",
        }
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Principal => "本人",
            Self::Family => "家族",
            Self::Joint => "共同",
            Self::Staff => "職員",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What must be known of a case to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct CaseRef<'a> {
    /// Whose it is.
    pub office: OfficeId,
    /// Which one.
    pub id: CaseId,
    /// The key of its face sheet (フェースシート: names, household, ways to reach people, flags), wrapped.
    pub wrapped_key: &'a [u8],
}

/// What must be known of a compartment to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct CompartmentRef<'a> {
    /// Of which case.
    pub case: CaseId,
    /// Which one.
    pub id: CompartmentId,
    /// What for.
    pub kind: CompartmentKind,
    /// Its key, wrapped.
    pub wrapped_key: &'a [u8],
}

/// By what right somebody reaches a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As one of those who work on it.
    Assigned,
    /// As the one who leads the office: reads everything, writes the face sheet and the staff's notes.
    Leads,
    /// By breaking the glass (緊急の閲覧); reads what was opened, writes staff's notes. With its identifier.
    BrokenGlass(i64),
}

/// Which compartments a right reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compartments {
    Whole,
    Only(BTreeSet<CompartmentId>),
}

impl Compartments {
    pub(super) fn hold(&self, id: CompartmentId) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(listed) => listed.contains(&id),
        }
    }

    fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Whole, _) => {}
            (_, Self::Whole) => *self = Self::Whole,
            (Self::Only(mine), Self::Only(more)) => mine.extend(more),
        }
    }
}

/// One colleague's rights in one case, as they are now.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    pub(super) reach: Reach,
    pub(super) compartments: Compartments,
    /// Works on it as 当番 and as nothing else: does today's work, and decides nothing about who works on it.
    pub(super) only_on_duty: bool,
}

/// All that is needed to judge one colleague: facts of custody, read once a request.
pub(super) struct Facts {
    pub(super) denied: BTreeSet<CaseId>,
    pub(super) assigned: BTreeMap<CaseId, Compartments>,
    /// Of the assigned cases, those that were taken for longer than a day.
    pub(super) lasting: BTreeSet<CaseId>,
    pub(super) broken: BTreeMap<CaseId, (i64, Compartments)>,
}

/// The whole rule. Everything else in here only gathers facts for it.
pub(super) fn judge(role: Role, facts: &Facts, case: CaseId) -> Result<Rights, &'static str> {
    if facts.denied.contains(&case) {
        return Err("acquainted");
    }
    if let Some(compartments) = facts.assigned.get(&case) {
        return Ok(Rights {
            reach: Reach::Assigned,
            compartments: compartments.clone(),
            only_on_duty: !facts.lasting.contains(&case),
        });
    }
    if role == Role::Supervisor {
        return Ok(Rights {
            reach: Reach::Leads,
            compartments: Compartments::Whole,
            only_on_duty: false,
        });
    }
    match facts.broken.get(&case) {
        Some((id, compartments)) => Ok(Rights {
            reach: Reach::BrokenGlass(*id),
            compartments: compartments.clone(),
            only_on_duty: false,
        }),
        None => Err("not_assigned"),
    }
}

/// The facts about this colleague, for one case or (`None`) for all of them.
pub(super) async fn facts(tx: &mut Conn, session: &Session, one: Option<CaseId>) -> Result<Facts> {
    let staff = session.staff().get();
    let now = session.clock().now_micros();
    // One case or all: `case_id BETWEEN` keeps one SQL text for both.
    let (low, high) = one.map_or((i64::MIN, i64::MAX), |case| (case.get(), case.get()));
    let denied: Vec<(i64,)> = tx
        .all(
            "SELECT case_id FROM deny_entry WHERE staff_id = $1 AND lifted_at IS NULL AND case_id BETWEEN $2 AND $3 \
             UNION SELECT c.case_id FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id \
             WHERE p.staff_id = $4 AND c.case_id BETWEEN $5 AND $6",
            params![staff, low, high, staff, low, high],
        )
        .await?;
    let assigned: Vec<(i64, bool, bool, Option<i64>)> = tx
        .all(
            "SELECT a.case_id, a.whole, CASE a.kind WHEN 'duty' THEN 0 ELSE 1 END, l.compartment_id FROM assignment a \
             LEFT JOIN assignment_compartment l ON l.assignment_id = a.id \
             WHERE a.staff_id = $1 AND a.case_id BETWEEN $2 AND $3 AND a.kind <> 'peer' \
             AND a.from_at <= $4 AND (a.until_at IS NULL OR a.until_at > $5)",
            params![staff, low, high, now, now],
        )
        .await?;
    let broken: Vec<(i64, i64, Option<i64>)> = tx
        .all(
            "SELECT b.case_id, b.id, l.compartment_id FROM break_glass b \
             LEFT JOIN break_glass_compartment l ON l.break_glass_id = b.id \
             WHERE b.staff_id = $1 AND b.case_id BETWEEN $2 AND $3 AND b.from_at <= $4 AND b.until_at > $5",
            params![staff, low, high, now, now],
        )
        .await?;
    let mut facts = Facts {
        denied: denied.into_iter().map(|(case,)| case.into()).collect(),
        assigned: BTreeMap::new(),
        lasting: BTreeSet::new(),
        broken: BTreeMap::new(),
    };
    for (case, whole, lasts, compartment) in assigned {
        if lasts {
            facts.lasting.insert(case.into());
        }
        let more = if whole {
            Compartments::Whole
        } else {
            Compartments::Only(compartment.map(CompartmentId::from).into_iter().collect())
        };
        facts
            .assigned
            .entry(case.into())
            .or_insert_with(|| Compartments::Only(BTreeSet::new()))
            .add(more);
    }
    for (case, id, compartment) in broken {
        let entry = facts
            .broken
            .entry(case.into())
            .or_insert_with(|| (id, Compartments::Only(BTreeSet::new())));
        let more = compartment.map(CompartmentId::from).into_iter().collect();
        entry.1.add(Compartments::Only(more));
    }
    Ok(facts)
}

/// By what right, as a code for the chain.
pub(super) fn reach_code(reach: Reach) -> String {
    match reach {
        Reach::Assigned => String::new(),
        Reach::Leads => "reach=leads".to_owned(),
        Reach::BrokenGlass(id) => format!("break_glass={id}"),
    }
}

/// What a right may write: those who work on a case everything, everybody else the staff's notes.
pub(super) fn writes(reach: Reach, kind: CompartmentKind) -> bool {
    reach == Reach::Assigned || kind == CompartmentKind::Staff
}
