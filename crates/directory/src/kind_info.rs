//! What kind of place each kind is, and how to find one near home when no window of that kind is in the directory.
//!
//! National lists of most kinds could not be obtained (data/PROVENANCE.md). For those the guide shows the kind and the
//! way to find it, never an invented contact.

use crate::kind::Kind;

/// A kind of window in a reader's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The kind.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub what: &'static str,
    /// The same in やさしい日本語.
    pub easy: &'static str,
    /// The word to look for on the site of the city or prefecture.
    pub search_word: &'static str,
    /// Whose site has it.
    pub on: SiteOf,
    /// Said below the way to find it; empty if there is nothing to add.
    pub hint: &'static str,
}

/// On whose site a kind of window is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteOf {
    /// The prefecture's (a designated city's own, for its residents).
    Prefecture,
    /// The city's, town's or village's.
    Municipality,
    /// Nobody needs to be found.
    Nobody,
}

/// What kind of place this is.
pub fn kind_info(kind: Kind) -> &'static KindInfo {
    // TABLE is in the order of Kind::ALL (a test holds it to that).
    Kind::ALL
        .iter()
        .position(|&k| k == kind)
        .and_then(|at| TABLE.get(at))
        .unwrap_or(&TABLE[0])
}

macro_rules! table {
    ($($kind:ident, $on:ident, $name:literal, $word:literal, $what:literal, $easy:literal, $hint:literal;)*) => {
        static TABLE: &[KindInfo] = &[$(KindInfo {
            kind: Kind::$kind, name: $name, what: $what, easy: $easy, search_word: $word, on: SiteOf::$on, hint: $hint,
        }),*];
    };
}

table! {
    Hc, Prefecture, "ひきこもり地域支援センター", "ひきこもり",
        "ひきこもりについての相談を、ご本人からもご家族からも受けるところです。すべての都道府県と指定都市にあります。",
        "ひきこもりの 相談を する ところです。家族だけでも 相談できます。",
        "センターの名前は、地域によってちがいます（支援センター、サポートネット、相談室など）。";
    Muni, Municipality, "市区町村のひきこもり相談窓口", "ひきこもり",
        "お住まいの市区町村が、ひきこもりの相談のためにつくった窓口です。",
        "住んでいる 市や 町の、ひきこもりの 相談を する ところです。",
        "専用の窓口がない市区町村もあります。そのときは福祉の課が受けています。";
    Kw, Prefecture, "子ども・若者総合相談センター", "子ども・若者総合相談センター",
        "30代までの子ども・若者とご家族の相談を、まとめて受けるところです。",
        "30代までの 人と 家族の 相談を する ところです。",
        "ない地域もあります。";
    Edu, Municipality, "教育相談・教育支援センター", "教育相談",
        "学校に行っていないとき、行きにくいときの、学びと気持ちの相談を受けるところです。",
        "学校に 行っていない ときの 相談を する ところです。",
        "市区町村の教育委員会のページにあります。高校生は、都道府県の教育委員会のページも見てください。";
    Js, Municipality, "自立相談支援機関", "生活困窮者自立支援",
        "お金・仕事・住まいの心配を、ひとつの窓口で相談できるところです。法律で、すべての地域に置かれています。",
        "お金や 仕事や 住む ところの 相談を する ところです。",
        "「くらしの相談」「生活自立相談」など、地域によって名前がちがいます。";
    Fukushi, Municipality, "福祉事務所", "福祉事務所",
        "生活保護など、くらしを支える制度の手続きをするところです。",
        "生活に 困った ときの 手続きを する ところです。",
        "市には市の福祉事務所が、町や村の多くには県の福祉事務所があります。";
    Mhc, Prefecture, "精神保健福祉センター", "精神保健福祉センター",
        "こころの健康の相談を受ける、都道府県と指定都市の専門の機関です。",
        "心の 健康の 相談を する ところです。",
        "「こころの健康センター」という名前のところもあります。";
    Phc, Municipality, "保健所・保健センター", "保健所 こころの健康相談",
        "眠れない、体がつらいなど、体とこころの健康の相談を受けるところです。",
        "体や 心の 健康の 相談を する ところです。",
        "保健所は、都道府県や大きな市にあります。";
    Med, Nobody, "かかりつけの医師・医療機関", "",
        "いま通っているところがあれば、そこの先生や相談員に話せます。",
        "今 行っている 病院が あれば、そこの 人に 話せます。",
        "はじめて探すときは、先に精神保健福祉センターや保健所に相談すると、いっしょに考えてもらえます。";
    Dev, Prefecture, "発達障害者支援センター", "発達障害者支援センター",
        "発達の特性についての相談を、ご本人からもご家族からも受けるところです。",
        "発達障害の 相談を する ところです。",
        "診断がなくても相談できるかは、電話やメールでたしかめられます。";
    Dis, Municipality, "障害のある人の相談支援（基幹相談支援センター）", "基幹相談支援センター",
        "障害のある方のくらしと、使えるサービスの相談を受けるところです。",
        "障害が ある 人の 生活の 相談を する ところです。",
        "";
    Houkatsu, Municipality, "地域包括支援センター", "地域包括支援センター",
        "高齢の方とご家族の、介護やくらしの相談を受けるところです。親ごさんのことから入れます。",
        "年を とった 人と 家族の 相談を する ところです。",
        "住所ごとに担当のセンターが決まっています。";
    Ibasho, Prefecture, "居場所", "ひきこもり 居場所",
        "何かをしなくても、そこにいてよい場所です。見学だけの日があるところもあります。",
        "何も しなくても いて いい 場所です。",
        "ひきこもり地域支援センターが、近くの居場所を知っています。";
    Peer, Prefecture, "当事者会", "ひきこもり 当事者会",
        "おなじ経験のある人どうしが集まる会です。話さずに聞くだけでもよい会があります。",
        "同じ 経験を した 人が 集まる 会です。",
        "ひきこもり地域支援センターが、近くの会を知っています。";
    Fam, Prefecture, "家族会", "ひきこもり 家族会",
        "おなじ立場のご家族どうしが集まる会です。",
        "ひきこもりの 人の 家族が 集まる 会です。",
        "ひきこもり地域支援センターが、近くの会を知っています。";
    Listen, Nobody, "名前を言わずに話せる全国の電話・チャット", "",
        "どこからでも、名前を言わずに話せる電話やチャットです。夜に開いているところもあります。",
        "名前を 言わないで 話せる 電話や チャットです。",
        "";
    Sapo, Prefecture, "地域若者サポートステーション", "地域若者サポートステーション",
        "15歳から49歳の方の、はたらく準備を手伝うところです。",
        "15歳から 49歳の 人が、働く 準備を する ところです。",
        "「サポステ」とも呼ばれます。";
    Hw, Prefecture, "ハローワーク・ジョブカフェ", "ハローワーク",
        "仕事を探すときの相談と紹介をするところです。",
        "仕事を 探す ところです。",
        "都道府県の労働局のページにあります。";
    Dwork, Prefecture, "就労移行支援・障害者就業・生活支援センター", "障害者就業・生活支援センター",
        "障害のある方の、はたらくことと生活の両方の相談を受けるところです。",
        "障害が ある 人が 働く ための 相談を する ところです。",
        "「なかぽつ」とも呼ばれます。";
    Law, Nobody, "契約・借金・法律の相談", "",
        "高額な契約、借金、法律のことを相談できるところです。契約は考え直せることがあります。",
        "お金の 契約や 借金や 法律の 相談を する ところです。",
        "";
    P9110, Nobody, "警察の相談電話", "",
        "家の中の暴力など、いますぐではないけれど心配なことを、警察に相談する電話です。",
        "急いで いない ときに、警察に 相談する 電話です。",
        "一部のIP電話からは、つながりません。";
    Read, Nobody, "読みもの", "",
        "だれにも連絡しないで、読むだけのページです。",
        "読むだけの ページです。",
        "";
    Hall, Municipality, "市役所・区役所・町村役場", "ひきこもり",
        "お住まいの役所・役場です。どの課がひきこもりの相談を受けているか、代表の電話で聞けます。",
        "住んでいる 市や 町の 役所です。どこで 相談できるか 聞けます。",
        "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_kind_in_order() {
        let kinds: Vec<Kind> = TABLE.iter().map(|info| info.kind).collect();
        assert_eq!(kinds, Kind::ALL);
        for info in TABLE {
            assert_eq!(kind_info(info.kind), info);
            assert_eq!(
                info.search_word.is_empty(),
                info.on == SiteOf::Nobody,
                "{}",
                info.kind
            );
        }
    }
}
