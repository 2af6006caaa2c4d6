//! Five years of small steps on one page: a row a year, a dot where something was noticed. A quiet month is a quiet month.

use super::{Drawing, Shape};
use crate::small_steps::SmallStep;
use jiff::ToSpan as _;
use jiff::civil::Date;

const LEFT: i32 = 104;
const MONTH: i32 = 54;
const HEAD: i32 = 34;
const LIFT: i32 = 15;

/// Draws the sixty months that end with this one. Older steps are counted in a last sentence, not drawn.
pub fn five_years(steps: &[SmallStep], today: Date) -> Drawing {
    let first = today
        .first_of_month()
        .checked_sub(59.months())
        .unwrap_or(Date::ZERO);
    let mut inside: Vec<&SmallStep> = steps.iter().filter(|step| step.day >= first).collect();
    inside.sort_by_key(|step| step.day);
    let mut drawing = Drawing {
        width: LEFT + 12 * MONTH + 24,
        ..Drawing::default()
    };
    for at in 0..12 {
        let month = first.saturating_add(i64::from(at).months()).month();
        drawing.text(
            "more centred",
            LEFT + at * MONTH + MONTH / 2,
            20,
            format!("{month}月"),
        );
    }
    let mut top = HEAD;
    for year in 0..5 {
        let from = first.saturating_add((12 * year).months());
        let until = first.saturating_add((12 * (year + 1)).months());
        let dots = dots(&inside, from, until);
        let highest = dots.iter().map(|dot| dot.lift).max().unwrap_or(0);
        let base = top + 30 + LIFT * highest;
        drawing.text(
            "what",
            8,
            base + 5,
            format!("{}年{}月", from.year(), from.month()),
        );
        drawing.path("quiet", &[(LEFT, base), (LEFT + 12 * MONTH, base)]);
        for tick in 0..=12 {
            let x = LEFT + tick * MONTH;
            drawing.path("quiet", &[(x, base - 4), (x, base + 4)]);
        }
        for dot in dots {
            drawing.shapes.push(Shape::Circle {
                cx: dot.x,
                cy: base - LIFT * dot.lift,
                r: 6,
                class: "step",
                words: format!(
                    "{} {}",
                    basics::japanese::date_with_year(dot.step.day),
                    dot.step.words
                ),
            });
        }
        top = base + 26;
    }
    drawing.height = top;
    drawing.sentences = inside
        .iter()
        .map(|step| {
            format!(
                "{}　{}",
                basics::japanese::date_with_year(step.day),
                step.words
            )
        })
        .collect();
    let older = steps.len() - inside.len();
    if older > 0 {
        drawing
            .sentences
            .push(format!("これより前に、{older}件あります。"));
    }
    drawing
}

struct Dot<'a> {
    x: i32,
    lift: i32,
    step: &'a SmallStep,
}

/// The dots of one row; those that would touch stand above each other.
fn dots<'a>(steps: &[&'a SmallStep], from: Date, until: Date) -> Vec<Dot<'a>> {
    let mut dots: Vec<Dot<'a>> = Vec::new();
    for step in steps
        .iter()
        .filter(|step| step.day >= from && step.day < until)
    {
        let months = i32::from(step.day.year() - from.year()) * 12
            + i32::from(step.day.month() - from.month());
        let x = LEFT + months * MONTH + i32::from(step.day.day()) * (MONTH - 6) / 31 + 2;
        let mut lift = 0;
        while dots
            .iter()
            .any(|dot| dot.lift == lift && (dot.x - x).abs() < 14)
        {
            lift += 1;
        }
        dots.push(Dot { x, lift, step });
    }
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(day: &str) -> SmallStep {
        SmallStep {
            day: day.parse().unwrap(),
            words: "あいさつが返った".to_owned(),
        }
    }

    fn dots_of(drawing: &Drawing) -> Vec<(i32, i32)> {
        let dot = |shape: &Shape| match shape {
            Shape::Circle {
                cx,
                cy,
                class: "step",
                ..
            } => Some((*cx, *cy)),
            _ => None,
        };
        drawing.shapes.iter().filter_map(dot).collect()
    }

    #[test]
    fn sixty_months_and_no_two_dots_on_one_place() {
        let today: Date = "2026-11-22".parse().unwrap();
        let steps = [
            step("2021-11-30"),
            step("2021-12-01"),
            step("2024-02-29"),
            step("2026-11-01"),
            step("2026-11-01"),
            step("2026-11-02"),
        ];
        let drawing = five_years(&steps, today);
        let dots = dots_of(&drawing);
        assert_eq!(dots.len(), 5, "the oldest lies before");
        for (at, a) in dots.iter().enumerate() {
            assert!(a.0 > LEFT && a.0 < LEFT + 12 * MONTH && a.1 < drawing.height);
            for b in &dots[at + 1..] {
                assert!((a.0 - b.0).abs() >= 14 || (a.1 - b.1).abs() >= 14);
            }
        }
        assert!(drawing.sentences.last().unwrap().contains("1件"));
    }

    #[test]
    fn nothing_yet_is_a_quiet_page() {
        let drawing = five_years(&[], "2026-11-22".parse().unwrap());
        assert!(dots_of(&drawing).is_empty() && drawing.sentences.is_empty() && drawing.height > 0);
    }
}
