//! The ecomap: the household in the middle, what it is connected with around it; lines say how it goes, arrows which way.

use super::{Drawing, Shape, short, strokes};
use crate::circle::Circle;
use crate::household::{Direction, Quality};
use crate::person::{Part, Person};

/// Something around the household.
#[derive(Debug, Clone)]
pub struct Around {
    /// What kind of place, whose it is.
    pub what: String,
    /// What it is called; may be empty.
    pub name: String,
    /// How it goes.
    pub quality: Quality,
    /// Which way strength flows.
    pub direction: Direction,
}

/// What is around the household of a case: ties, and people who are not of the family.
pub fn around(circle: &Circle) -> Vec<Around> {
    let view = &circle.view;
    let mut around: Vec<Around> = circle
        .household
        .ties
        .iter()
        .map(|tie| {
            let whose = tie.person.and_then(|id| view.person(id)).map(Person::label);
            let kind = tie.kind.label();
            Around {
                what: whose.map_or_else(|| kind.to_owned(), |whose| format!("{kind}・{whose}")),
                name: tie.name.clone(),
                quality: tie.quality,
                direction: tie.direction,
            }
        })
        .collect();
    let outside = |person: &&Person| matches!(person.part, Part::Finder | Part::Other);
    around.extend(view.people.iter().filter(outside).map(|person| Around {
        what: person.relationship.label().to_owned(),
        name: person.identity.nickname.clone(),
        quality: Quality::Plain,
        direction: Direction::Unsaid,
    }));
    around
}

const WIDE: i32 = 164;
const HIGH: i32 = 52;
const HOME: i32 = 58;

/// The middle of each place: an ellipse that grows with their number.
#[allow(clippy::cast_precision_loss)]
fn places(count: usize) -> Vec<(i32, i32)> {
    let grown = f64::from(u32::try_from(count.max(8)).unwrap_or(8)) / 8.0;
    let (rx, ry) = (280.0 * grown, 190.0 * grown);
    let whole = |value: f64| format!("{value:.0}").parse().unwrap_or(0);
    (0..count)
        .map(|at| {
            let part = at as f64 / count as f64;
            let angle = std::f64::consts::TAU * part - std::f64::consts::FRAC_PI_2;
            (whole(rx * angle.cos()), whole(ry * angle.sin()))
        })
        .collect()
}

/// Draws what is around a household.
#[allow(clippy::cast_precision_loss)]
pub fn ecomap(around: &[Around]) -> Drawing {
    let places = places(around.len());
    let reach = |side: fn(&(i32, i32)) -> i32, half: i32, least: i32| {
        let far = places.iter().map(|at| side(at).abs() + half).max();
        far.unwrap_or(0).max(least) + 24
    };
    let (x0, y0) = (
        reach(|at| at.0, WIDE / 2, HOME + 40),
        reach(|at| at.1, HIGH / 2, HOME),
    );
    let mut drawing = Drawing {
        width: 2 * x0,
        height: 2 * y0,
        ..Drawing::default()
    };
    for (one, (x, y)) in around.iter().zip(&places) {
        let (from, to) = ends(*x, *y);
        let line = [(x0 + from.0, y0 + from.1), (x0 + to.0, y0 + to.1)];
        drawing.shapes.extend(strokes::relation(&line, one.quality));
        if matches!(one.direction, Direction::To | Direction::Both) {
            drawing.shapes.push(arrow(line[0], line[1]));
        }
        if matches!(one.direction, Direction::From | Direction::Both) {
            drawing.shapes.push(arrow(line[1], line[0]));
        }
    }
    drawing.shapes.push(Shape::Circle {
        cx: x0,
        cy: y0,
        r: HOME,
        class: "person self",
        words: String::new(),
    });
    drawing.text("what centred", x0, y0 + 5, "本人と家族");
    for (one, (x, y)) in around.iter().zip(&places) {
        drawing.shapes.push(Shape::Rect {
            x: x0 + x - WIDE / 2,
            y: y0 + y - HIGH / 2,
            w: WIDE,
            h: HIGH,
            class: "place",
        });
        let what = short(&one.what, 11);
        if one.name.is_empty() {
            drawing.text("what centred", x0 + x, y0 + y + 5, what);
        } else {
            drawing.text("more centred", x0 + x, y0 + y - 5, what);
            drawing.text("what centred", x0 + x, y0 + y + 15, short(&one.name, 10));
        }
    }
    drawing.sentences = around.iter().map(sentence).collect();
    drawing
}

/// Where the line begins at the household's circle and ends at the place's edge.
#[allow(clippy::cast_possible_truncation)]
fn ends(x: i32, y: i32) -> ((i32, i32), (i32, i32)) {
    let (dx, dy) = (f64::from(x), f64::from(y));
    let long = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / long, dy / long);
    let start = f64::from(HOME) + 4.0;
    // How far from the place's middle its edge lies in this direction.
    let side = |half: i32, way: f64| {
        if way.abs() < 1e-6 {
            f64::MAX
        } else {
            f64::from(half + 4) / way.abs()
        }
    };
    let edge = side(WIDE / 2, ux).min(side(HIGH / 2, uy));
    let stop = (long - edge).max(start + 8.0);
    let at = |far: f64| ((ux * far).round() as i32, (uy * far).round() as i32);
    (at(start), at(stop))
}

#[allow(clippy::cast_possible_truncation)]
fn arrow(from: (i32, i32), to: (i32, i32)) -> Shape {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let long = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / long, dy / long);
    let wing = |side: f64| {
        (
            to.0 - (ux * 11.0 + uy * 6.0 * side).round() as i32,
            to.1 - (uy * 11.0 - ux * 6.0 * side).round() as i32,
        )
    };
    Shape::Path {
        d: strokes::polyline(&[wing(1.0), to, wing(-1.0)]) + "Z",
        class: "arrow",
    }
}

fn sentence(one: &Around) -> String {
    let mut text = one.what.clone();
    if !one.name.is_empty() {
        text.push('：');
        text.push_str(&one.name);
    }
    let mut more = Vec::new();
    if one.quality != Quality::Plain {
        more.push(one.quality.label());
    }
    if one.direction != Direction::Unsaid {
        more.push(one.direction.label());
    }
    if !more.is_empty() {
        text = format!("{text}（{}）", more.join("・"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_never_cover_each_other_or_the_household() {
        for count in 0..=24 {
            let places = places(count);
            for (at, (x, y)) in places.iter().enumerate() {
                assert!(
                    x.abs() >= WIDE / 2 + HOME || y.abs() >= HIGH / 2 + HOME,
                    "{count}"
                );
                for (a, b) in &places[at + 1..] {
                    assert!((x - a).abs() >= WIDE || (y - b).abs() >= HIGH, "{count}");
                }
            }
        }
    }

    #[test]
    fn every_tie_has_its_line_its_place_and_its_sentence() {
        let ties: Vec<Around> = Quality::ALL
            .iter()
            .map(|quality| Around {
                what: "医療".to_owned(),
                name: "みどりクリニック".to_owned(),
                quality: *quality,
                direction: Direction::Both,
            })
            .collect();
        let drawing = ecomap(&ties);
        let places = drawing
            .shapes
            .iter()
            .filter(|shape| matches!(shape, Shape::Rect { class: "place", .. }));
        assert_eq!((places.count(), drawing.sentences.len()), (5, 5));
        assert!(drawing.sentences[1].ends_with("（親しい・おたがいに）"));
    }
}
