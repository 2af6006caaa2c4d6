//! The pure part: which slots there are.

use super::*;
use crate::offered_hours::Hours;
use jiff::civil::{date, time};

/// Monday, ten to twelve, fifty minutes' worth in quarters.
fn hours(staff: i64) -> Hours {
    Hours {
        staff: staff.into(),
        weekday: 0,
        from: time(10, 0, 0, 0),
        to: time(12, 0, 0, 0),
        ways: vec![Way::VisitIn, Way::Phone],
        room: None,
        minutes: 45,
        pause: 15,
        in_pairs: false,
        from_day: date(2026, 11, 1),
        until_day: None,
    }
}

fn situation(hours: Vec<Hours>) -> Situation {
    let kept = |(id, hours)| OfferedHours { id, hours };
    Situation {
        opening: Opening::default(),
        hours: (1..).zip(hours).map(kept).collect(),
        taken: HashSet::new(),
        elsewhere: HashSet::new(),
    }
}

const MONDAY: Date = date(2026, 11, 30);

fn take(situation: &mut Situation, resource: Resource, from: i64, until: i64) {
    let midnight = start_of_day(MONDAY);
    let taken = quarters(end_of(midnight, from), end_of(midnight, until));
    situation
        .taken
        .extend(taken.map(|quarter| (resource, quarter)));
}

fn clocks(slots: &[Slot]) -> Vec<String> {
    let clock = |slot: &Slot| basics::japanese::time(to_jst(slot.starts_at).time());
    slots.iter().map(clock).collect()
}

#[test]
fn slots_follow_each_other_with_a_pause_between() {
    let plain = situation(vec![hours(1)]);
    assert_eq!(clocks(&of_day(MONDAY, &plain)), ["10:00", "11:00"]);
    // The last one need not leave room for its pause, only for itself.
    let mut longer = hours(1);
    longer.to = time(12, 45, 0, 0);
    assert_eq!(
        clocks(&of_day(MONDAY, &situation(vec![longer]))),
        ["10:00", "11:00", "12:00"]
    );
}

#[test]
fn closed_days_and_hours_outside_the_offices_give_nothing() {
    let mut early = hours(1);
    early.from = time(7, 0, 0, 0);
    let mut situation = situation(vec![early]);
    // The office opens at 8:30; the grid of the hours stays where it is.
    assert_eq!(
        clocks(&of_day(MONDAY, &situation)),
        ["9:00", "10:00", "11:00"]
    );
    // 23 November is a holiday, and a Monday.
    assert!(of_day(date(2026, 11, 23), &situation).is_empty());
    situation.opening.closing_days.push(MONDAY);
    assert!(of_day(MONDAY, &situation).is_empty());
}

#[test]
fn hours_hold_from_their_first_to_their_last_day() {
    let mut short = hours(1);
    short.from_day = date(2026, 12, 7);
    short.until_day = Some(date(2026, 12, 7));
    let situation = situation(vec![short]);
    let days: Vec<Date> = situation
        .slots(date(2026, 11, 24), date(2026, 12, 31))
        .iter()
        .map(Slot::day)
        .collect();
    assert_eq!(days, [date(2026, 12, 7), date(2026, 12, 7)]);
}

#[test]
fn what_is_taken_or_away_is_gone_with_its_pause() {
    let mut taken = situation(vec![hours(1)]);
    // A visit from 11:50: the pause after 11:00–11:45 is not free any more.
    take(&mut taken, Resource::Staff(1.into()), 11 * 60 + 50, 13 * 60);
    assert_eq!(clocks(&of_day(MONDAY, &taken)), ["10:00"]);
}

#[test]
fn a_room_is_needed_in_the_house_and_not_at_home() {
    let mut in_room = hours(1);
    in_room.room = Some(3);
    in_room.ways = vec![Way::VisitIn, Way::Home];
    let mut with = hours(2);
    with.from = time(9, 30, 0, 0);
    with.minutes = 150;
    let mut situation = situation(vec![in_room, with]);
    take(&mut situation, Resource::Room(3), 10 * 60, 11 * 60);
    let slots = of_day(MONDAY, &situation);
    let slots: Vec<&Slot> = slots.iter().filter(|one| one.minutes == 45).collect();
    assert!(!slots[0].allows(Way::VisitIn) && slots[0].allows(Way::Home));
    assert!(slots[1].allows(Way::VisitIn));
    let resources = slots[0].candidates[0].resources(Way::Home);
    assert_eq!(
        resources,
        [Resource::Staff(1.into()), Resource::Staff(2.into())]
    );
}

#[test]
fn nobody_goes_to_a_home_alone() {
    let mut home = hours(1);
    home.ways = vec![Way::Phone, Way::Home];
    // Alone there are only calls.
    let slots = of_day(MONDAY, &situation(vec![home.clone()]));
    assert!(slots[0].allows(Way::Phone) && !slots[0].allows(Way::Home));
    // With a second colleague a visit is a pair, and a call is not.
    let mut two = situation(vec![home, hours(2)]);
    let slots = of_day(MONDAY, &two);
    let at_home = |slot: &Slot| -> Vec<(i64, Option<i64>)> {
        let fit = slot
            .candidates
            .iter()
            .filter(|one| one.ways.contains(&Way::Home));
        fit.map(|one| (one.staff.get(), one.second.map(StaffId::get)))
            .collect()
    };
    assert_eq!(at_home(&slots[0]), [(1, Some(2))]);
    let calls = slots[0]
        .candidates
        .iter()
        .find(|one| one.ways.contains(&Way::Phone));
    assert_eq!(calls.unwrap().second, None);
    // The second one hosts something at eleven: at ten they go, at eleven they do not.
    let midnight = start_of_day(MONDAY);
    let busy = quarters(end_of(midnight, 11 * 60), end_of(midnight, 12 * 60));
    two.elsewhere
        .extend(busy.map(|quarter| (Resource::Staff(2.into()), quarter)));
    let slots = of_day(MONDAY, &two);
    assert!(
        slots[0].allows(Way::Home) && !slots[1].allows(Way::Home) && slots[1].allows(Way::Phone)
    );
}

#[test]
fn pairs_need_two_who_are_free() {
    let mut pair = hours(1);
    pair.in_pairs = true;
    assert!(of_day(MONDAY, &situation(vec![pair.clone()])).is_empty());
    let mut with_second = situation(vec![pair, hours(2)]);
    let slots = of_day(MONDAY, &with_second);
    let first = &slots[0].candidates;
    assert_eq!(first[0].second, Some(2.into()));
    assert_eq!((first.len(), first[1].staff), (2, 2.into()));
    take(
        &mut with_second,
        Resource::Staff(2.into()),
        10 * 60,
        11 * 60,
    );
    assert_eq!(clocks(&of_day(MONDAY, &with_second)), ["11:00"]);
}

#[test]
fn the_least_loaded_comes_first() {
    let mut candidates = of_day(MONDAY, &situation(vec![hours(1), hours(2)]))
        .remove(0)
        .candidates;
    let order = |candidates: &[Candidate]| -> Vec<i64> {
        candidates.iter().map(|one| one.staff.get()).collect()
    };
    fairest_first(
        &mut candidates,
        &HashMap::from([(1.into(), 3), (2.into(), 1)]),
    );
    assert_eq!(order(&candidates), [2, 1]);
    fairest_first(&mut candidates, &HashMap::new());
    assert_eq!(order(&candidates), [1, 2]);
}
