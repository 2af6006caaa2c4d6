//! The head of every page of a case.

use casework::{Knows, case::CaseView};
use office::access::Reach;

/// What stands above every page of a case. Every template that extends `desk/case/base.html` has a field `head` of it.
pub(in crate::desk) struct Head {
    /// Identifier, for addresses.
    pub id: i64,
    /// The office's number.
    pub number: i64,
    /// What to call the person.
    pub name: String,
    /// Whether the person knows, in a word.
    pub knows: &'static str,
    /// The sentence that must not be overlooked; empty when the person knows.
    pub warning: &'static str,
    /// By what right it is seen; empty for those who work on it.
    pub reach: &'static str,
    /// The ways inside the case.
    pub tabs: Vec<Tab>,
    /// The safety flags that stand: how soon, what for, whether it is time to look again.
    pub flags: Vec<(&'static str, &'static str, bool)>,
}

/// One way inside the case.
pub(in crate::desk) struct Tab {
    /// Address.
    pub href: String,
    /// Word.
    pub label: &'static str,
    /// Whether this page belongs to it.
    pub current: bool,
}

/// The ways inside a case: the last part of the address and the word.
const TABS: [(&str, &str); 12] = [
    ("", "あらまし"),
    ("kaku", "記録を書く"),
    ("keika", "経過"),
    ("hito", "人とつながり"),
    ("mitate", "見立て"),
    ("keikaku", "計画"),
    ("doui", "同意"),
    ("houmon", "訪問"),
    ("kakawari", "関わり"),
    ("tantou", "担当"),
    ("tenpu", "添付"),
    ("kaiji", "開示請求"),
];

impl Head {
    /// The head of this case, with the tab `current` (its last part of the address) marked.
    pub fn of(view: &CaseView, current: &str) -> Self {
        let id = view.case.id.get();
        let tabs = TABS.iter().map(|(part, label)| Tab {
            href: if part.is_empty() {
                format!("/desk/case/{id}")
            } else {
                format!("/desk/case/{id}/{part}")
            },
            label,
            current: *part == current,
        });
        Self {
            id,
            number: view.case.number,
            name: view
                .principal()
                .map(|person| person.identity.called().to_owned())
                .unwrap_or_default(),
            knows: view.case.subject_knows.label(),
            warning: match view.case.subject_knows {
                Knows::Knows => "",
                Knows::DoesNot => {
                    "本人は、この相談を知りません。本人に届くもの・見えるものに、相談のことを書かないでください。"
                }
                Knows::Unknown => {
                    "本人が相談を知っているかは、わかっていません。知らないものとして扱ってください。"
                }
            },
            reach: match view.reach {
                Reach::Assigned => "",
                Reach::Leads => {
                    "センター長として見ています。本人・家族の区画は、読むことだけができます。"
                }
                Reach::BrokenGlass(_) => {
                    "緊急の閲覧で見ています。開いたことは、すべて記録に残ります。"
                }
            },
            tabs: tabs.collect(),
            flags: (view.flags.iter())
                .map(|one| (one.now.level.label(), one.kind.label(), one.review_due))
                .collect(),
        }
    }
}
