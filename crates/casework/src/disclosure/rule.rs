//! What is given and what is withheld, before anybody has looked: by whose words they are, about whom, and where they lie.

use crate::codes::codes;
use basics::PersonId;
use office::CompartmentKind;

codes! {
    /// What happens with one line.
    Decision {
        /// 開示する
        Give = "give", "開示する";
        /// 開示請求者以外の個人の情報
        Other = "other", "不開示：請求した方以外の個人に関する情報";
        /// 評価・判断
        Judgement = "judgement", "不開示：評価・判断に関する情報";
        /// 事務への支障
        Office = "office", "不開示：事務の適正な遂行に支障のおそれ";
        /// 存否応答拒否: not even that the line exists is said.
        Existence = "existence", "存否応答拒否（あることも示さない）";
    }
}

impl Decision {
    /// Whether the line stands in what is handed over, given or black.
    pub fn is_shown(self) -> bool {
        self != Self::Existence
    }

    /// Whether it stands only with a written reason: these two grounds are weighed by somebody for this very line, and
    /// cannot be read off from who said it.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Judgement | Self::Office)
    }

    /// The ground printed at a black line.
    pub fn ground(self) -> &'static str {
        match self {
            Self::Give | Self::Existence => "",
            Self::Other => "請求した方以外の個人に関する情報",
            Self::Judgement => "評価・判断に関する情報",
            Self::Office => "事務の適正な遂行に支障を及ぼすおそれのある情報",
        }
    }
}

/// What is printed where the sources of the field give no article: numbers are not made up.
pub const ARTICLE: &str = "根拠の条文は窓口でご確認ください。";

/// What kind of words a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody of the case said or wrote it.
    Said,
    /// Staff saw or did it.
    Seen,
    /// An agency told it.
    Told,
    /// Staff weighed it (見立て・方針).
    Weighed,
}

/// All that the rule looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// `None`: on the case's face sheet.
    pub compartment: Option<CompartmentKind>,
    /// Whether the person whose records are asked for is its voice, or one of its parties.
    pub held: bool,
    /// Whether it is from before the day on which that person was heard for the first time.
    pub before_heard: bool,
    pub source: Option<PersonId>,
    pub subject: Option<PersonId>,
    pub kind: Kind,
}

/// Whose records are asked for, and whether they know that others consult.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    /// `None`: somebody without a right to any records here, a parent of an adult child as such.
    pub person: Option<PersonId>,
    /// Only then is a black line shown for words of others; else the line itself would tell.
    pub knows_of_others: bool,
}

/// The first proposal for a line. A coordinator may change it with a reason; a supervisor approves the whole.
pub(crate) fn propose(asker: Asker, line: &Facts) -> Decision {
    let Some(person) = asker.person else {
        return Decision::Existence;
    };
    let others = if asker.knows_of_others {
        Decision::Other
    } else {
        Decision::Existence
    };
    let (own, about) = (line.source == Some(person), line.subject == Some(person));
    let by_staff = line.source.is_none();
    // A line from before they were ever heard, black or not, would say that somebody else was.
    if line.before_heard && !line.held && !asker.knows_of_others {
        return Decision::Existence;
    }
    let Some(compartment) = line.compartment else {
        return match (line.kind, line.subject) {
            _ if own => Decision::Give,
            _ if !by_staff => others,
            (Kind::Weighed, None) => Decision::Judgement,
            _ if !about => others,
            (Kind::Weighed, _) => Decision::Judgement,
            (Kind::Told, _) => Decision::Office,
            _ => Decision::Give,
        };
    };
    match compartment {
        CompartmentKind::Staff if own => Decision::Give,
        CompartmentKind::Staff if !by_staff => others,
        CompartmentKind::Staff => match (line.kind, line.subject) {
            (Kind::Seen, _) if about => Decision::Give,
            (_, Some(_)) if !about => others,
            (Kind::Told, _) => Decision::Office,
            _ => Decision::Judgement,
        },
        // What lies with somebody else stays there, whoever is spoken of.
        _ if !line.held => others,
        _ if own => Decision::Give,
        // Said in their presence.
        CompartmentKind::Joint if !by_staff => Decision::Give,
        _ if !by_staff => Decision::Other,
        _ => match (line.kind, line.subject) {
            (_, Some(_)) if !about => Decision::Other,
            (Kind::Told, _) => Decision::Office,
            (Kind::Weighed, _) => Decision::Judgement,
            _ => Decision::Give,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: i64) -> PersonId {
        PersonId::from(id)
    }

    fn asker(knows_of_others: bool) -> Asker {
        Asker {
            person: Some(person(1)),
            knows_of_others,
        }
    }

    fn line(
        compartment: CompartmentKind,
        held: bool,
        source: Option<i64>,
        subject: Option<i64>,
        kind: Kind,
    ) -> Facts {
        Facts {
            compartment: Some(compartment),
            before_heard: false,
            held,
            source: source.map(person),
            subject: subject.map(person),
            kind,
        }
    }

    #[test]
    fn own_words_and_what_staff_saw_are_given() {
        use CompartmentKind as K;
        for knows in [true, false] {
            for given in [
                line(K::Principal, true, Some(1), None, Kind::Said),
                line(K::Principal, true, Some(1), Some(2), Kind::Said),
                line(K::Principal, true, None, Some(1), Kind::Seen),
                line(K::Staff, false, None, Some(1), Kind::Seen),
                line(K::Joint, true, Some(2), Some(1), Kind::Said),
            ] {
                assert_eq!(propose(asker(knows), &given), Decision::Give, "{given:?}");
            }
        }
    }

    #[test]
    fn what_the_mother_said_is_black_or_not_there_at_all() {
        use CompartmentKind as K;
        for hers in [
            line(K::Family, false, Some(2), Some(1), Kind::Said),
            line(K::Family, false, None, Some(1), Kind::Seen),
            line(K::Staff, false, Some(2), Some(1), Kind::Said),
            line(K::Staff, false, None, Some(2), Kind::Seen),
        ] {
            assert_eq!(propose(asker(true), &hers), Decision::Other, "{hers:?}");
            assert_eq!(
                propose(asker(false), &hers),
                Decision::Existence,
                "{hers:?}"
            );
        }
    }

    #[test]
    fn a_face_sheet_gives_what_is_about_the_asker() {
        let on = |source: Option<i64>, subject: Option<i64>, kind| Facts {
            compartment: None,
            ..line(CompartmentKind::Staff, false, source, subject, kind)
        };
        let told = |facts: &Facts| propose(asker(true), facts);
        assert_eq!(told(&on(None, Some(1), Kind::Seen)), Decision::Give);
        assert_eq!(told(&on(Some(1), Some(2), Kind::Said)), Decision::Give);
        assert_eq!(told(&on(Some(2), Some(1), Kind::Said)), Decision::Other);
        assert_eq!(told(&on(None, Some(2), Kind::Seen)), Decision::Other);
        assert_eq!(told(&on(None, None, Kind::Seen)), Decision::Other);
        assert_eq!(told(&on(None, None, Kind::Weighed)), Decision::Judgement);
        let early = Facts {
            before_heard: true,
            ..on(None, Some(1), Kind::Seen)
        };
        assert_eq!(propose(asker(false), &early), Decision::Existence);
        assert_eq!(propose(asker(true), &early), Decision::Give);
    }

    #[test]
    fn whoever_has_no_right_learns_not_even_that_there_is_something() {
        let nobody = Asker {
            person: None,
            knows_of_others: true,
        };
        for kind in CompartmentKind::ALL {
            for held in [true, false] {
                let line = line(kind, held, Some(1), Some(1), Kind::Said);
                assert_eq!(propose(nobody, &line), Decision::Existence);
            }
        }
    }

    #[test]
    fn weighing_and_agencies_have_grounds_of_their_own() {
        use CompartmentKind as K;
        let weighed = line(K::Principal, true, None, Some(1), Kind::Weighed);
        let told = line(K::Principal, true, None, Some(1), Kind::Told);
        let working = line(K::Staff, false, None, None, Kind::Seen);
        assert_eq!(propose(asker(true), &weighed), Decision::Judgement);
        assert_eq!(propose(asker(true), &told), Decision::Office);
        assert_eq!(propose(asker(true), &working), Decision::Judgement);
    }
}
