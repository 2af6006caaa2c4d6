//! Rooms, offered hours, an absence, and the appointments of the last weeks and of those to come.

use super::Year;
use crate::demo::said::SampleSlip;
use crate::failure::Result;
use community::appointment::Who;
use community::appointment::book::{ForCaller, NewAppointment};
use community::offered_hours::{Hours, Way};
use community::slip::{Code, Reminder, Token, Words};
use jiff::civil::{Time, time};
use jiff::{SignedDuration, ToSpan as _};
use office::Session;
use office::office::Office;

/// Everything about appointments.
pub async fn tell(year: &Year<'_>) -> Result<Vec<SampleSlip>> {
    let office = office::office::one(&mut year.app.db.read().await?, year.desk.id).await?;
    hours(year).await?;
    past(year, &office).await?;
    coming(year, &office).await
}

async fn hours(year: &Year<'_>) -> Result<()> {
    let (room, lead) = (&year.app.community, &year.desk.supervisor);
    year.ago(120, 9);
    let large = room.add_meeting_room(lead, "相談室1").await?;
    let small = room
        .add_meeting_room(lead, "相談室2（小さめ・窓なし）")
        .await?;
    let from_day = year.clock.today();
    let weekly =
        |by: &Session, weekday: i8, from: Time, to: Time, ways: &[Way], place: i64| Hours {
            staff: by.staff(),
            weekday,
            from,
            to,
            ways: ways.to_vec(),
            room: Some(place),
            minutes: 45,
            pause: 15,
            in_pairs: false,
            from_day,
            until_day: None,
        };
    let (morning, noon) = (time(10, 0, 0, 0), time(12, 0, 0, 0));
    let (after, evening) = (time(13, 0, 0, 0), time(16, 0, 0, 0));
    let (me, all) = (year.me(), [Way::VisitIn, Way::Phone, Way::Online]);
    for weekday in [0, 2, 4] {
        let hours = weekly(me, weekday, morning, noon, &all, small);
        room.offer_hours(me, &hours).await?;
    }
    let monday = weekly(me, 0, after, evening, &all, small);
    room.offer_hours(me, &monday).await?;
    for weekday in [1, 3] {
        let ways = [Way::VisitIn, Way::Phone];
        let hours = weekly(lead, weekday, after, evening, &ways, large);
        room.offer_hours(lead, &hours).await?;
    }
    // Visits at home are made by two.
    let mut visits = weekly(me, 4, after, time(17, 0, 0, 0), &[Way::Home], small);
    (visits.in_pairs, visits.room, visits.minutes) = (true, None, 60);
    room.offer_hours(me, &visits).await?;
    let visits = Hours {
        staff: lead.staff(),
        ..visits
    };
    room.offer_hours(lead, &visits).await?;
    let guides = [
        (
            Way::VisitIn,
            "見本会館の1階、いちばん奥の部屋です。正面の入口から入り、右へまっすぐおいでください。呼び鈴は押さなくてかまいません。",
        ),
        (
            Way::Phone,
            "時間になったら、こちらからかけます。個人の名前だけを名乗ります。出られなくても、かまいません。",
        ),
        (Way::Online, "https://kaigi.example.jp/mihon-soudan"),
        (
            Way::Home,
            "伺う前に、いちど電話か手紙でご相談します。玄関先だけでもかまいません。",
        ),
    ];
    for (way, words) in guides {
        room.save_guide(lead, way, words).await?;
    }
    year.ago(2, 17);
    let week = year.today.saturating_add(8.days());
    let day = |hour: i64| {
        basics::time::start_of_day(week)
            .saturating_add(SignedDuration::from_hours(hour))
            .unwrap_or(year.now)
    };
    room.note_absence(me, me.staff(), day(9), day(17)).await?;
    Ok(())
}

/// What took place in the last weeks: from it comes the honest waiting time.
async fn past(year: &Year<'_>, office: &Office) -> Result<()> {
    let first_talks = [
        (54, 5, Way::VisitIn),
        (50, 9, Way::Phone),
        (47, 3, Way::VisitIn),
        (41, 12, Way::Online),
        (38, 7, Way::VisitIn),
        (33, 8, Way::Phone),
        (29, 10, Way::VisitIn),
        (26, 4, Way::Phone),
        (22, 6, Way::VisitIn),
        (19, 11, Way::Phone),
    ];
    for (days, nth, way) in first_talks {
        year.ago(days, 22);
        let words = Words::default();
        let who = if nth % 2 == 0 {
            Who::Family
        } else {
            Who::Principal
        };
        let Some((id, _)) = book(year, office, way, nth, (who, true), words).await? else {
            continue;
        };
        year.clock.set(year.now);
        let ended = year.app.community.appointment(year.me(), id).await?;
        if ended.appointment.ends_at < year.now {
            let after = ended.appointment.ends_at;
            year.clock.set(after);
            year.app.community.note_held(year.me(), id, true).await?;
        }
    }
    Ok(())
}

async fn coming(year: &Year<'_>, office: &Office) -> Result<Vec<SampleSlip>> {
    let words = |nickname: &str, note: &str| Words {
        nickname: nickname.to_owned(),
        note: note.to_owned(),
        ..Words::default()
    };
    let mut slips = Vec::new();
    let booked = [
        (
            5,
            Way::VisitIn,
            9,
            Who::Family,
            words("すみれ", "息子には言わずに行きます。"),
        ),
        (5, Way::Phone, 4, Who::Principal, words("よる", "")),
        (
            3,
            Way::Online,
            3,
            Who::Principal,
            words("", "文字だけで話したいです。"),
        ),
        (
            2,
            Way::Home,
            1,
            Who::Family,
            words("となりの父", "玄関先まで。"),
        ),
        (1, Way::VisitIn, 7, Who::Unsaid, words("はじめて", "")),
    ];
    for (days, way, nth, who, words) in booked {
        // In the middle of the night, when nobody is at the desk.
        year.ago(days, 2);
        if let Some((_, code)) = book(year, office, way, nth, (who, true), words).await? {
            slips.push(SampleSlip {
                what: "面接の予約",
                key: "appointment",
                code: code.spoken(),
            });
        }
    }
    by_telephone(year, office).await?;
    slips.truncate(1);
    Ok(slips)
}

/// Somebody called, and the desk booked for them.
async fn by_telephone(year: &Year<'_>, office: &Office) -> Result<()> {
    year.ago(1, 14);
    let me = year.me();
    let today = year.clock.today();
    let last = today.saturating_add(14.days());
    let slots = year
        .app
        .community
        .open_slots_at_desk(me, today, last, None, None)
        .await?;
    let after = slots
        .into_iter()
        .filter(|slot| slot.allows(Way::Phone) && slot.starts_at > year.now);
    let Some(slot) = after.into_iter().nth(3) else {
        return Ok(());
    };
    let token = Token::fresh();
    let new = NewAppointment {
        office,
        token: &token,
        starts_at: slot.starts_at,
        minutes: slot.minutes,
        way: Way::Phone,
        who: Who::Family,
        people: 1,
        first_time: false,
        words: Words {
            nickname: "川のそば".to_owned(),
            phone: "（見本の電話 2）".to_owned(),
            ..Words::default()
        },
        reminder: Reminder::Call,
        reminder_to: String::new(),
    };
    let room = &year.app.community;
    room.enter_appointment(me, &new, ForCaller::default())
        .await?;
    Ok(())
}

/// Books the `nth` free slot of this moment.
async fn book(
    year: &Year<'_>,
    office: &Office,
    way: Way,
    nth: usize,
    (who, first_time): (Who, bool),
    words: Words,
) -> Result<Option<(i64, Code)>> {
    let room = &year.app.community;
    let slots = room.open_slots(office, Some(way)).await?;
    let Some(slot) = slots.into_iter().nth(nth) else {
        return Ok(None);
    };
    let token = Token::fresh();
    let new = NewAppointment {
        office,
        token: &token,
        starts_at: slot.starts_at,
        minutes: slot.minutes,
        way,
        who,
        people: 1,
        first_time,
        words,
        reminder: Reminder::Nothing,
        reminder_to: String::new(),
    };
    let booked = room.book_appointment(&new, None).await?;
    Ok(Some((booked.id, booked.code)))
}
