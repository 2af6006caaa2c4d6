//! The tone of every sentence the guide can say (guide.md §C7, §C10, house.md): calm, short, without numbers of its
//! own, in both versions.

#![allow(clippy::unwrap_used)]

use guide::{Rules, Text};

/// Words that press, label or promise (§C10; house.md, "Words").
const BANNED: [&str; 34] = [
    "脱出",
    "卒業",
    "更生",
    "社会復帰",
    "甘え",
    "放置",
    "末路",
    "ニート",
    "勇気",
    "成功",
    "失敗",
    "早く",
    "はやく",
    "すぐに相談",
    "引きこもりの人",
    "ひきこもりの人",
    "ひきこもり者",
    "ひきこもりの方",
    "立ち直",
    "克服",
    "普通の生活",
    "まとも",
    "怠け",
    "自己責任",
    "治す",
    "治る",
    "頑張",
    "がんば",
    "必ず",
    "絶対",
    "あと一歩",
    "べきです",
    "なさい。",
    "しましょう",
];

/// Two negations in one sentence: hard to read, and easy to read the wrong way round.
const DOUBLE_NEGATIONS: [&str; 12] = [
    "ないことはな",
    "ないことも",
    "なくはな",
    "なくもな",
    "ないわけで",
    "ないわけには",
    "ないとは言え",
    "ないとはいえ",
    "ないではい",
    "なければなら",
    "なくてはなら",
    "ないといけな",
];

const SENTENCE_NORMAL: usize = 60;
const SENTENCE_EASY: usize = 40;
/// 弘前 category II (§C7), counted outside the fixed names of windows.
const KANJI_EASY: usize = 13;

/// Every text with the place it stands in.
fn texts(rules: &Rules) -> Vec<(String, Text)> {
    let mut texts = Vec::new();
    let mut add = |place: &str, text: &Text| texts.push((place.to_owned(), text.clone()));
    for rule in &rules.rules {
        add(&rule.id, &rule.says);
        add(&rule.id, &rule.reason);
        rule.effects
            .iter()
            .filter_map(|effect| effect.reason.as_ref())
            .for_each(|text| add(&rule.id, text));
        rule.why_not
            .iter()
            .for_each(|why_not| add(&rule.id, &why_not.text));
    }
    for line in &rules.lines {
        add(&line.code, &line.name);
        add(&line.code, &line.note);
    }
    rules
        .invariants
        .iter()
        .for_each(|invariant| add(&invariant.id, &invariant.text));
    for question in &rules.questions {
        question
            .texts()
            .into_iter()
            .for_each(|text| add(&question.id, text));
    }
    for card in &rules.cards {
        card.texts()
            .into_iter()
            .for_each(|text| add(card.kind.code(), text));
    }
    rules.phrase_texts().for_each(|text| add("phrase", text));
    texts
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['。', '\n'])
        .filter(|sentence| !sentence.trim().is_empty())
}

fn is_kanji(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || c == '々'
}

/// Without what stands in ＜…＞, which explains the word before it, and without the names of windows, which may not
/// be changed.
fn bare(sentence: &str, names: &[String]) -> String {
    let mut bare = sentence.to_owned();
    while let (Some(from), Some(to)) = (bare.find('＜'), bare.find('＞')) {
        if from > to {
            break;
        }
        bare.replace_range(from..to + '＞'.len_utf8(), "");
    }
    names
        .iter()
        .fold(bare, |text, name| text.replace(name.as_str(), "＊"))
}

#[test]
fn every_sentence_is_calm_and_short() {
    let rules = Rules::shipped().unwrap();
    let mut names: Vec<String> = rules
        .cards
        .iter()
        .map(|card| bare(&card.name.easy, &[]))
        .collect();
    names.extend(["障害者就業・生活支援センター", "発達障害", "障害者手帳"].map(str::to_owned));
    names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    let mut slips = Vec::new();
    for (place, text) in texts(&rules) {
        for (version, text) in [("normal", &text.normal), ("easy", &text.easy)] {
            let mut slip = |what: String| slips.push(format!("{place} {version}: {what}: {text}"));
            for word in BANNED.iter().chain(&DOUBLE_NEGATIONS) {
                // What others say, in 「…」, is not what we say.
                if unquoted(text).contains(word) {
                    slip(format!("「{word}」"));
                }
            }
            if text.contains(['！', '!', '？', '?']) {
                slip("an exclamation or question mark".to_owned());
            }
            if let Some(number) = phone_number(text) {
                slip(format!("a phone number of its own, {number}"));
            }
            if text.trim() != text || text.contains("。。") {
                slip("stray spaces or stops".to_owned());
            }
            let most = if version == "easy" {
                SENTENCE_EASY
            } else {
                SENTENCE_NORMAL
            };
            for sentence in sentences(text) {
                let length = bare(sentence, &[]).chars().count();
                if length > most {
                    slip(format!("{length} characters in a sentence"));
                }
                let kanji = bare(sentence, &names)
                    .chars()
                    .filter(|c| is_kanji(*c))
                    .count();
                if version == "easy" && kanji > KANJI_EASY {
                    slip(format!("{kanji} kanji in a sentence"));
                }
            }
        }
    }
    assert!(
        slips.is_empty(),
        "{} slips\n{}",
        slips.len(),
        slips.join("\n")
    );
}

/// Whoever asks for readings gets one above every character of the easy texts.
#[test]
fn every_easy_text_can_be_read_aloud() {
    use guide::reading::Segment;
    let rules = Rules::shipped().unwrap();
    let mut unread = std::collections::BTreeSet::new();
    for (place, text) in texts(&rules) {
        let segments = rules.ruby(&text.easy);
        let plain: String = segments
            .iter()
            .map(|segment| match segment {
                Segment::Plain(text) | Segment::Ruby { base: text, .. } => *text,
            })
            .collect();
        assert_eq!(plain, text.easy);
        for segment in segments {
            match segment {
                Segment::Plain(piece) if piece.contains(is_kanji) => {
                    unread.insert(format!("{place}: {piece} in {}", text.easy));
                }
                Segment::Ruby { base, .. } => assert!(base.chars().all(is_kanji), "{base}"),
                Segment::Plain(_) => {}
            }
        }
    }
    assert!(unread.is_empty(), "{unread:#?}");
}

#[test]
fn sentences_are_polite() {
    let rules = Rules::shipped().unwrap();
    let mut texts: Vec<(&str, &Text)> = Vec::new();
    for rule in &rules.rules {
        texts.push((&rule.id, &rule.reason));
        texts.extend(
            rule.effects
                .iter()
                .filter_map(|effect| effect.reason.as_ref())
                .map(|text| (rule.id.as_str(), text)),
        );
        texts.extend(
            rule.why_not
                .iter()
                .map(|why_not| (rule.id.as_str(), &why_not.text)),
        );
    }
    for card in &rules.cards {
        texts.extend(
            card.texts()
                .into_iter()
                .skip(1)
                .map(|text| (card.kind.code(), text)),
        );
    }
    for question in &rules.questions {
        texts.push((&question.id, &question.why));
    }
    for (place, text) in texts {
        for version in [&text.normal, &text.easy] {
            assert!(version.ends_with(['。', '」']), "{place}: {version}");
            for sentence in sentences(unquoted(version).as_str()) {
                let polite = [
                    "です",
                    "ます",
                    "ません",
                    "ました",
                    "ください",
                    "でした",
                    "ここへ",
                    "ここから",
                    "警察へ",
                    "110番へ",
                    "」",
                    "）",
                ];
                assert!(
                    polite.iter().any(|ending| sentence.ends_with(ending)),
                    "{place}: {sentence}"
                );
            }
        }
    }
}

#[test]
fn the_phone_number_check_finds_numbers() {
    for text in [
        "0120-279-338",
        "電話は 03-1234-5678 です",
        "０１２０−２７９−３３８",
        "0570 064 556",
    ] {
        assert!(phone_number(text).is_some(), "{text}");
    }
    for text in ["110番へ", "15歳から49歳", "#9110", "2026-11", "189"] {
        assert!(phone_number(text).is_none(), "{text}");
    }
}

fn unquoted(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|c| {
            depth += usize::from(*c == '「');
            let outside = depth == 0 || *c == '」';
            depth -= usize::from(*c == '」' && depth > 0);
            outside
        })
        .collect()
}

/// `0\d{1,4}` followed by a dash or space and a digit, in any width; or ten digits in a row.
fn phone_number(text: &str) -> Option<String> {
    let plain: Vec<char> = text
        .chars()
        .map(|c| match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
            '−' | 'ー' | '－' | '‐' | '–' | '　' | ' ' | '(' | ')' => '-',
            other => other,
        })
        .collect();
    for (at, c) in plain.iter().enumerate() {
        if *c != '0' || at > 0 && plain[at - 1].is_ascii_digit() {
            continue;
        }
        let digits = plain[at..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .count();
        let after = plain.get(at + digits);
        let next = plain.get(at + digits + 1);
        if digits >= 10
            || (2..=5).contains(&digits)
                && after == Some(&'-')
                && next.is_some_and(char::is_ascii_digit)
        {
            return Some(plain[at..].iter().take(13).collect());
        }
    }
    None
}
