//! Totality (guide.md §D1): for every combination of answers there is an answer, and every invariant of §E3 holds.
//! Every single combination is also held against the naive guide of `common`.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Dice, naive};
use directory::Kind;
use guide::{
    Answers, Choice, Dis, Illness, Money, Recommendation, Risk, Rules, School, Set, Stage,
    Surroundings, Want, Who,
};

/// One of each group the rules tell apart; `askers_of_one_group_are_answered_alike` sees to the rest.
const ASKERS: [Who; 4] = [Who::Unknown, Who::Me, Who::Sibling, Who::Neighbor];

/// One age on each side of every border in the rules: 15, 16, 18, 19, 40, 50, 65, and no age.
const AGES: [Option<u8>; 10] = [
    None,
    Some(14),
    Some(15),
    Some(17),
    Some(18),
    Some(19),
    Some(39),
    Some(40),
    Some(50),
    Some(65),
];

/// One age a band of the rules, where other answers take the room.
const FEWER_AGES: [Option<u8>; 6] = [None, Some(15), Some(18), Some(39), Some(50), Some(65)];

#[test]
fn asker_age_school_stage_wants_money_risks_area() {
    let wants = wants(1);
    let risks = risks();
    let rules = Rules::shipped().unwrap();
    let count = in_two_halves(&ASKERS, |asker| {
        let mut count = 0;
        for (age, school, stage) in three(&AGES, School::ALL, Stage::ALL) {
            for (want, risk, money) in three(&wants, &risks, Money::ALL) {
                let answers = Answers {
                    who: asker,
                    age,
                    school,
                    stage,
                    want,
                    risk,
                    money,
                    ..Answers::default()
                };
                for around in areas() {
                    hold(&rules, &answers, &around);
                    count += 1;
                }
            }
        }
        count
    });
    assert!(count > 2_200_000, "{count}");
}

#[test]
fn every_choice_of_three_wishes() {
    let wants = wants(3);
    assert_eq!(wants.len(), 1 + 12 + 66 + 220);
    let rules = Rules::shipped().unwrap();
    in_two_halves(&ASKERS, |who| {
        for (age, stage, money) in three(&FEWER_AGES, Stage::ALL, Money::ALL) {
            for (want, dis, around) in three(
                &wants,
                &sets::<Dis>(),
                &[areas()[0].clone(), areas()[7].clone()],
            ) {
                let answers = Answers {
                    who,
                    age,
                    stage,
                    money,
                    want,
                    dis,
                    ..Answers::default()
                };
                hold(&rules, &answers, &around);
            }
        }
        0
    });
}

#[test]
fn every_earlier_window_with_illness_and_circumstances() {
    let mut prevs: Vec<Option<Kind>> = Kind::ALL[..22].iter().copied().map(Some).collect();
    prevs.push(None);
    let rules = Rules::shipped().unwrap();
    in_two_halves(&ASKERS, |who| {
        for (age, prev, illness) in three(&FEWER_AGES, &prevs, Illness::ALL) {
            for (want, dis, money) in three(&wants(1), &sets::<Dis>(), Money::ALL) {
                for (parent_old, know_me) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    let stage = Stage::S1;
                    let answers = Answers {
                        who,
                        age,
                        prev,
                        illness,
                        want,
                        dis,
                        money,
                        parent_old,
                        know_me,
                        stage,
                        ..Answers::default()
                    };
                    for around in &areas()[2..4] {
                        hold(&rules, &answers, around);
                    }
                }
            }
        }
        0
    });
}

#[test]
fn anything_at_all() {
    let rules = Rules::shipped().unwrap();
    let mut dice = Dice(0x0012_2120_2611);
    for _ in 0..500_000 {
        let (answers, around) = dice.sheet();
        hold(&rules, &answers, &around);
    }
}

#[test]
fn askers_of_one_group_are_answered_alike() {
    let rules = Rules::shipped().unwrap();
    let mut dice = Dice(7);
    for _ in 0..20_000 {
        let (mut answers, around) = dice.sheet();
        for group in [
            [Who::Parent, Who::Sibling, Who::Family],
            [Who::Neighbor, Who::Teacher, Who::Supporter],
        ] {
            let [first, second, third] = group.map(|who| {
                answers.who = who;
                rules.recommend(&answers, &around)
            });
            assert!(first == second && second == third);
        }
    }
}

/// The same sheet gives the same answer, the answer agrees with the naive guide, and the invariants hold.
fn hold(rules: &Rules, answers: &Answers, around: &Surroundings) {
    let said = rules.recommend(answers, around);
    let kinds = |items: &[guide::Item<'_>]| items.iter().map(|item| item.kind).collect::<Vec<_>>();
    let expected = naive(answers, around);
    let agrees = said
        .top
        .iter()
        .map(|item| item.kind)
        .eq(expected.top.iter().copied())
        && said
            .more
            .iter()
            .map(|item| item.kind)
            .eq(expected.more.iter().copied())
        && said
            .later
            .iter()
            .map(|item| item.kind)
            .eq(expected.later.iter().copied())
        && said
            .urgent
            .iter()
            .map(|urgent| urgent.line.code.as_str())
            .eq(expected.urgent.iter().copied())
        && said.fired == expected.fired;
    assert!(
        agrees,
        "{answers:?} {around:?}\n{expected:?}\n{:?} {:?} {:?} {:?}",
        kinds(&said.top),
        kinds(&said.more),
        kinds(&said.later),
        said.fired
    );
    if let Some(broken) = broken(answers, around, &said) {
        panic!("{broken}: {answers:?} {around:?} {:?}", kinds(&said.top));
    }
}

/// The invariants at the end of §E3 and in §D1, in their own words.
fn broken(
    answers: &Answers,
    around: &Surroundings,
    said: &Recommendation<'_>,
) -> Option<&'static str> {
    let top = |kind: Kind| said.top.iter().any(|item| item.kind == kind);
    let listed = |kind: Kind| top(kind) || said.more.iter().any(|item| item.kind == kind);
    let shown = |kind: Kind| listed(kind) || said.later.iter().any(|item| item.kind == kind);
    let from = |years: u8| answers.age.is_some_and(|age| age >= years);
    let far = matches!(answers.stage, Stage::S3 | Stage::S4);
    let trigger = [
        Risk::Danger,
        Risk::Suicide,
        Risk::ViolenceToFamily,
        Risk::AbuseFromFamily,
    ];
    let outsider = matches!(answers.who, Who::Neighbor | Who::Teacher | Who::Supporter);
    let rules = [
        (top(Kind::Hc), "HC is among the first three"),
        (
            !said.top.is_empty() && said.top.len() <= 3,
            "one to three windows",
        ),
        (
            said.top.len() == 3 || said.more.is_empty(),
            "the first page is filled first",
        ),
        (!(from(40) && shown(Kind::Kw)), "no KW from 40 on"),
        (
            around.has_kw || !shown(Kind::Kw),
            "no KW where there is none",
        ),
        (
            around.has_muni || !shown(Kind::Muni),
            "no MUNI where there is none",
        ),
        (
            far || !(top(Kind::Sapo) || top(Kind::Hw) || top(Kind::Dwork)),
            "no work window first before s3",
        ),
        (!(from(50) && shown(Kind::Sapo)), "no SAPO from 50 on"),
        (said.top[0].kind != Kind::Med, "MED is never the first"),
        (
            !listed(Kind::Fukushi) || listed(Kind::Js),
            "FUKUSHI only with JS",
        ),
        (
            !outsider || !(shown(Kind::Fam) || shown(Kind::Peer)),
            "no FAM, no PEER for outsiders",
        ),
        (!shown(Kind::Hall), "the hall is not ranked"),
        (
            said.urgent.is_empty() != trigger.iter().any(|risk| answers.risk.has(*risk)),
            "tier 0 if and only if something triggers it",
        ),
        (said.fired.is_sorted(), "fired is sorted"),
        (
            said.top.windows(2).all(|pair| pair[0].kind != pair[1].kind),
            "no window twice",
        ),
        (
            said.later.is_empty() || !far,
            "nothing is put off for those who are on their way",
        ),
    ];
    rules
        .into_iter()
        .find(|(holds, _)| !holds)
        .map(|(_, name)| name)
}

/// Every set of at most `most` wishes.
fn wants(most: usize) -> Vec<Set<Want>> {
    sets::<Want>()
        .into_iter()
        .filter(|set| set.len() <= most)
        .collect()
}

fn sets<C: Choice>() -> Vec<Set<C>> {
    (0..1_u16 << C::ALL.len())
        .filter_map(Set::from_bits)
        .collect()
}

/// None, each alone, all together.
fn risks() -> Vec<Set<Risk>> {
    sets::<Risk>()
        .into_iter()
        .filter(|set| set.len() <= 1 || set.len() == Risk::ALL.len())
        .collect()
}

/// With and without a window of one's own, with and without KW, open and closed.
fn areas() -> [Surroundings; 8] {
    std::array::from_fn(|bits| Surroundings {
        has_muni: bits & 1 == 1,
        has_kw: bits & 2 == 2,
        closed: bits & 4 == 4,
        ..Surroundings::default()
    })
}

fn three<A: Clone, B: Clone, C: Clone>(
    a: &[A],
    b: &[B],
    c: &[C],
) -> impl Iterator<Item = (A, B, C)> {
    a.iter().flat_map(move |a| {
        b.iter()
            .flat_map(move |b| c.iter().map(move |c| (a.clone(), b.clone(), c.clone())))
    })
}

/// Runs the work for every asker, on two threads.
fn in_two_halves(askers: &[Who], work: impl Fn(Who) -> usize + Sync) -> usize {
    let (first, second) = askers.split_at(askers.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| second.iter().map(|who| work(*who)).sum::<usize>());
        let mine: usize = first.iter().map(|who| work(*who)).sum();
        mine + other.join().unwrap()
    })
}
