//! Who stands on a genogram and how they are related, read from what the office knows; and the same in sentences.

use crate::circle::Circle;
use crate::household::{Household, Kin, Quality};
use crate::person::{AgeBand, Gender, Part, Person, Relationship};
use basics::PersonId;

/// Somebody to draw.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Who.
    pub id: PersonId,
    /// What stands beside the symbol: relationship, what they are called, years. No names.
    pub words: Vec<String>,
    /// For the shape.
    pub gender: Gender,
    /// The person the case is about.
    pub principal: bool,
    /// Died.
    pub passed: bool,
    /// Lives with the household now.
    pub here: bool,
    /// Generations below the principal, where the relationship says so.
    pub generation: Option<i32>,
}

/// A relation to draw.
#[derive(Debug, Clone, Copy)]
pub struct Bond {
    /// One; of a parent and a child the parent.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// How they are related.
    pub kind: Kin,
    /// How they stand to each other.
    pub quality: Quality,
}

/// The family of a case and how they are related. What nobody said but the relationships imply (a mother is a parent of
/// the person) is drawn too, so that the first page is not a row of strangers.
pub fn family_of(circle: &Circle) -> (Vec<Figure>, Vec<Bond>) {
    let household = &circle.household;
    let mut bonds: Vec<Bond> = household
        .kinship
        .iter()
        .map(|kin| Bond {
            a: kin.a,
            b: kin.b,
            kind: kin.kind,
            quality: kin.quality,
        })
        .collect();
    let related = |id: PersonId| {
        household
            .kinship
            .iter()
            .any(|kin| kin.a == id || kin.b == id)
    };
    let principal = circle.view.case.principal;
    for person in &circle.view.people {
        let between = |one: &Bond| {
            (one.a, one.b) == (person.id, principal) || (one.b, one.a) == (person.id, principal)
        };
        if person.id == principal || bonds.iter().any(between) {
            continue;
        }
        let (a, b, kind) = match person.relationship {
            Relationship::Mother | Relationship::Father => (person.id, principal, Kin::Parent),
            Relationship::Child => (principal, person.id, Kin::Parent),
            Relationship::Partner => (principal, person.id, Kin::Partner),
            Relationship::ElderSister
            | Relationship::YoungerSister
            | Relationship::ElderBrother
            | Relationship::YoungerBrother
                if !related(person.id) =>
            {
                (principal, person.id, Kin::Sibling)
            }
            _ => continue,
        };
        bonds.push(Bond {
            a,
            b,
            kind,
            quality: Quality::Plain,
        });
    }
    let family = |person: &&Person| {
        matches!(person.part, Part::Principal | Part::Family) || related(person.id)
    };
    let people = circle.view.people.iter().filter(family);
    let figures = people.map(|person| figure(person, household)).collect();
    (figures, bonds)
}

fn figure(person: &Person, household: &Household) -> Figure {
    use Relationship as R;
    let passed = household.passed.get(&person.id);
    let what = match person.part {
        Part::Principal => "本人",
        _ => match person.relationship {
            R::Partner => "配偶者",
            R::Unsaid => "続柄不明",
            other => other.label(),
        },
    };
    let mut words = vec![what.to_owned()];
    if !person.identity.nickname.is_empty() {
        words.push(format!("{}さん", person.identity.nickname));
    }
    words.push(match (passed, person.identity.birth_year) {
        (Some(Some(day)), _) => format!("{}年没", day.year()),
        (Some(None), _) => "没".to_owned(),
        (None, Some(year)) => format!("{year}年生"),
        (None, None) if person.age_band != AgeBand::Unknown => person.age_band.label().to_owned(),
        (None, None) => String::new(),
    });
    words.retain(|line| !line.is_empty());
    Figure {
        id: person.id,
        words,
        gender: match (person.gender, person.relationship) {
            // What the word for the relationship says, nobody needs to say again.
            (Gender::Unsaid, R::Mother | R::Grandmother | R::ElderSister | R::YoungerSister) => {
                Gender::Female
            }
            (Gender::Unsaid, R::Father | R::Grandfather | R::ElderBrother | R::YoungerBrother) => {
                Gender::Male
            }
            (gender, _) => gender,
        },
        principal: person.part == Part::Principal,
        passed: passed.is_some(),
        here: household.lives_here(person.id),
        generation: match person.relationship {
            R::Grandmother | R::Grandfather => Some(-2),
            R::Mother | R::Father => Some(-1),
            R::Child => Some(1),
            R::Relative | R::Agency | R::Acquaintance | R::Unsaid => None,
            _ => Some(0),
        },
    }
}

/// The same in sentences.
pub(super) fn sentences(figures: &[Figure], bonds: &[Bond]) -> Vec<String> {
    let name = |figure: &Figure| figure.words.join("・");
    let who = |id: PersonId| {
        let found = figures.iter().find(|one| one.id == id);
        found.map(|one| {
            one.words
                .iter()
                .take(2)
                .cloned()
                .collect::<Vec<_>>()
                .join("・")
        })
    };
    let mut sentences: Vec<String> = figures
        .iter()
        .map(|figure| {
            let here = if figure.here {
                "（いっしょに暮らしている）"
            } else {
                ""
            };
            format!("{}{here}", name(figure))
        })
        .collect();
    for bond in bonds {
        let (Some(a), Some(b)) = (who(bond.a), who(bond.b)) else {
            continue;
        };
        let kin = match bond.kind {
            Kin::Parent => format!("{a} は、{b} の親"),
            Kin::Partner => format!("{a} と {b} は、夫婦・パートナー"),
            Kin::Divorced => format!("{a} と {b} は、離婚・離別"),
            Kin::Sibling => format!("{a} と {b} は、きょうだい"),
            Kin::Other => format!("{a} と {b} に、つながり"),
        };
        sentences.push(match bond.quality {
            Quality::Plain => kin,
            other => format!("{kin}。{}", other.label()),
        });
    }
    sentences
}
