//! The shapes machines read: schema.org JSON-LD for search engines, Human Services Data (HSDS 3) for other directories.
//!
//! Field names follow field/guide.md §A4. Only what is known is written; nothing stands for "unknown".

use basics::MunicipalityCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::contact::{Channel, Phone};
use crate::directory::Directory;
use crate::facts::Fact;
use crate::hours::{Schedule, Span, Stated};
use crate::window::{Level, Window};

/// A window as a schema.org `GovernmentService`; `base` is the public address without a slash at the end.
pub fn json_ld(directory: &Directory, window: &Window, base: &str) -> Value {
    let all = directory.municipalities();
    let mut service = json!({
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "@id": format!("{base}/madoguchi/mado/{}", window.id),
        "url": format!("{base}/madoguchi/mado/{}", window.id),
        "name": window.name,
        "serviceType": crate::kind_info(window.kind).name,
    });
    let mut put = |key: &str, value: Value| {
        if let Some(object) = service.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if let Some(operator) = &window.operator {
        put(
            "provider",
            json!({ "@type": "GovernmentOrganization", "name": operator }),
        );
    }
    let area = if window.serves.is_everywhere() {
        json!({ "@type": "Country", "name": "日本" })
    } else {
        let place = |code: &MunicipalityCode| json!({ "@type": "AdministrativeArea", "name": all.name(*code), "identifier": code });
        Value::Array(window.serves.serves.iter().map(place).collect())
    };
    put("areaServed", area);
    if let Some(age) = &window.age {
        let mut audience = json!({ "@type": "PeopleAudience", "name": age.note });
        if let Some(from) = age.from {
            audience["suggestedMinAge"] = from.into();
        }
        if let Some(to) = age.to {
            audience["suggestedMaxAge"] = to.into();
        }
        put("audience", audience);
    }
    let channels = service_channels(window);
    if !channels.is_empty() {
        put("availableChannel", Value::Array(channels));
    }
    if let Some(schedule) = window
        .main_hours()
        .and_then(|hours| hours.schedule.as_ref())
    {
        put("hoursAvailable", Value::Array(opening_hours(schedule)));
    }
    if let Some(confirmed) = &window.confirmed {
        put("dateModified", confirmed.iso().into());
    }
    service
}

fn service_channels(window: &Window) -> Vec<Value> {
    let mut channels = Vec::new();
    if let Some(phone) = &window.phone {
        let mut contact = json!({ "@type": "ContactPoint", "telephone": phone.as_str(), "availableLanguage": "ja" });
        if phone.toll() == Some(crate::Toll::Free) {
            contact["contactOption"] = "https://schema.org/TollFree".into();
        }
        channels.push(json!({ "@type": "ServiceChannel", "servicePhone": contact }));
    }
    if let Some(email) = &window.email {
        channels.push(json!({ "@type": "ServiceChannel", "name": "メール", "serviceUrl": format!("mailto:{email}") }));
    }
    for url in [&window.form, &window.url].into_iter().flatten() {
        channels.push(json!({ "@type": "ServiceChannel", "serviceUrl": url }));
    }
    if let Some(address) = &window.address {
        let mut postal =
            json!({ "@type": "PostalAddress", "addressCountry": "JP", "streetAddress": address });
        if let Some(code) = &window.postal {
            postal["postalCode"] = code.as_ref().into();
        }
        channels.push(json!({ "@type": "ServiceChannel", "serviceLocation": { "@type": "Place", "address": postal } }));
    }
    channels
}

const DAYS: [(&str, &str); 7] = [
    ("Monday", "MO"),
    ("Tuesday", "TU"),
    ("Wednesday", "WE"),
    ("Thursday", "TH"),
    ("Friday", "FR"),
    ("Saturday", "SA"),
    ("Sunday", "SU"),
];

/// Days with the same hours together.
fn same_hours(schedule: &Schedule) -> Vec<(Span, Vec<usize>)> {
    let mut groups: Vec<(Span, Vec<usize>)> = Vec::new();
    for (day, spans) in schedule.week.iter().enumerate() {
        for span in spans {
            match groups.iter_mut().find(|(other, _)| other == span) {
                Some((_, days)) => days.push(day),
                None => groups.push((*span, vec![day])),
            }
        }
    }
    groups
}

fn opening_hours(schedule: &Schedule) -> Vec<Value> {
    let mut hours: Vec<Value> = same_hours(schedule)
        .into_iter()
        .map(|(span, days)| {
            let days: Vec<&str> = days.into_iter().map(|day| DAYS[day].0).collect();
            json!({ "@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": clock(span.from), "closes": clock(span.to) })
        })
        .collect();
    if schedule.holidays == Stated::Closed {
        // opens = closes: closed all day, says schema.org.
        hours.push(json!({ "@type": "OpeningHoursSpecification", "dayOfWeek": "PublicHolidays", "opens": "00:00", "closes": "00:00" }));
    }
    hours
}

fn clock(minute: u16) -> String {
    // 24:00 is 23:59 to schema.org and HSDS.
    if minute == 1440 {
        "23:59".to_owned()
    } else {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
}

/// JSON that may stand inside `<script type="application/ld+json">`: no `<`, `>` or `&` is left in it.
pub fn for_script(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// An HSDS 3 service, with what it belongs to inside, after the profile "hsds-jp-hikikomori".
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the standard's own names
pub struct HsdsService {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternate_name: Option<String>,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligibility_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fees_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assured_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<HsdsOrganization>,
    pub phones: Vec<HsdsPhone>,
    pub schedules: Vec<HsdsSchedule>,
    pub service_areas: Vec<HsdsServiceArea>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_at_locations: Vec<Value>,
    pub languages: Vec<Value>,
    /// What HSDS lacks (field/guide.md §A5).
    #[serde(rename = "x_hikikomori")]
    pub profile: HsdsProfile,
}

/// HSDS organization.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HsdsOrganization {
    pub id: String,
    pub name: String,
    pub description: String,
}

/// HSDS phone.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HsdsPhone {
    pub id: String,
    pub number: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// HSDS schedule.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HsdsSchedule {
    pub id: String,
    pub freq: &'static str,
    pub byday: String,
    pub opens_at: String,
    pub closes_at: String,
    pub timezone: u8,
    pub description: String,
}

/// HSDS service area; `extent` holds the municipality code.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HsdsServiceArea {
    pub id: String,
    pub name: String,
    pub extent: String,
    pub extent_type: &'static str,
}

/// The fields of the profile. `None`: not known.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HsdsProfile {
    pub kind: &'static str,
    pub confidence: &'static str,
    pub fallback: bool,
    pub area_exclusions: Vec<String>,
    pub family_only_ok: Option<bool>,
    pub anonymous_ok: Option<bool>,
    pub first_contact_without_voice: Option<bool>,
    pub first_contact_without_going_out: Option<bool>,
    pub outreach: Option<bool>,
    pub booking_needed: Option<bool>,
    pub sources: Vec<String>,
}

/// A window in HSDS form.
pub fn hsds(directory: &Directory, window: &Window) -> HsdsService {
    let all = directory.municipalities();
    let id = window.id.to_string();
    let owned = |text: &Option<crate::Text>| text.as_ref().map(ToString::to_string);
    let area = |code: &MunicipalityCode| HsdsServiceArea {
        id: format!("{id}-area-{code}"),
        name: all.name(*code).to_owned(),
        extent: code.to_string(),
        extent_type: "全国地方公共団体コード",
    };
    let phone = |number: &Phone, kind, n| HsdsPhone {
        id: format!("{id}-phone-{n}"),
        number: number.as_str().to_owned(),
        kind,
        description: owned(&window.phone_note).filter(|_| kind == "voice"),
    };
    let fax = window.fax.clone().and_then(Phone::new);
    HsdsService {
        name: window.name.to_string(),
        alternate_name: Some(window.title(all)).filter(|title| *title != window.name),
        description: crate::kind_info(window.kind).what.to_owned(),
        url: owned(&window.url),
        email: owned(&window.email),
        status: "active",
        minimum_age: window.age.as_ref().and_then(|age| age.from),
        maximum_age: window.age.as_ref().and_then(|age| age.to),
        eligibility_description: Some(directory.serves_sentence(window))
            .filter(|sentence| !sentence.is_empty()),
        fees_description: window.facts.free.is_yes().then(|| "無料".to_owned()),
        assured_date: window.confirmed.as_ref().map(crate::Confirmed::iso),
        organization: window.operator.as_ref().map(|name| HsdsOrganization {
            id: format!("org-{}", basics::fold(name)),
            name: name.to_string(),
            description: String::new(),
        }),
        phones: window
            .phone
            .iter()
            .map(|p| phone(p, "voice", 1))
            .chain(fax.iter().map(|p| phone(p, "fax", 2)))
            .collect(),
        schedules: schedules(window),
        service_areas: if window.serves.is_everywhere() {
            vec![HsdsServiceArea {
                id: format!("{id}-area"),
                name: "日本".into(),
                extent: "JP".into(),
                extent_type: "ISO 3166-1",
            }]
        } else {
            window.serves.serves.iter().map(area).collect()
        },
        service_at_locations: location(window).into_iter().collect(),
        languages: vec![json!({ "id": format!("{id}-ja"), "code": "ja", "name": "日本語" })],
        profile: HsdsProfile {
            kind: window.kind.code(),
            confidence: window.confidence.code(),
            fallback: window.fallback,
            area_exclusions: window
                .serves
                .except
                .iter()
                .map(ToString::to_string)
                .collect(),
            family_only_ok: window.facts.family_ok.known(),
            anonymous_ok: window.facts.anonymous_ok.known(),
            first_contact_without_voice: window.facts.voiceless_ok.known(),
            first_contact_without_going_out: window.facts.from_home_ok.known(),
            outreach: window.facts.home_visit.known(),
            booking_needed: Fact::known(&window.facts.booking),
            sources: window
                .sources
                .iter()
                .map(|s| s.url.as_deref().unwrap_or(&s.title).to_owned())
                .collect(),
        },
        id,
    }
}

fn schedules(window: &Window) -> Vec<HsdsSchedule> {
    let Some((hours, schedule)) = window
        .main_hours()
        .and_then(|hours| hours.schedule.as_ref().map(|schedule| (hours, schedule)))
    else {
        return Vec::new();
    };
    same_hours(schedule)
        .into_iter()
        .enumerate()
        .map(|(at, (span, days))| HsdsSchedule {
            id: format!("{}-schedule-{}", window.id, at + 1),
            freq: "WEEKLY",
            byday: days
                .into_iter()
                .map(|day| DAYS[day].1)
                .collect::<Vec<_>>()
                .join(","),
            opens_at: clock(span.from),
            closes_at: clock(span.to),
            timezone: 9,
            description: hours.text.to_string(),
        })
        .collect()
}

fn location(window: &Window) -> Option<Value> {
    let address = window.address.as_ref()?;
    let physical = window.level != Level::National
        && (window.channels.is_empty() || window.channels.contains(&Channel::Office));
    Some(json!({
        "id": format!("{}-at", window.id),
        "location": {
            "id": format!("{}-location", window.id),
            "location_type": if physical { "physical" } else { "postal" },
            "addresses": [{
                "id": format!("{}-address", window.id),
                "address_1": address,
                "postal_code": window.postal,
                "country": "JP",
                "address_type": if physical { "physical" } else { "postal" },
            }],
        },
    }))
}
