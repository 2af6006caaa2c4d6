//! A second guide, written straight down from guide.md §E3 and the section 3 without looking at the rule
//! data: plain `if`s and numbers. The tests hold the engine against it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::similar_names
)]

use directory::Kind;
use guide::{Answers, Dis, How, Illness, Money, Risk, School, Stage, Surroundings, Want, Who};

/// What the naive guide says.
#[derive(Debug, PartialEq, Eq)]
pub struct Naive {
    pub urgent: Vec<&'static str>,
    pub top: Vec<Kind>,
    pub more: Vec<Kind>,
    pub later: Vec<Kind>,
    pub fired: Vec<&'static str>,
}

pub fn naive(a: &Answers, s: &Surroundings) -> Naive {
    let mut weight = [i32::MIN; 23];
    let mut fired = Vec::with_capacity(20);
    let (mut e110, mut e119, mut e189, mut sos, mut kids) = (false, false, false, false, false);
    let mut later = Vec::new();
    let mut set = |kind: Kind, w: i32| weight[kind as usize] = weight[kind as usize].max(w);
    let me = a.who == Who::Me;
    let family = matches!(a.who, Who::Parent | Who::Sibling | Who::Family);
    let outsider = matches!(a.who, Who::Neighbor | Who::Teacher | Who::Supporter);
    let age = a.age.map(i32::from);
    let below = |n: i32| age.is_some_and(|age| age < n);
    let from = |n: i32| age.is_some_and(|age| age >= n);
    let work = a.want.has(Want::Work);
    let techo = a.dis.has(Dis::Techo);

    if a.risk.has(Risk::Danger) {
        fired.push("R01");
        e110 = true;
        e119 = true;
    }
    if a.risk.has(Risk::Suicide) {
        fired.push(if me { "R02" } else { "R03" });
        sos = true;
        kids = me && below(19);
        set(Kind::Mhc, 90);
    }
    if a.risk.has(Risk::ViolenceToFamily) {
        fired.push("R04");
        e110 = true;
        set(Kind::P9110, 93);
        set(Kind::Mhc, 87);
    }
    if a.risk.has(Risk::AbuseFromFamily) {
        fired.push("R05");
        if below(18) {
            e189 = true;
        } else {
            e110 = true;
            e189 |= age.is_none();
            set(Kind::P9110, 93);
        }
    }
    if a.money == Money::Urgent {
        fired.push("R06");
        set(Kind::Js, 110);
        set(Kind::Fukushi, 95);
    }
    if a.risk.has(Risk::Contract) {
        fired.push("R07");
        set(Kind::Law, 94);
    }
    fired.push("R10");
    set(Kind::Hc, 100);
    if s.has_muni {
        fired.push("R11");
        set(Kind::Muni, if a.know_me { 70 } else { 101 });
    }
    if below(40) && s.has_kw {
        fired.push("R13");
        set(Kind::Kw, if below(19) { 92 } else { 80 });
    }
    if from(40) {
        fired.push("R14");
    }
    if below(16) || a.school == School::ShoChu {
        fired.push("R15");
        set(Kind::Edu, 104);
    }
    if from(16) && below(19) && a.school == School::High {
        fired.push("R16");
        set(Kind::Edu, 94);
    }
    if from(16) && below(19) && a.school == School::None {
        fired.push("R16");
        set(Kind::Edu, 62);
    }
    if a.money == Money::Anxious || a.want.has(Want::Future) {
        fired.push("R18");
        set(Kind::Js, if a.money == Money::Anxious { 86 } else { 76 });
    }
    match a.illness {
        Illness::None => {}
        Illness::Treated => {
            fired.push("R19");
            set(Kind::Med, 84);
            set(Kind::Mhc, 68);
        }
        Illness::Suspected => {
            fired.push("R19");
            set(Kind::Mhc, 89);
            set(Kind::Phc, 81);
        }
    }
    if a.want.has(Want::Health) {
        fired.push("R20");
        set(Kind::Mhc, 83);
        set(Kind::Phc, 79);
    }
    if !a.dis.is_empty() {
        fired.push("R21");
        if a.dis.has(Dis::Dev) {
            set(Kind::Dev, 84);
        }
        if techo {
            set(Kind::Dis, 85);
        }
    }
    if a.parent_old || from(65) {
        fired.push("R22");
        set(Kind::Houkatsu, if from(65) { 96 } else { 89 });
    }
    if family {
        fired.push("R23");
        let closer = a.want.has(Want::Advice)
            || a.want.has(Want::Peer)
            || a.want.has(Want::Future)
            || a.stage == Stage::S1;
        set(Kind::Fam, if closer { 88 } else { 82 });
    }
    if outsider {
        fired.push("R24");
    }
    if me {
        fired.push("R25");
        set(Kind::Peer, if a.want.has(Want::Peer) { 91 } else { 60 });
    }
    if a.want.has(Want::Place) {
        fired.push("R26");
        set(Kind::Ibasho, if me { 90 } else { 72 });
    }
    if a.want.has(Want::Listen) {
        fired.push("R27");
        set(
            Kind::Listen,
            if s.closed {
                103
            } else if me {
                93
            } else {
                80
            },
        );
    }
    if a.want.has(Want::Visit) {
        fired.push("R28");
    }
    if !a.how.is_empty() {
        fired.push("R29");
    }
    let far = a.stage == Stage::S3 || a.stage == Stage::S4;
    if work && !far {
        fired.push("R30");
        later = vec![Kind::Dwork, Kind::Hw, Kind::Sapo];
        set(Kind::Ibasho, 78);
    }
    if work && a.stage == Stage::S3 && from(15) && below(50) {
        fired.push("R31");
        set(Kind::Sapo, if techo { 88 } else { 90 });
    }
    if work && a.stage == Stage::S4 && from(15) && below(50) {
        fired.push("R32");
        set(Kind::Sapo, if techo { 88 } else { 103 });
        set(Kind::Hw, 86);
    }
    if work && a.stage == Stage::S4 && from(50) {
        fired.push("R33");
        set(Kind::Js, 96);
        set(Kind::Hw, 95);
    }
    if work && far && techo {
        fired.push("R34");
        set(Kind::Dwork, 97);
    }
    if a.risk.has(Risk::Debt) {
        fired.push("R35");
        set(Kind::Law, 83);
    }
    if let (Stage::S1, Some(prev)) = (a.stage, a.prev) {
        fired.push("R36");
        if weight[prev as usize] != i32::MIN {
            weight[prev as usize] -= 30;
        }
    }
    if a.stage == Stage::S2 {
        fired.push("R37");
    }
    if a.want.len() == 1 && a.want.has(Want::Info) {
        fired.push("R38");
        let read = &mut weight[Kind::Read as usize];
        // READ as the earlier window was lowered before it was weighed: it counts all the same.
        *read = if a.stage == Stage::S1 && a.prev == Some(Kind::Read) {
            90
        } else {
            120
        };
    }
    if from(50) {
        later.retain(|kind| *kind != Kind::Sapo);
    }

    let mut list: Vec<(i32, &'static str, Kind)> = Vec::with_capacity(12);
    for kind in Kind::ALL {
        if weight[*kind as usize] != i32::MIN {
            list.push((-weight[*kind as usize], kind.code(), *kind));
        }
    }
    list.sort_unstable();
    if list.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        fired.push("R42");
    }
    let mut kinds: Vec<Kind> = list.into_iter().map(|(_, _, kind)| kind).collect();
    let at = kinds
        .iter()
        .position(|kind| *kind == Kind::Hc)
        .expect("R10");
    if at >= 3 {
        fired.push("R43");
        kinds.remove(at);
        kinds.insert(2, Kind::Hc);
    }
    if kinds.len() < 3 {
        fired.push("R44");
    }
    if kinds[0] == Kind::Med {
        kinds.swap(0, 1);
    }
    let more = kinds.split_off(kinds.len().min(3));
    let mut urgent = Vec::new();
    for (said, codes) in [
        (e110, &["110"][..]),
        (e119, &["119"][..]),
        (e189, &["189"][..]),
        (sos, &["SOS"][..]),
        (kids, &["24KODOMO", "CHILDLINE"][..]),
    ] {
        if said {
            urgent.extend(codes);
        }
    }
    Naive {
        urgent,
        top: kinds,
        more,
        later,
        fired,
    }
}

/// Numbers that look random and are the same on every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }

    /// A sheet from the whole space of answers, every field at random.
    pub fn sheet(&mut self) -> (Answers, Surroundings) {
        use guide::{Choice, Set};
        let mut want = Set::new();
        for _ in 0..self.roll(4) {
            want.insert(self.pick(Want::ALL));
        }
        let answers = Answers {
            who: self.pick(Who::ALL),
            age: (self.roll(8) > 0).then(|| self.roll(121) as u8),
            school: self.pick(School::ALL),
            want,
            how: Set::from_bits(self.roll(1 << How::ALL.len()) as u16 * self.roll(2) as u16)
                .unwrap(),
            stage: self.pick(Stage::ALL),
            money: self.pick(Money::ALL),
            illness: self.pick(Illness::ALL),
            dis: Set::from_bits(self.roll(4) as u16).unwrap(),
            risk: Set::from_bits((self.roll(64) & self.roll(64)) as u16).unwrap(),
            parent_old: self.roll(2) == 1,
            know_me: self.roll(2) == 1,
            prev: (self.roll(3) > 0).then(|| self.pick(&Kind::ALL[..22])),
            area: None,
            asker_area: None,
        };
        let around = Surroundings {
            has_muni: self.roll(2) == 1,
            has_kw: self.roll(2) == 1,
            closed: self.roll(2) == 1,
            ..Surroundings::default()
        };
        (answers, around)
    }
}
