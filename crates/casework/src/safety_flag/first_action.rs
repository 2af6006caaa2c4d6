//! What to do first, by kind (field/domain.md §2.5). Texts and identifiers of lines; every number lives in data/.

use super::FlagKind;

/// What to do first about one kind of danger.
#[derive(Debug, Clone, Copy)]
pub struct FirstAction {
    /// What to ask and write down, in the order to ask it.
    pub ask: &'static [&'static str],
    /// What to do.
    pub steps: &'static [&'static str],
    /// Lines of the directory to name, by identifier.
    pub lines: &'static [&'static str],
}

/// What to do first about this kind.
pub fn first_action(kind: FlagKind) -> FirstAction {
    match kind {
        FlagKind::SelfHarm => FirstAction {
            ask: &[
                "消えたい気持ち",
                "手段や計画",
                "これまでの企図",
                "飲酒・薬の飲みすぎ",
            ],
            steps: &[
                "いのちが今あぶないときは、救急か警察へ。",
                "その日のうちに、センター長に電話で伝えます。",
                "相談できる電話を伝え、精神科の救急の受け方を確かめます。",
                "一人にしない段取りを、その人と話して決めます。",
            ],
            lines: &[
                "fire-ambulance-emergency",
                "police-emergency",
                "mental-health",
                "inochi-sos",
            ],
        },
        FlagKind::Violence => FirstAction {
            ask: &[
                "どのくらいの頻度か",
                "だれが受けているか",
                "刃物など",
                "逃げられる場所",
            ],
            steps: &[
                "あぶないときは、警察へ。急ぎでないときは、警察の相談へ。",
                "家族が身を守る手順（合図・行き先・持ち物）をいっしょに決めます。",
                "一人では訪問しません。",
            ],
            lines: &["police-emergency", "police-consultation", "dv-consultation"],
        },
        FlagKind::Abuse => FirstAction {
            ask: &[
                "だれが、だれから",
                "いつから",
                "けが・食事・お金",
                "子どもがいるか",
            ],
            steps: &[
                "通告の義務は、同意より先に立ちます。センター長とすぐに相談します。",
                "子どもは児童相談所へ、高齢の人は市町村か地域包括支援センターへ、障害のある人は市町村の虐待防止センターへ。",
            ],
            lines: &["child-abuse", "police-emergency"],
        },
        FlagKind::Health => FirstAction {
            ask: &[
                "聞こえる・見えるもの",
                "食べているか",
                "からだの重い症状",
                "受診していない期間",
            ],
            steps: &[
                "保健所か精神保健福祉センターの医師の相談につなぎます。職員は診断しません。",
                "意識や呼吸がおかしいときは、救急へ。",
            ],
            lines: &["fire-ambulance-emergency", "mental-health"],
        },
        FlagKind::Living => FirstAction {
            ask: &["食べるもの", "電気・ガス・水", "家賃", "動物", "身のまわり"],
            steps: &[
                "自立相談支援機関へつなぎます。食べるものがないときは、その日のうちに。",
                "本人の同意が得られないときは、支援会議に出せるかをセンター長と相談します。",
            ],
            lines: &[],
        },
        FlagKind::Elder => FirstAction {
            ask: &[
                "親の入院・もの忘れ",
                "介護をしている人",
                "お金の出どころ",
                "親なきあとの心配",
            ],
            steps: &[
                "地域包括支援センターと、親の側から組みます。",
                "親なきあとのことを、急がずに話しはじめます。",
            ],
            lines: &[],
        },
        FlagKind::Consumer => FirstAction {
            ask: &[
                "契約書",
                "払ったお金",
                "いまどこにいるか",
                "連れ出し・見張り",
            ],
            steps: &[
                "消費者ホットラインへ。契約をやめられるか、弁護士・法テラスに相談します。",
                "閉じ込められている・連れ出されそうなときは、警察へ。",
            ],
            lines: &["consumer-hotline", "police-emergency"],
        },
        FlagKind::Staff => FirstAction {
            ask: &["何があったか", "どの場所・どの時間か", "だれがいたか"],
            steps: &[
                "二人で行きます。行く前と帰ったあとに、当番へ知らせます。",
                "次の訪問をどうするか、センター長と決めてから約束します。",
            ],
            lines: &["police-emergency"],
        },
    }
}
