//! Lines of relation: plain, close (double), distant (dotted), conflict (zigzag), cut (two bars).

use super::Shape;
use crate::household::Quality;
use std::fmt::Write as _;

type Point = (f64, f64);

/// `M0 0L…` of whole points.
pub(super) fn polyline(points: &[(i32, i32)]) -> String {
    let mut d = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
    }
    d
}

fn fine(points: &[Point]) -> String {
    let mut d = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    d
}

/// The line between two, by how they stand to each other.
pub(super) fn relation(points: &[(i32, i32)], quality: Quality) -> Vec<Shape> {
    let line: Vec<Point> = points
        .iter()
        .map(|(x, y)| (f64::from(*x), f64::from(*y)))
        .collect();
    let path = |points: &[Point], class| Shape::Path {
        d: fine(points),
        class,
    };
    match quality {
        Quality::Plain => vec![path(&line, "rel")],
        Quality::Close => vec![
            path(&beside(&line, 2.5), "rel close"),
            path(&beside(&line, -2.5), "rel close"),
        ],
        Quality::Distant => vec![path(&line, "rel distant")],
        Quality::Conflict => vec![path(&zigzag(&line), "rel conflict")],
        Quality::Cut => {
            let mut shapes = vec![path(&line, "rel cut")];
            shapes.extend(bars(&line));
            shapes
        }
    }
}

/// Two short bars across the middle of a line: cut off, divorced.
pub(super) fn bars(line: &[Point]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for shift in [-4.0, 4.0] {
        let Some((at, (dx, dy))) = along(line, length(line) / 2.0 + shift) else {
            continue;
        };
        // Leaning a little, across the line.
        let (nx, ny) = (-dy + dx * 0.4, dx + dy * 0.4);
        shapes.push(Shape::Path {
            d: fine(&[
                (at.0 - nx * 8.0, at.1 - ny * 8.0),
                (at.0 + nx * 8.0, at.1 + ny * 8.0),
            ]),
            class: "rel cut",
        });
    }
    shapes
}

fn length(line: &[Point]) -> f64 {
    line.windows(2).map(|two| distance(two[0], two[1])).sum()
}

fn distance(a: Point, b: Point) -> f64 {
    (b.0 - a.0).hypot(b.1 - a.1)
}

/// The point so far along a line, and its direction there.
fn along(line: &[Point], mut far: f64) -> Option<(Point, Point)> {
    let mut last = None;
    for two in line.windows(2) {
        let (a, b) = (two[0], two[1]);
        let long = distance(a, b);
        if long <= f64::EPSILON {
            continue;
        }
        let way = ((b.0 - a.0) / long, (b.1 - a.1) / long);
        if far <= long {
            return Some(((a.0 + way.0 * far, a.1 + way.1 * far), way));
        }
        far -= long;
        last = Some((b, way));
    }
    last
}

fn beside(line: &[Point], by: f64) -> Vec<Point> {
    let way = |a: Point, b: Point| {
        let long = distance(a, b).max(1.0);
        ((b.0 - a.0) / long, (b.1 - a.1) / long)
    };
    let mut out = Vec::new();
    for (at, point) in line.iter().enumerate() {
        let before = at.checked_sub(1).map(|i| way(line[i], *point));
        let after = line.get(at + 1).map(|next| way(*point, *next));
        let (one, two) = match (before, after) {
            (Some(b), Some(a)) => (b, a),
            (Some(b), None) => (b, b),
            (None, Some(a)) => (a, a),
            (None, None) => ((0.0, 0.0), (0.0, 0.0)),
        };
        // Right-angled corners: one step for each side.
        let same = (one.0 - two.0).abs() + (one.1 - two.1).abs() < 1e-9;
        let (nx, ny) = if same {
            (-one.1, one.0)
        } else {
            (-one.1 - two.1, one.0 + two.0)
        };
        out.push((point.0 + nx * by, point.1 + ny * by));
    }
    out
}

fn zigzag(line: &[Point]) -> Vec<Point> {
    const STEP: f64 = 7.0;
    let whole = length(line);
    let mut out = vec![line[0]];
    let mut far = STEP;
    let mut side = 1.0;
    while far < whole - STEP / 2.0 {
        if let Some((at, (dx, dy))) = along(line, far) {
            out.push((at.0 - dy * 5.0 * side, at.1 + dx * 5.0 * side));
        }
        side = -side;
        far += STEP;
    }
    out.extend(line.last());
    out
}
