//! The ledger of consent (同意台帳): who allowed what to be told to whom, for what, until when. Events are only added;
//! whether something is allowed is computed at the moment of asking (inv. 4). Whoever gives consent holds the compartment
//! concerned (inv. 3), and taking consent back never fails because there is none (inv. 5).

mod by_code;
mod ledger;
mod standing;

pub use by_code::OwnConsent;
pub use ledger::allows;
pub(crate) use ledger::of_compartment;
pub use standing::{Event, Held, Scope, fold};

use crate::codes::codes;
use basics::{CompartmentId, PersonId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

basics::id! {
    /// One consent with its events.
    ConsentId
}

codes! {
    /// What was done (field/casework.md §C6).
    Deed {
        /// Asked; thinking about it. Nothing flows.
        Ask = "ask", "たずねた（考え中）";
        /// Given.
        Give = "give", "同意した";
        /// Made smaller.
        Narrow = "narrow", "範囲を小さくした";
        /// Chose not to. A choice, not a lack.
        Refuse = "refuse", "伝えないことを選んだ";
        /// Taken back.
        Withdraw = "withdraw", "取りやめた";
        /// Written down by mistake.
        Void = "void", "記入まちがい";
    }
}

codes! {
    /// 項目: what may be told (field/domain.md §3.8).
    Item {
        /// 呼び名・氏名・年代・住所
        Basics = "basics", "名前・年代・住まい";
        /// 連絡先
        Reach = "reach", "連絡先と、連絡のしかた";
        /// 相談したこと
        Story = "story", "相談していること・これまで";
        /// 暮らしのようす
        Life = "life", "いまの暮らし";
        /// 健康・受診
        Health = "health", "からだ・こころ・受診";
        /// 障害・手帳
        Disability = "disability", "障害・手帳・サービス";
        /// 仕事・学校
        Work = "work", "仕事・学校";
        /// お金
        Money = "money", "お金・借入れ・手当";
        /// 家族のこと
        Family = "family", "家族のこと";
        /// 希望
        Wishes = "wishes", "本人の希望・いやなこと";
        /// 支援計画
        Plan = "plan", "支援の計画";
    }
}

codes! {
    /// 相手: what kind of body may receive it (つなぎ先 of the official statistics, field/domain.md §4.1, condensed).
    RecipientKind {
        /// ほかのひきこもり地域支援センター
        Centre = "centre", "ほかのひきこもり地域支援センター";
        /// 市区町村の窓口
        Municipality = "municipality", "市区町村の窓口・福祉事務所";
        /// 自立相談支援機関
        SelfReliance = "self_reliance", "自立相談支援機関";
        /// 社会福祉協議会
        Council = "council", "社会福祉協議会";
        /// 地域包括支援センター
        Elderly = "elderly", "地域包括支援センター・介護";
        /// 保健所・保健センター
        Health = "health", "保健所・保健センター";
        /// 精神保健福祉センター
        MentalHealth = "mental_health", "精神保健福祉センター";
        /// 医療機関
        Medical = "medical", "医療機関";
        /// 発達障害者支援センター、障害者総合支援の事業所
        Disability = "disability", "障害・発達障害の支援機関";
        /// 地域若者サポートステーション、ハローワーク
        Work = "work", "サポステ・ハローワーク・就労支援";
        /// 学校・教育委員会
        School = "school", "学校・教育委員会";
        /// 子ども・若者総合相談センター、児童相談所
        Youth = "youth", "子ども・若者の相談機関";
        /// 民間支援団体
        Private = "private", "民間の支援団体・当事者会・家族会";
        /// 家族
        Relative = "relative", "家族・親族";
        /// その他
        Other = "other", "そのほか";
    }
}

codes! {
    /// 目的: what for.
    Purpose {
        /// 紹介・つなぎ
        Referral = "referral", "紹介・つなぎ";
        /// いっしょに支援するため
        Together = "together", "いっしょに支援するため";
        /// 会議で相談するため
        Conference = "conference", "会議で相談するため";
        /// 手続きのため
        Procedure = "procedure", "手続きのため";
        /// 家族と話すため
        FamilyTalk = "family_talk", "家族と話すため";
    }
}

codes! {
    /// How it was said.
    Method {
        /// 書面
        Paper = "paper", "書面";
        /// 口頭
        Spoken = "spoken", "口頭";
        /// 画面
        Screen = "screen", "画面";
    }
}

codes! {
    /// In what capacity somebody consents. There is no code for the head of a household, and none for a parent of an
    /// adult: they have no such power (inv. 3).
    Capacity {
        /// Themself.
        Oneself = "oneself", "本人として（自分のこと）";
        /// A person with parental authority, for a minor.
        Minor = "minor", "未成年の人の親権者として";
        /// A guardian by the court's decision.
        Guardian = "guardian", "後見人など（審判の範囲で）";
    }
}

/// Who is told: what kind of body, and its name. A consent names one; 「関係機関」 in general cannot be consented to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// What kind.
    pub kind: RecipientKind,
    /// Its name, as the person was shown it.
    pub name: String,
}

/// Who gives consent, and for whom.
#[derive(Debug, Clone)]
pub struct Grantor {
    /// Whose compartment it is: a holder of it.
    pub person: PersonId,
    /// In what capacity somebody speaks.
    pub capacity: Capacity,
    /// Who speaks for them, unless they speak themself.
    pub proxy: Option<PersonId>,
    /// On what ground (審判書を見た日, 親権), unless they speak themself.
    pub ground: String,
}

impl Grantor {
    /// Speaks for themself.
    pub fn oneself(person: PersonId) -> Self {
        Self {
            person,
            capacity: Capacity::Oneself,
            proxy: None,
            ground: String::new(),
        }
    }
}

/// What somebody is asked for, or says yes or no to.
#[derive(Debug, Clone)]
pub struct NewConsent {
    /// In whose compartment.
    pub compartment: CompartmentId,
    /// Who.
    pub grantor: Grantor,
    /// To whom.
    pub recipient: Recipient,
    /// Asked, given or refused.
    pub first: Step,
    /// The identifier its form carried, so that a double click is one consent.
    pub once: Option<i64>,
}

/// One event, as somebody enters it.
#[derive(Debug, Clone)]
pub struct Step {
    /// What was done.
    pub deed: Deed,
    /// Which items.
    pub items: Vec<Item>,
    /// What for.
    pub purposes: Vec<Purpose>,
    /// The last day it holds; for 考え中 the day before which nobody asks again. `None`: a year from today.
    pub until: Option<Date>,
    /// How it was said.
    pub method: Method,
    /// Where the paper lies, who was there.
    pub evidence: String,
    /// In the grantor's words: what must not be told, why they take it back.
    pub said: String,
}

impl Step {
    /// A step without a scope: refuse, withdraw, void.
    pub fn plain(deed: Deed, method: Method, said: &str) -> Self {
        Self {
            deed,
            items: Vec::new(),
            purposes: Vec::new(),
            until: None,
            method,
            evidence: String::new(),
            said: said.to_owned(),
        }
    }
}

/// What stands sealed beside a consent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct ConsentWords {
    recipient: String,
    ground: String,
}

/// What stands sealed beside an event.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct EventWords {
    evidence: String,
    said: String,
}

/// A consent as its page shows it.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// Which.
    pub id: ConsentId,
    /// In whose compartment.
    pub compartment: CompartmentId,
    /// Who, and for whom.
    pub grantor: Grantor,
    /// To whom.
    pub recipient: Recipient,
    /// What holds now.
    pub held: Held,
    /// Whether something may be told now.
    pub stands: bool,
    /// Everything that was done, in order.
    pub events: Vec<EventView>,
}

impl ConsentView {
    /// How it stands, in words. Not one of them says that something is missing.
    pub fn words(&self) -> String {
        match &self.held {
            Held::Thinking { .. } => "考え中".to_owned(),
            Held::Given(scope) if self.stands => {
                format!(
                    "同意があります（{}まで）",
                    basics::japanese::date_with_year(scope.until)
                )
            }
            Held::Given(scope) => format!(
                "期限が来ました（{}まで）",
                basics::japanese::date_with_year(scope.until)
            ),
            Held::Refused => "伝えないことを選びました".to_owned(),
            Held::Withdrawn => "取りやめました".to_owned(),
            Held::Void => "記入まちがい".to_owned(),
        }
    }
}

/// An event with its words.
#[derive(Debug, Clone)]
pub struct EventView {
    /// What.
    pub event: Event,
    /// How it was said.
    pub method: Method,
    /// Where the paper lies.
    pub evidence: String,
    /// In their words.
    pub said: String,
    /// Which colleague wrote it down.
    pub staff: Option<StaffId>,
    /// Whether the holder of a code did it.
    pub by_code: bool,
    /// When.
    pub at: Timestamp,
}
