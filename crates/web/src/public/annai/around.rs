//! What stands around one person: the windows that serve their area, which of them are open, and whether an office of
//! this installation takes letters from there. The rules look at it; the cards show it.

use basics::{MunicipalityCode, holidays};
use directory::{
    Channel, Directory, Fact, Freshness, Kind, MunicipalityType, Window, hours::OpenState,
    open_state,
};
use guide::{Answers, How, Level, Set, Surroundings, WindowFacts, answers::guide_kinds};
use jiff::{Zoned, civil::Weekday};
use office::office::Office;

use crate::Visit;

/// Kinds that stand for themselves: no window of the area has to be found.
pub(super) const EVERYWHERE: &[Kind] =
    &[Kind::Listen, Kind::Law, Kind::P9110, Kind::Read, Kind::Med];

/// The window of a kind for somebody who lives there. One that was confirmed in the last 18 months goes before one that
/// was not (R41: the level above steps in), one for the person's age before one that is not.
pub(super) fn window_of<'d>(
    directory: &'d Directory,
    answers: &Answers,
    kind: Kind,
    now: &Zoned,
) -> Option<&'d Window> {
    let area = match kind {
        // Groups of families are looked for where the asker lives (R40).
        Kind::Fam => answers.asker_area.or(answers.area)?,
        _ => answers.area?,
    };
    if EVERYWHERE.contains(&kind) {
        return None;
    }
    let mut windows = directory.windows_of(area, kind);
    windows.retain(|window| !window.fallback);
    let today = now.date();
    let fits = |window: &Window| window.suits_age(answers.age);
    let stale = |window: &Window| window.freshness(today) == Freshness::Stale;
    let first = windows
        .iter()
        .find(|window| fits(window) && !stale(window))
        .or_else(|| windows.iter().find(|window| fits(window)))
        .or_else(|| windows.first());
    first.copied()
}

/// What a window's main hours mean now; nothing when they are not understood.
pub(super) fn opening(window: &Window, now: &Zoned) -> Option<OpenState> {
    let schedule = window.main_hours()?.schedule.as_ref()?;
    Some(open_state(schedule, now))
}

/// Whether public offices are usually open at this moment: weekdays from 9 to 17, without holidays and the turn of the
/// year. Only used where nothing better is known.
pub(super) fn is_office_time(now: &Zoned) -> bool {
    is_office_day(now.date()) && (9..17).contains(&now.hour())
}

fn is_office_day(day: jiff::civil::Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
        && !holidays::is_holiday(day)
        && !holidays::is_new_year_closure(day)
}

/// The next day on which public offices are usually open, today before nine o'clock included.
pub(super) fn next_office_day(now: &Zoned) -> jiff::civil::Date {
    let mut day = now.date();
    if now.hour() >= 9 {
        day = day.tomorrow().unwrap_or(day);
    }
    for _ in 0..30 {
        if is_office_day(day) {
            break;
        }
        day = day.tomorrow().unwrap_or(day);
    }
    day
}

/// Whether the person's centre is closed now. A day on which the source is silent (holidays) counts as closed: nobody
/// can promise that it is open. Without understood hours the usual hours of public offices decide.
pub(super) fn is_closed(centre: Option<&Window>, now: &Zoned) -> bool {
    match centre.and_then(|window| opening(window, now)) {
        Some(state) => !state.is_open(),
        None => !is_office_time(now),
    }
}

/// The ways of consulting that somebody asked for; empty when any will do.
pub(super) fn ways(how: Set<How>) -> Vec<Channel> {
    if how.has(How::Any) {
        return Vec::new();
    }
    let said: Vec<Channel> = how
        .iter()
        .filter_map(|how| {
            Some(match how {
                How::Mail => Channel::Mail,
                How::Chat => Channel::Chat,
                How::Tel => Channel::Tel,
                How::Online => Channel::Online,
                How::Office => Channel::Office,
                How::Visit => Channel::Visit,
                How::Letter => Channel::Letter,
                _ => return None,
            })
        })
        .collect();
    if !said.is_empty() {
        said
    } else if how.has(How::Voiceless) {
        vec![Channel::Mail, Channel::Chat, Channel::Fax, Channel::Letter]
    } else {
        Vec::new()
    }
}

/// Whether the window takes one of the ways asked for. A number or an address is a way, whether or not the source names
/// it as one. Unknown stays unknown.
fn offers(window: &Window, ways: &[Channel]) -> Option<bool> {
    if ways.is_empty() {
        return None;
    }
    let takes = |way: &Channel| {
        window.channels.contains(way)
            || match way {
                Channel::Tel => window.phone.is_some(),
                Channel::Mail => window.email.is_some() || window.form.is_some(),
                Channel::Fax => window.fax.is_some(),
                _ => false,
            }
    };
    match ways.iter().any(takes) {
        true => Some(true),
        false if window.channels.is_empty() => None,
        false => Some(false),
    }
}

/// What the rules may know about this person's surroundings.
pub(super) fn surroundings(directory: &Directory, answers: &Answers, now: &Zoned) -> Surroundings {
    let ways = ways(answers.how);
    let window = |kind| window_of(directory, answers, kind, now);
    let centre = window(Kind::Hc);
    let mut around = Surroundings {
        has_muni: window(Kind::Muni).is_some(),
        has_kw: window(Kind::Kw).is_some(),
        closed: is_closed(centre, now),
        no_area: answers.area.is_none(),
        city_centre: centre.is_some_and(|centre| centre.level == directory::Level::City),
        asker_area: answers.asker_area.is_some(),
        ..Surroundings::default()
    };
    let mut bodies: Vec<(Kind, &str)> = Vec::new();
    for kind in guide_kinds() {
        if kind == Kind::Listen {
            around.windows.push(WindowFacts {
                level: Some(Level::Nation),
                open_now: Some(someone_listens(directory, now)),
                ..WindowFacts::unknown(kind)
            });
        }
        let Some(window) = window(kind) else { continue };
        if let Some((same, _)) = bodies.iter().find(|(_, id)| *id == window.id) {
            around.same_body.push((kind, *same));
        }
        bodies.push((kind, &window.id));
        around.windows.push(WindowFacts {
            kind,
            level: Some(match window.level {
                directory::Level::City => Level::Municipality,
                directory::Level::Prefecture => Level::Prefecture,
                directory::Level::National => Level::Nation,
            }),
            offers_channel: offers(window, &ways),
            open_now: opening(window, now).map(|state| state.is_open()),
            outreach: Fact::known(&window.facts.home_visit),
            // Kinds that exist everywhere by law are still named, with the way to find them; only what is there or
            // not there leaves the guide with its old confirmation.
            stale: matches!(kind, Kind::Muni | Kind::Kw)
                && window.freshness(now.date()) == Freshness::Stale,
        });
    }
    around
}

fn someone_listens(directory: &Directory, now: &Zoned) -> bool {
    directory
        .lines(directory::LineUse::Listen)
        .iter()
        .any(|line| {
            line.availability
                .as_ref()
                .and_then(|hours| hours.schedule.as_ref())
                .is_some_and(|schedule| open_state(schedule, now).is_open())
        })
}

/// The office of this installation that takes letters from an area: the nearest one, and a prefecture's office not for
/// residents of a designated city, which has a centre of its own.
pub(super) async fn office_for(visit: &Visit, area: Option<MunicipalityCode>) -> Option<Office> {
    let area = area?;
    let mut conn = visit.app.db.read().await.ok()?;
    let offices = office::office::all(&mut conn).await.ok()?;
    let places = visit.app.directory.municipalities();
    let mut in_designated_city = false;
    for place in places.with_ancestors(area) {
        in_designated_city |= place.kind == MunicipalityType::DesignatedCity;
        if place.code.is_prefecture() && in_designated_city {
            return None;
        }
        let here = offices
            .iter()
            .find(|office| office.jurisdiction == place.code && office.settings.paused.is_none());
        if let Some(office) = here {
            return Some(office.clone());
        }
    }
    None
}
