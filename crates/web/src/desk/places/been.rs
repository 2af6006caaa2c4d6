//! 「来た場」 beside a compartment: what its own voice alone is shown with (inv. 25).

use basics::CompartmentId;
use casework::case::CaseView;

use crate::desk::colleague::Colleague;

/// Where whoever speaks in one compartment was.
pub(in crate::desk) struct Been {
    /// The compartment in words.
    pub whose: String,
    /// 「11月26日（木） 水曜の居場所（居場所）」
    pub lines: Vec<String>,
}

/// For the compartments in reach that one person speaks in, or for the one shown alone; those without anything are left
/// out. Each is read through itself.
pub(in crate::desk) async fn been(
    colleague: &Colleague,
    view: &CaseView,
    only: Option<CompartmentId>,
) -> community::Result<Vec<Been>> {
    let room = &colleague.app().community;
    let mut all = Vec::new();
    let shown = view
        .compartments
        .iter()
        .filter(|one| one.person.is_some() && only.is_none_or(|id| id == one.id));
    for one in shown {
        let attended = room
            .attended(&colleague.session, view.case.id, one.id)
            .await?;
        if attended.is_empty() {
            continue;
        }
        let line = |at: &community::attendance::Attended| {
            format!(
                "{}　{}（{}）",
                basics::japanese::date_with_year(at.day),
                at.title,
                at.kind.label()
            )
        };
        all.push(Been {
            whose: view.name_of(one),
            lines: attended.iter().map(line).collect(),
        });
    }
    Ok(all)
}
