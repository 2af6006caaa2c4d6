//! Every table of the room either gives lines, or stands here with the reason why it does not: a new table that stands in
//! neither list fails the test.

use super::LineSource as From;
use std::collections::BTreeSet;

/// Which tables the lines of a kind are read from.
const GIVES: &[(From, &[&str])] = &[
    (From::Note, &["note", "note_revision"]),
    // The mailbox's own tables: letters, notes at them, and addenda.
    (From::Letter, &[]),
    (
        From::Plan,
        &["plan", "plan_part", "plan_version", "plan_agreement"],
    ),
    (From::Assessment, &["assessment", "assessment_version"]),
    (From::Observation, &["observation"]),
    (From::Contact, &["contact", "contact_party"]),
    (From::Step, &["small_step"]),
    (From::Stage, &["stage_event"]),
    (From::Consent, &["consent", "consent_event"]),
    (
        From::Visit,
        &[
            "visit",
            "visit_event",
            "visit_outcome",
            "visit_draft",
            "visit_heard",
        ],
    ),
    (From::Paper, &["outgoing"]),
    (From::File, &["attachment"]),
    (From::Engagement, &["engagement", "engagement_change"]),
    (From::Closing, &["closing"]),
    (From::Approach, &["approach"]),
    (From::Refusal, &["refusal"]),
    (From::Pace, &["silence_watch"]),
    (From::Task, &["task"]),
    (From::Reading, &["case_reading"]),
    (From::Sheet, &["hand_over_sheet"]),
    (From::Card, &["peer_card", "peer_report"]),
    (From::Identity, &["identity_event"]),
    (
        From::Household,
        &["membership", "kinship", "passing", "tie"],
    ),
    (From::Point, &["contact_point"]),
    (From::Flag, &["safety_flag", "safety_flag_event"]),
    (From::Reach, &["vital_reach"]),
    (From::Link, &["person_link"]),
];

/// Tables that give no line, and why.
const GIVES_NOTHING: &[(&str, &str)] = &[
    ("case_counter", "the office's running number"),
    (
        "casefile",
        "number and codes of the container; when it began stands with the engagement",
    ),
    ("compartment", "keys; what lies in it gives the lines"),
    (
        "compartment_holder",
        "who may be told; says nothing by itself",
    ),
    (
        "person",
        "the last step of identity_event again, with coarse codes for counting",
    ),
    ("findable", "the same words again, folded for the search"),
    (
        "subject_knows_event",
        "whether somebody may be told that another one consults: a line of it would be the answer (inv. 10)",
    ),
    (
        "contact_staff",
        "which colleagues were there: of the staff, not of the asker",
    ),
    (
        "draft",
        "a form half filled, sealed for one colleague alone; no record of the office yet",
    ),
    (
        "milestone_dismissed",
        "that a colleague put a prompt away; the age itself comes from the face sheet",
    ),
    (
        "attachment_piece",
        "the bytes of a file whose line says that it is there; a copy is handed over beside it",
    ),
    ("legal_hold", "that nothing may be erased for now"),
    ("erasure", "who decided to erase; outlives the case"),
    ("erasure_type", "what was to be erased"),
    ("tombstone", "that something was erased; never content"),
    ("retention_rule", "the office's rule"),
    ("disclosure_request", "the request itself"),
    ("disclosure_line", "the answer itself"),
];

#[test]
fn every_table_gives_lines_or_says_why_not() {
    let made: BTreeSet<&str> = crate::MIGRATIONS
        .iter()
        .flat_map(|step| step.sql.split("CREATE TABLE ").skip(1))
        .filter_map(|rest| rest.split([' ', '(']).next())
        .collect();
    let given = GIVES.iter().flat_map(|(_, tables)| tables.iter().copied());
    let silent = GIVES_NOTHING.iter().map(|(table, reason)| {
        assert!(!reason.is_empty(), "{table}");
        *table
    });
    let listed: Vec<&str> = given.chain(silent).collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(
        once.len(),
        listed.len(),
        "a table stands in one list, and once"
    );
    assert_eq!(made, once);
    for source in From::ALL {
        let named = GIVES.iter().filter(|(of, _)| of == source).count();
        assert_eq!(named, 1, "{source:?}");
    }
}
