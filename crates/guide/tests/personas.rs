//! The personas of guide.md §E4, from `personas.toml`, through the machine door and through the engine.

#![allow(clippy::unwrap_used)]

use directory::Kind;
use guide::{Rules, door};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    persona: Vec<Persona>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Persona {
    number: u32,
    who: String,
    answers: String,
    urgent: Vec<String>,
    top: Vec<Kind>,
    fourth: Option<Kind>,
    #[serde(default)]
    absent: Vec<Kind>,
    #[serde(default)]
    later: Vec<Kind>,
    #[serde(default)]
    fired: Vec<String>,
    note: Option<(Kind, String)>,
    says: Option<(Kind, String)>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Line {
    urgent: Vec<String>,
    top: Vec<Kind>,
    more: Vec<Kind>,
    later: Vec<Kind>,
    fired: Vec<String>,
}

#[test]
fn every_persona_is_sent_where_the_field_says() {
    let file: File = toml::from_str(include_str!("personas.toml")).unwrap();
    assert_eq!(
        file.persona.iter().map(|p| p.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 7, 9, 11, 13, 16, 19, 20, 22]
    );
    let rules = Rules::shipped().unwrap();
    for persona in &file.persona {
        let name = format!("{} {}", persona.number, persona.who);
        let line = door::answer_line(&rules, &persona.answers).unwrap();
        let said: Line = serde_json::from_str(&line).unwrap();
        assert_eq!(said.urgent, persona.urgent, "{name}");
        assert_eq!(said.top, persona.top, "{name}: {said:?}");
        if persona.fourth.is_some() {
            assert_eq!(
                said.more.first().copied(),
                persona.fourth,
                "{name}: {said:?}"
            );
        }
        for kind in &persona.absent {
            assert!(
                !said
                    .top
                    .iter()
                    .chain(&said.more)
                    .chain(&said.later)
                    .any(|k| k == kind),
                "{name}: {kind}"
            );
        }
        assert!(
            persona.later.iter().all(|kind| said.later.contains(kind)),
            "{name}: {said:?}"
        );
        assert!(
            persona.fired.iter().all(|id| said.fired.contains(id)),
            "{name}: {said:?}"
        );

        let (answers, around) = door::parse(&persona.answers).unwrap();
        let answer = rules.recommend(&answers, &around);
        let item = |kind: Kind| {
            answer
                .top
                .iter()
                .chain(&answer.more)
                .find(|item| item.kind == kind)
                .unwrap()
        };
        if let Some((kind, rule)) = &persona.note {
            assert!(
                item(*kind).notes.iter().any(|because| because.rule == rule),
                "{name}"
            );
        }
        if let Some((kind, sentence)) = &persona.says {
            assert_eq!(&item(*kind).because.text.normal, sentence, "{name}");
        }
    }
}
