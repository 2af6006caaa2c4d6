//! What only the pages use: facts about windows, the questions, the phrase card.

#![allow(clippy::unwrap_used)]

mod common;

use common::Dice;
use directory::Kind;
use guide::{
    Answers, Form, How, Level, Recommendation, Rules, Stage, Surroundings, Want, Who, WindowFacts,
};

fn kinds(answer: &Recommendation<'_>) -> Vec<Kind> {
    answer
        .top
        .iter()
        .chain(&answer.more)
        .map(|item| item.kind)
        .collect()
}

fn rules() -> Rules {
    Rules::shipped().unwrap()
}

fn me(age: u8) -> Answers {
    Answers {
        who: Who::Me,
        age: Some(age),
        ..Answers::default()
    }
}

#[test]
fn a_window_that_lacks_the_chosen_way_steps_back_and_stays() {
    let rules = rules();
    let mut answers = me(24);
    answers.how.insert(How::Mail);
    let mut around = Surroundings {
        has_muni: true,
        has_kw: true,
        ..Surroundings::default()
    };
    assert_eq!(
        kinds(&rules.recommend(&answers, &around)),
        [Kind::Muni, Kind::Hc, Kind::Kw, Kind::Peer]
    );
    around.windows = vec![WindowFacts {
        offers_channel: Some(false),
        ..WindowFacts::unknown(Kind::Muni)
    }];
    let answer = rules.recommend(&answers, &around);
    assert_eq!(kinds(&answer), [Kind::Hc, Kind::Muni, Kind::Kw, Kind::Peer]);
    assert_eq!(answer.top[1].notes[0].rule, "R29");
    // No way was chosen: R29 says nothing.
    answers.how = guide::Set::new();
    assert_eq!(kinds(&rules.recommend(&answers, &around))[0], Kind::Muni);
}

#[test]
fn equal_weights_go_to_the_nearer_then_the_chosen_way_then_the_open_one() {
    let rules = rules();
    let answers = Answers {
        illness: guide::Illness::Treated,
        dis: [guide::Dis::Dev].into_iter().collect(),
        ..Answers::default()
    };
    let with = |windows: Vec<WindowFacts>| {
        let around = Surroundings {
            windows,
            ..Surroundings::default()
        };
        kinds(&rules.recommend(&answers, &around))[1..3].to_vec()
    };
    let (dev, med) = (
        WindowFacts::unknown(Kind::Dev),
        WindowFacts::unknown(Kind::Med),
    );
    assert_eq!(with(vec![]), [Kind::Dev, Kind::Med]);
    let near = WindowFacts {
        level: Some(Level::Municipality),
        ..med
    };
    let far = WindowFacts {
        level: Some(Level::Prefecture),
        offers_channel: Some(true),
        open_now: Some(true),
        ..dev
    };
    assert_eq!(with(vec![near, far]), [Kind::Med, Kind::Dev]);
    assert_eq!(
        with(vec![
            WindowFacts {
                offers_channel: Some(true),
                ..med
            },
            dev
        ]),
        [Kind::Med, Kind::Dev]
    );
    assert_eq!(
        with(vec![
            WindowFacts {
                open_now: Some(true),
                ..med
            },
            dev
        ]),
        [Kind::Med, Kind::Dev]
    );
}

#[test]
fn one_body_is_one_card_and_the_centre_stays_the_centre() {
    let rules = rules();
    let mut around = Surroundings {
        has_kw: true,
        has_muni: true,
        ..Surroundings::default()
    };
    around.same_body = vec![(Kind::Kw, Kind::Hc)];
    let answer = rules.recommend(&me(24), &around);
    assert_eq!(kinds(&answer), [Kind::Muni, Kind::Hc, Kind::Peer]);
    assert_eq!(answer.top[1].also, [Kind::Kw]);
    around.same_body = vec![(Kind::Muni, Kind::Hc)];
    let answer = rules.recommend(&me(24), &around);
    assert_eq!(kinds(&answer), [Kind::Hc, Kind::Kw, Kind::Peer]);
    assert_eq!(answer.top[0].also, [Kind::Muni]);
}

#[test]
fn a_window_checked_too_long_ago_leaves_the_guide_but_never_the_centre() {
    let rules = rules();
    let stale = |kind| WindowFacts {
        stale: true,
        ..WindowFacts::unknown(kind)
    };
    let around = Surroundings {
        has_kw: true,
        windows: vec![stale(Kind::Kw), stale(Kind::Hc)],
        ..Surroundings::default()
    };
    let answer = rules.recommend(&me(24), &around);
    assert_eq!(kinds(&answer), [Kind::Hc, Kind::Peer]);
    assert!(answer.fired.contains(&"R41") && answer.why_not.iter().any(|why| why.rule == "R41"));
}

#[test]
fn a_window_that_comes_to_the_home_goes_before_the_other() {
    let rules = rules();
    let mut answers = me(24);
    answers.want.insert(Want::Visit);
    let mut around = Surroundings {
        has_muni: true,
        ..Surroundings::default()
    };
    assert_eq!(
        kinds(&rules.recommend(&answers, &around))[..2],
        [Kind::Muni, Kind::Hc]
    );
    around.windows = vec![WindowFacts {
        outreach: Some(true),
        ..WindowFacts::unknown(Kind::Hc)
    }];
    assert_eq!(
        kinds(&rules.recommend(&answers, &around))[..2],
        [Kind::Hc, Kind::Muni]
    );
}

#[test]
fn without_an_area_the_order_is_the_same_and_a_national_line_is_named() {
    let rules = rules();
    let without = Surroundings {
        no_area: true,
        ..Surroundings::default()
    };
    let mut dice = Dice(3);
    for _ in 0..10_000 {
        let (answers, _) = dice.sheet();
        let (with_none, neutral) = (
            rules.recommend(&answers, &without),
            rules.recommend(&answers, &Surroundings::default()),
        );
        assert_eq!(kinds(&with_none), kinds(&neutral));
        assert!(with_none.beside.iter().any(|line| line.code == "LISTEN"));
    }
}

/// Whatever the directory knows, the centre is among the first three and no window is lost or doubled.
#[test]
fn nothing_the_directory_knows_can_push_the_centre_out() {
    let rules = rules();
    let mut dice = Dice(11);
    for _ in 0..200_000 {
        let (answers, mut around) = dice.sheet();
        around.city_centre = dice.roll(2) == 1;
        around.asker_area = dice.roll(2) == 1;
        for _ in 0..dice.roll(6) {
            around.windows.push(WindowFacts {
                level: dice.pick(&[
                    None,
                    Some(Level::Municipality),
                    Some(Level::Prefecture),
                    Some(Level::Nation),
                ]),
                offers_channel: dice.pick(&[None, Some(true), Some(false)]),
                open_now: dice.pick(&[None, Some(true), Some(false)]),
                outreach: dice.pick(&[None, Some(true), Some(false)]),
                stale: dice.roll(8) == 0,
                kind: dice.pick(Kind::ALL),
            });
        }
        for _ in 0..dice.roll(3) {
            around
                .same_body
                .push((dice.pick(Kind::ALL), dice.pick(Kind::ALL)));
        }
        let answer = rules.recommend(&answers, &around);
        let centre =
            |item: &guide::Item<'_>| item.kind == Kind::Hc || item.also.contains(&Kind::Hc);
        assert!(answer.top.iter().any(centre), "{answers:?} {around:?}");
        assert_ne!(answer.top[0].kind, Kind::Med);
        let mut all: Vec<Kind> = kinds(&answer);
        all.extend(
            answer
                .top
                .iter()
                .chain(&answer.more)
                .flat_map(|item| item.also.clone()),
        );
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{answers:?} {around:?} {answer:?}");
    }
}

#[test]
fn seven_pages_at_most_and_two_follow_up_questions() {
    let rules = rules();
    let ids: Vec<&str> = rules
        .questions
        .iter()
        .map(|question| question.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "who",
            "area",
            "age",
            "school",
            "want",
            "how",
            "stage",
            "prev",
            "circumstances"
        ]
    );
    assert_eq!(
        rules
            .questions
            .iter()
            .filter(|question| !question.is_follow_up())
            .count(),
        7
    );
    let route = |answers: &Answers| {
        rules
            .route(answers)
            .iter()
            .map(|question| question.slug.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        route(&Answers::default()),
        ["1", "2", "3", "4", "5", "6", "7"]
    );
    let young = Answers {
        age: Some(17),
        stage: Stage::S1,
        ..Answers::default()
    };
    assert_eq!(
        route(&young),
        ["1", "2", "3", "3b", "4", "5", "6", "6b", "7"]
    );
    let age = rules.question("age").unwrap();
    assert_eq!(rules.next_question(&young, age).unwrap().id, "school");
    assert_eq!(
        rules.next_question(&Answers::default(), age).unwrap().id,
        "want"
    );
    assert_eq!(
        rules
            .previous_question(&Answers::default(), rules.question("want").unwrap())
            .unwrap()
            .id,
        "age"
    );
    assert!(
        rules
            .next_question(&young, rules.question("circumstances").unwrap())
            .is_none()
    );
    assert!(
        rules
            .previous_question(&young, rules.question("who").unwrap())
            .is_none()
    );
    assert_eq!(
        rules.questions_left(&Answers::default(), rules.question("stage").unwrap()),
        1
    );
}

#[test]
fn every_question_ends_with_not_knowing_and_not_saying() {
    for question in &rules().questions {
        let aside: Vec<&str> = question
            .aside
            .iter()
            .map(|pick| pick.label.normal.as_str())
            .collect();
        assert_eq!(aside, ["わからない", "こたえたくない"], "{}", question.id);
        assert!(
            question.chosen(&Answers::default()).is_empty(),
            "{} is preselected",
            question.id
        );
        let values: Vec<&str> = question.options().map(|pick| pick.value.as_str()).collect();
        assert_eq!(
            values.is_empty(),
            question.form == Form::Area,
            "{}",
            question.id
        );
    }
}

#[test]
fn what_is_picked_is_what_stands_there_and_skipping_takes_it_back() {
    let rules = rules();
    let young = Answers {
        age: Some(17),
        stage: Stage::S1,
        ..Answers::default()
    };
    for question in rules
        .questions
        .iter()
        .filter(|question| question.form != Form::Area)
    {
        for pick in question.options() {
            let after = question.answer(&young, [pick.value.as_str()]).unwrap();
            let chosen: Vec<&str> = question
                .chosen(&after)
                .iter()
                .map(|pick| pick.value.as_str())
                .collect();
            assert_eq!(chosen, [pick.value.as_str()]);
            assert_eq!(Answers::from_bytes(&after.to_bytes()), Some(after));
            for aside in [vec![], vec!["unknown"], vec!["skip"]] {
                let back = question.answer(&after, aside).unwrap();
                assert!(
                    question.chosen(&back).is_empty(),
                    "{} {}",
                    question.id,
                    pick.value
                );
            }
        }
        assert!(question.answer(&young, ["nothing:of the kind"]).is_err());
    }
}

#[test]
fn answers_that_contradict_each_other_are_settled() {
    let rules = rules();
    let circumstances = rules.question("circumstances").unwrap();
    for order in [
        ["money:urgent", "money:anxious"],
        ["money:anxious", "money:urgent"],
    ] {
        assert_eq!(
            circumstances
                .answer(&Answers::default(), order)
                .unwrap()
                .money,
            guide::Money::Urgent
        );
    }
    for order in [
        ["illness:treated", "illness:suspected"],
        ["illness:suspected", "illness:treated"],
    ] {
        assert_eq!(
            circumstances
                .answer(&Answers::default(), order)
                .unwrap()
                .illness,
            guide::Illness::Treated
        );
    }
    let want = rules.question("want").unwrap();
    let only_info = want
        .answer(&Answers::default(), ["unknown", "want:info"])
        .unwrap();
    assert!(only_info.want.len() == 1 && only_info.want.has(Want::Info));
    let four = ["want:info", "want:work", "want:place", "want:peer"];
    assert_eq!(
        want.answer(&Answers::default(), four)
            .unwrap_err()
            .to_string(),
        "want は3つまでです。"
    );
    // Whoever turns out to be older is not asked about school any more, and their answer is gone.
    let pupil = Answers {
        age: Some(17),
        school: guide::School::High,
        ..Answers::default()
    };
    let older = rules
        .question("age")
        .unwrap()
        .answer(&pupil, ["age:30-39"])
        .unwrap();
    assert_eq!(older.school, guide::School::Unknown);
}

/// Nothing is asked that no rule uses (§C3).
#[test]
fn every_option_can_change_the_answer() {
    let rules = rules();
    let used: Vec<String> = rules
        .rules
        .iter()
        .flat_map(|rule| {
            std::iter::once(&rule.when).chain(
                rule.effects
                    .iter()
                    .filter_map(|effect| effect.when.as_ref()),
            )
        })
        .map(|condition| condition.source().to_owned())
        .collect();
    for question in rules
        .questions
        .iter()
        .filter(|question| question.form != Form::Area)
    {
        for pick in question.options() {
            let key = pick.value.split(':').next().unwrap();
            assert!(
                used.iter()
                    .any(|source| source.split([' ', '(', ')']).any(|word| word == key)),
                "{}",
                pick.value
            );
        }
    }
}

#[test]
fn three_lines_to_hand_over() {
    let rules = rules();
    let mother = Answers {
        who: Who::Parent,
        stage: Stage::S0,
        ..Answers::default()
    };
    assert_eq!(
        rules.phrase_card(&mother, Some("みどり市"), false),
        [
            "子どものことで相談したい、親です。子どもはみどり市に住んでいます。",
            "はじめて相談します。何から話せばいいか、まだわかりません。",
            "本人は来られません。家族だけで話せますか。",
        ]
    );
    assert_eq!(
        rules.phrase_card(&mother, None, false)[0],
        "子どものことで相談したい、親です。"
    );
    let mut dice = Dice(5);
    for _ in 0..20_000 {
        let (answers, _) = dice.sheet();
        for easy in [false, true] {
            for area in [None, Some("みどり市")] {
                let card = rules.phrase_card(&answers, area, easy);
                assert_eq!(card.len(), 3);
                assert!(
                    card.iter()
                        .all(|line| line.ends_with('。') && !line.contains(['[', ']', '{'])),
                    "{card:?}"
                );
            }
        }
    }
}
