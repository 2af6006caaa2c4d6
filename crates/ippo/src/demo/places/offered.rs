//! What the sample office offers, in the words of its pages. Nobody runs these places.

use crate::demo::office::{self, Desk};
use crate::failure::Result;
use community::feel::{Feel, Known, Trait};
use community::programme::{
    AfterBooking, Details, Draft, ForWhom, Kind as Sort, PlaceShown, RunBy,
};
use community::recurrence::{DayOfWeek, Nth, Pattern, Rule};
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, time};

/// The name of the open room.
pub const HIDAMARI: &str = "居場所 ひだまり（見本）";
/// The name of the group of those concerned.
pub const YORIMICHI: &str = "当事者会 よりみち（見本）";
/// The name of the group of families.
pub const KOMOREBI: &str = "家族会 こもれび（見本）";
/// The name of the class in six parts.
pub const CLASS: &str = "はじめての家族教室（見本・全6回）";
/// The name of the talk.
pub const TALK: &str = "講演「話さなくても、いっしょにいる」（見本）";
/// The name of the evening online.
pub const NIGHT: &str = "夜のオンライン居場所（見本）";
/// The name of the place that others run.
const ASHITABA: &str = "フリースペース あしたば（見本）";
/// The name of what nobody has looked at yet.
pub const UNCHECKED: &str = "ゲームと茶の間 こたつ（見本）";

/// A weekly or monthly rule of the sample office.
fn rule(pattern: Pattern, from: Date, starts: Time, minutes: u16) -> Rule {
    Rule {
        pattern,
        from,
        until: None,
        count: None,
        starts,
        minutes,
        skip_holidays: true,
        skip_closing_days: true,
        left_out: Vec::new(),
        extra: Vec::new(),
    }
}

fn weekly(on: &[DayOfWeek], from: Date, starts: Time, minutes: u16) -> Rule {
    let on = on.to_vec();
    rule(Pattern::Weekly { every: 1, on }, from, starts, minutes)
}

fn monthly(nth: Nth, on: DayOfWeek, from: Date, starts: Time, minutes: u16) -> Rule {
    let pattern = Pattern::MonthlyNth {
        every: 1,
        nth: vec![nth],
        on: vec![on],
    };
    rule(pattern, from, starts, minutes)
}

fn yes(traits: &[Trait]) -> Vec<(Trait, Known)> {
    traits.iter().map(|one| (*one, Known::Yes)).collect()
}

/// What most of them have in common.
fn blank(kind: Sort, for_whom: ForWhom, title: &str, about: &str) -> Result<Draft> {
    Ok(Draft {
        kind,
        for_whom,
        run_by: RunBy::Office,
        municipality: Some(office::jurisdiction()?),
        online: false,
        first_time_friendly: false,
        walk_in: false,
        takes_bookings: true,
        keeps_waiting_list: false,
        capacity: None,
        details: Details {
            title: title.to_owned(),
            about: about.to_owned(),
            contact: "予約の番号のページ、または窓口への手紙でたずねられます。".to_owned(),
            ..Details::default()
        },
        after_booking: AfterBooking::default(),
        rule: None,
        hosts: Vec::new(),
    })
}

/// Everything, and since how many days; what is checked and listed is decided by [`super::tell`].
pub fn all(desk: &Desk, today: Date, began: Date) -> Result<Vec<Draft>> {
    Ok(vec![
        hidamari(desk, began)?,
        yorimichi(desk, began)?,
        komorebi(desk, began)?,
        night(desk, began)?,
        ashitaba(began)?,
        class(desk, today)?,
        talk(desk)?,
        unchecked(today)?,
    ])
}

fn hidamari(desk: &Desk, began: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::Ibasho,
        ForWhom::Anyone,
        HIDAMARI,
        "何もしなくてもよい部屋です。本を読む人、絵をかく人、窓の外を見ている人がいます。\n名前を言わずに来て、言わずに帰れます。見学だけでも、5分だけでもかまいません。",
    )?;
    (draft.walk_in, draft.first_time_friendly) = (true, true);
    draft.capacity = Some(12);
    draft.rule = Some(weekly(
        &[DayOfWeek::Tuesday, DayOfWeek::Thursday],
        began,
        time(13, 0, 0, 0),
        180,
    ));
    // The peer supporter runs the open room together with the coordinator.
    draft.hosts = vec![desk.coordinator.staff(), desk.peer];
    let mut traits = yes(&[
        Trait::WithoutSpeaking,
        Trait::NoName,
        Trait::OnlyWatching,
        Trait::LeaveMidway,
        Trait::PrivateCorner,
        Trait::LeftAlone,
        Trait::NotSeenFromOutside,
        Trait::PlainDoor,
        Trait::Drinks,
        Trait::StepFree,
        Trait::WrittenTalk,
    ]);
    traits.push((Trait::Parking, Known::No));
    draft.details = Details {
        place_name: "みどり市見本会館 2階 和室のとなり".to_owned(),
        address: "みどり市見本町1丁目（実在しません）".to_owned(),
        station: "見本駅から歩いて6分".to_owned(),
        way_in: "正面の入口から入り、左の階段で2階へ。受付を通らずに来られます。部屋の戸は、いつも少し開いています。".to_owned(),
        cost: "無料（飲み物も）".to_owned(),
        feel: Feel {
            people_from: Some(3),
            people_to: Some(8),
            traits,
            sounds: "小さな音で音楽。となりの和室から、ときどき話し声".to_owned(),
            light: "窓の明かりが中心。奥の席は少し暗め".to_owned(),
            smell: "コーヒーのにおいがします".to_owned(),
            what_people_do: "読書、塗り絵、パソコン、ぼんやりすること。月のはじめの木曜だけ、やりたい人で小さな鉢の水やりをします。".to_owned(),
        },
        ..draft.details
    };
    Ok(draft)
}

fn yorimichi(desk: &Desk, began: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::PeerGroup,
        ForWhom::Principal,
        YORIMICHI,
        "ひきこもっている、またはその経験のある人どうしで過ごす会です。話す人も、聞くだけの人もいます。\n進め方は、はじめに紙でお渡しします。順番に当てることはありません。",
    )?;
    (draft.first_time_friendly, draft.keeps_waiting_list) = (true, true);
    draft.capacity = Some(6);
    let second_saturday = monthly(
        Nth::Second,
        DayOfWeek::Saturday,
        began,
        time(14, 0, 0, 0),
        120,
    );
    draft.rule = Some(second_saturday);
    draft.hosts = vec![desk.coordinator.staff()];
    draft.details = Details {
        ages: "18歳から上。上の年齢の決まりはありません".to_owned(),
        place_shown: PlaceShown::Station,
        station: "見本駅".to_owned(),
        cost: "無料".to_owned(),
        feel: Feel {
            people_from: Some(3),
            people_to: Some(6),
            traits: yes(&[
                Trait::NoName,
                Trait::OnlyWatching,
                Trait::LeaveMidway,
                Trait::PlainDoor,
                Trait::WrittenTalk,
            ]),
            sounds: "静か。話し声だけ".to_owned(),
            what_people_do: "お茶を飲みながら、その日に話したいことを話します。".to_owned(),
            ..Feel::default()
        },
        ..draft.details
    };
    draft.after_booking = AfterBooking {
        place: "見本会館 1階 第3会議室。見本駅の南口を出て、川に沿って歩いて4分です。入口の掲示は「第3 予約」とだけ書いてあります。".to_owned(),
        link: String::new(),
        words: "先に着いたら、廊下のいすで待てます。途中で帰るときは、声をかけなくてかまいません。".to_owned(),
    };
    Ok(draft)
}

fn komorebi(desk: &Desk, began: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::FamilyGroup,
        ForWhom::Family,
        KOMOREBI,
        "おなじ立場のご家族が、月に一度集まります。聞くだけでもかまいません。\nご本人のお名前をうかがうことはありません。ここに来たことが、こちらからご本人に伝わることもありません。",
    )?;
    draft.capacity = Some(15);
    draft.keeps_waiting_list = true;
    let fourth_saturday = monthly(
        Nth::Fourth,
        DayOfWeek::Saturday,
        began,
        time(13, 30, 0, 0),
        120,
    );
    draft.rule = Some(fourth_saturday);
    draft.hosts = vec![desk.supervisor.staff()];
    draft.details = Details {
        place_name: "みどり市見本会館 3階 研修室".to_owned(),
        address: "みどり市見本町1丁目（実在しません）".to_owned(),
        station: "見本駅から歩いて6分".to_owned(),
        cost: "お茶代として100円".to_owned(),
        feel: Feel {
            people_from: Some(6),
            people_to: Some(12),
            traits: yes(&[
                Trait::NoName,
                Trait::OnlyWatching,
                Trait::LeaveMidway,
                Trait::Drinks,
                Trait::StepFree,
                Trait::WheelchairToilet,
            ]),
            what_people_do:
                "近況を話せる人から話します。後半は、テーマを決めて話すこともあります。".to_owned(),
            ..Feel::default()
        },
        ..draft.details
    };
    Ok(draft)
}

fn night(desk: &Desk, began: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::OnlineIbasho,
        ForWhom::Principal,
        NIGHT,
        "夜に1時間半だけ開く、画面の中の居場所です。カメラもマイクも、オフのままでかまいません。\n文字だけで話す人がほとんどです。つないだまま、ほかのことをしている人もいます。",
    )?;
    (draft.municipality, draft.online) = (None, true);
    draft.first_time_friendly = true;
    draft.capacity = Some(20);
    let mut rule = weekly(&[DayOfWeek::Wednesday], began, time(20, 0, 0, 0), 90);
    rule.skip_holidays = false;
    draft.rule = Some(rule);
    draft.hosts = vec![desk.coordinator.staff()];
    draft.details = Details {
        cost: "無料（通信料はかかります）".to_owned(),
        feel: Feel {
            people_from: Some(4),
            people_to: Some(10),
            traits: yes(&[
                Trait::WithoutSpeaking,
                Trait::NoName,
                Trait::NoFace,
                Trait::OnlyWatching,
                Trait::LeaveMidway,
                Trait::Captions,
            ]),
            what_people_do:
                "文字のおしゃべり、しりとり、無言。月の終わりの回は、みんなで同じ音楽を聞きます。"
                    .to_owned(),
            ..Feel::default()
        },
        ..draft.details
    };
    draft.after_booking = AfterBooking {
        place: String::new(),
        link: "https://kaigi.example.jp/mihon".to_owned(),
        words: "名前の欄には、好きな言葉を入れてください。".to_owned(),
    };
    Ok(draft)
}

fn ashitaba(began: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::Ibasho,
        ForWhom::Anyone,
        ASHITABA,
        "古い家を使ったフリースペースです。畑の手伝いをする日もあります。",
    )?;
    draft.run_by = RunBy::Other;
    (draft.walk_in, draft.takes_bookings) = (true, false);
    let friday = weekly(&[DayOfWeek::Friday], began, time(15, 0, 0, 0), 180);
    draft.rule = Some(friday);
    draft.details = Details {
        run_by_name: "NPO法人 あしたばの会（見本・実在しません）".to_owned(),
        place_name: "あしたばの家".to_owned(),
        address: "みどり市見本町2丁目（実在しません）".to_owned(),
        cost: "200円（おやつ代）".to_owned(),
        contact: "直接おいでください。".to_owned(),
        feel: Feel {
            people_from: Some(2),
            people_to: Some(6),
            traits: vec![
                (Trait::NoName, Known::Yes),
                (Trait::LeaveMidway, Known::Yes),
                (Trait::Drinks, Known::Yes),
                (Trait::Parking, Known::Yes),
                (Trait::StepFree, Known::No),
                (Trait::WheelchairToilet, Known::No),
            ],
            smell: "畳と、薪のにおい".to_owned(),
            ..Feel::default()
        },
        ..draft.details
    };
    Ok(draft)
}

fn class(desk: &Desk, today: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::FamilyClass,
        ForWhom::Family,
        CLASS,
        "ひきこもりについて、家族ができること、しなくてよいことを、6回に分けて学びます。\n1回だけでも、途中の回からでも参加できます。",
    )?;
    draft.capacity = Some(10);
    let mut every_other_wednesday = rule(
        Pattern::Weekly {
            every: 2,
            on: vec![DayOfWeek::Wednesday],
        },
        today.saturating_sub(36.days()),
        time(10, 0, 0, 0),
        90,
    );
    every_other_wednesday.count = Some(6);
    draft.rule = Some(every_other_wednesday);
    draft.hosts = vec![desk.supervisor.staff(), desk.coordinator.staff()];
    draft.details = Details {
        place_shown: PlaceShown::AfterBooking,
        cost: "無料".to_owned(),
        feel: Feel {
            people_from: Some(4),
            people_to: Some(9),
            traits: yes(&[Trait::NoName, Trait::OnlyWatching]),
            what_people_do: "前半は職員の話、後半は質問の時間です。質問は紙でも出せます。"
                .to_owned(),
            ..Feel::default()
        },
        ..draft.details
    };
    draft.after_booking = AfterBooking {
        place: "見本会館 2階 第1研修室".to_owned(),
        link: String::new(),
        words: "筆記用具は、こちらにあります。".to_owned(),
    };
    Ok(draft)
}

fn talk(desk: &Desk) -> Result<Draft> {
    let mut draft = blank(
        Sort::Talk,
        ForWhom::Anyone,
        TALK,
        "経験のある方と、居場所を開いている方の対談です。会場でも、家からでも聞けます。",
    )?;
    draft.online = true;
    draft.capacity = Some(80);
    draft.hosts = vec![desk.supervisor.staff()];
    draft.details = Details {
        place_name: "みどり市見本会館 大ホール".to_owned(),
        station: "見本駅から歩いて6分".to_owned(),
        cost: "無料".to_owned(),
        feel: Feel {
            traits: yes(&[
                Trait::NoName,
                Trait::NoFace,
                Trait::LeaveMidway,
                Trait::StepFree,
                Trait::WheelchairToilet,
                Trait::Captions,
                Trait::SignLanguage,
                Trait::Parking,
            ]),
            ..Feel::default()
        },
        ..draft.details
    };
    draft.after_booking = AfterBooking {
        place: String::new(),
        link: "https://kaigi.example.jp/mihon-kouen".to_owned(),
        words: "いちばん後ろの列は、途中で出やすい席です。".to_owned(),
    };
    Ok(draft)
}

fn unchecked(today: Date) -> Result<Draft> {
    let mut draft = blank(
        Sort::Ibasho,
        ForWhom::Principal,
        UNCHECKED,
        "ゲームをしたり、こたつで過ごしたりする場です。",
    )?;
    draft.run_by = RunBy::Other;
    (draft.walk_in, draft.takes_bookings) = (true, false);
    let sunday = weekly(&[DayOfWeek::Sunday], today, time(13, 0, 0, 0), 240);
    draft.rule = Some(sunday);
    draft.details = Details {
        run_by_name: "こたつの会（見本・実在しません）".to_owned(),
        place_name: "確かめています".to_owned(),
        contact: String::new(),
        ..draft.details
    };
    Ok(draft)
}
