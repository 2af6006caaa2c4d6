//! The genogram (家系図): square, circle, diamond; a double outline for the person, a cross for who died, dashes around
//! those who live together; generations in rows, couples joined from below, children hung from that line.

mod family;

pub use family::{Bond, Figure, family_of};

use super::layout::{self, Family, Layout};
use super::{Drawing, Shape, short, strokes};
use crate::household::{Kin, Quality};
use crate::person::Gender;
use basics::PersonId;
use family::sentences;
use std::collections::BTreeSet;

/// Half of a symbol.
const HALF: i32 = 23;
const MARGIN: i32 = 36;
/// Room for the words right of a symbol.
const WORDS: i32 = 100;

/// A drawn genogram, with what a test must know of it.
#[derive(Debug, Clone)]
pub struct Genogram {
    /// The drawing.
    pub drawing: Drawing,
    /// The place of each person: left, top, right, bottom; symbol and words.
    pub cells: Vec<(PersonId, [i32; 4])>,
    /// Which relations were drawn, by their index.
    pub drawn: BTreeSet<usize>,
}

/// Draws a family.
pub fn genogram(figures: &[Figure], bonds: &[Bond]) -> Genogram {
    let layout = layout::lay_out(figures, bonds);
    let mut sheet = Sheet::new(figures, bonds, &layout);
    sheet.enclosure();
    sheet.couples_and_children();
    sheet.relations();
    sheet.symbols();
    sheet.done()
}

/// A line that needs height of its own between or above rows: left, right.
type Span = (i32, i32);

/// Gives each span a lane so that no two that overlap share one.
fn lanes(spans: &[Span]) -> (Vec<i32>, i32) {
    let mut ends: Vec<Vec<Span>> = Vec::new();
    let mut given = Vec::new();
    for (low, high) in spans {
        let free = |lane: &Vec<Span>| lane.iter().all(|(l, h)| high + 12 < *l || h + 12 < *low);
        let at = ends.iter().position(free).unwrap_or_else(|| {
            ends.push(Vec::new());
            ends.len() - 1
        });
        ends[at].push((*low, *high));
        given.push(i32::try_from(at).unwrap_or(0));
    }
    (given, i32::try_from(ends.len()).unwrap_or(0))
}

/// Two of a row joined from below.
struct Couple {
    a: usize,
    b: usize,
    bond: Option<usize>,
    family: Option<usize>,
}

struct Sheet<'a> {
    figures: &'a [Figure],
    bonds: &'a [Bond],
    layout: &'a Layout,
    couples: Vec<Couple>,
    /// Per couple, how far below the symbols.
    couple_lane: Vec<i32>,
    /// Per family, how far below the lines of the couples.
    family_lane: Vec<i32>,
    /// Bonds drawn above a row, with their lane.
    above: Vec<(usize, i32)>,
    /// The middle of each row.
    y: Vec<i32>,
    /// Where the lines of the couples of a row end.
    under: Vec<i32>,
    drawing: Drawing,
    drawn: BTreeSet<usize>,
}

impl<'a> Sheet<'a> {
    fn new(figures: &'a [Figure], bonds: &'a [Bond], layout: &'a Layout) -> Self {
        let mut sheet = Self {
            figures,
            bonds,
            layout,
            couples: Vec::new(),
            couple_lane: Vec::new(),
            family_lane: vec![0; layout.families.len()],
            above: Vec::new(),
            y: Vec::new(),
            under: Vec::new(),
            drawing: Drawing::default(),
            drawn: BTreeSet::new(),
        };
        sheet.find_couples();
        sheet.measure();
        sheet
    }

    fn ends(&self, bond: &Bond) -> Option<(usize, usize)> {
        let at = |id: PersonId| self.figures.iter().position(|one| one.id == id);
        Some((at(bond.a)?, at(bond.b)?))
    }

    fn x(&self, at: usize) -> i32 {
        self.layout.x[at] + MARGIN + HALF
    }

    fn middle(&self, of: &[usize]) -> i32 {
        let low = of.iter().map(|at| self.x(*at)).min().unwrap_or(0);
        let high = of.iter().map(|at| self.x(*at)).max().unwrap_or(0);
        i32::midpoint(low, high)
    }

    fn find_couples(&mut self) {
        let mut couples: Vec<Couple> = Vec::new();
        for (at, bond) in self.bonds.iter().enumerate() {
            if let (Kin::Partner | Kin::Divorced, Some((a, b))) = (bond.kind, self.ends(bond))
                && self.layout.row[a] == self.layout.row[b]
            {
                couples.push(Couple {
                    a: a.min(b),
                    b: a.max(b),
                    bond: Some(at),
                    family: None,
                });
            }
        }
        for (at, family) in self.layout.families.iter().enumerate() {
            let [a, b] = family.parents[..] else { continue };
            match couples.iter_mut().find(|one| (one.a, one.b) == (a, b)) {
                Some(couple) => couple.family = Some(at),
                None => couples.push(Couple {
                    a,
                    b,
                    bond: None,
                    family: Some(at),
                }),
            }
        }
        self.couples = couples;
    }

    /// Heights: every row as high as its lines need.
    fn measure(&mut self) {
        let rows = self.layout.rows.len();
        self.couple_lane = vec![0; self.couples.len()];
        let (mut below, mut bars, mut top) = (vec![0; rows], vec![0; rows], vec![0; rows]);
        for row in 0..rows {
            let mine: Vec<usize> = (0..self.couples.len())
                .filter(|at| self.layout.row[self.couples[*at].a] == row)
                .collect();
            let spans: Vec<Span> = mine
                .iter()
                .map(|at| self.span(self.couples[*at].a, self.couples[*at].b))
                .collect();
            let (given, count) = lanes(&spans);
            for (at, lane) in mine.iter().zip(given) {
                self.couple_lane[*at] = lane;
            }
            below[row] = count;
            let families: Vec<usize> = (0..self.layout.families.len())
                .filter(|at| self.layout.row[self.layout.families[*at].parents[0]] == row)
                .collect();
            let spans: Vec<Span> = families
                .iter()
                .map(|at| {
                    let family = &self.layout.families[*at];
                    let hook = self.middle(&family.parents);
                    let all = family.children.iter().map(|child| self.x(*child));
                    let (low, high) = all.fold((hook, hook), |(l, h), x| (l.min(x), h.max(x)));
                    (low, high)
                })
                .collect();
            let (given, count) = lanes(&spans);
            for (at, lane) in families.iter().zip(given) {
                self.family_lane[*at] = lane;
            }
            bars[row] = count;
            let mine: Vec<usize> = (0..self.bonds.len())
                .filter(|at| self.goes_above(*at) == Some(row))
                .collect();
            let spans: Vec<Span> = mine
                .iter()
                .filter_map(|at| self.ends(&self.bonds[*at]))
                .map(|(a, b)| self.span(a, b))
                .collect();
            let (given, count) = lanes(&spans);
            self.above.extend(mine.iter().copied().zip(given));
            top[row] = count;
        }
        let mut y = MARGIN;
        for row in 0..rows {
            y += 14 * top[row] + 10 + HALF;
            self.y.push(y);
            y += HALF + 18 + 12 * below[row];
            self.under.push(y);
            y += 14 * bars[row] + 20;
        }
        let right = (0..self.figures.len()).map(|at| self.x(at)).max();
        self.drawing.width = right.unwrap_or(0) + HALF + WORDS + MARGIN;
        self.drawing.height = y + MARGIN - 16;
    }

    fn span(&self, a: usize, b: usize) -> Span {
        let (a, b) = (self.x(a), self.x(b));
        (a.min(b), a.max(b))
    }

    /// Whether two share a line of parents, so that being siblings is drawn already.
    fn drawn_as_siblings(&self, a: usize, b: usize) -> bool {
        let both = |family: &Family| family.children.contains(&a) && family.children.contains(&b);
        self.layout.families.iter().any(both)
    }

    /// The row above which this bond runs as a bracket: of siblings without parents, and how people of one row stand.
    fn goes_above(&self, at: usize) -> Option<usize> {
        let bond = &self.bonds[at];
        let (a, b) = self.ends(bond)?;
        let row = self.layout.row[a];
        let plain = bond.quality == Quality::Plain;
        let already = match bond.kind {
            Kin::Partner | Kin::Divorced => plain,
            Kin::Sibling => plain && self.drawn_as_siblings(a, b),
            Kin::Parent | Kin::Other => false,
        };
        (row == self.layout.row[b] && a != b && !already).then_some(row)
    }

    fn couples_and_children(&mut self) {
        let mut hooks: Vec<Option<(i32, i32)>> = vec![None; self.layout.families.len()];
        for at in 0..self.couples.len() {
            let Couple { a, b, bond, family } = self.couples[at];
            let row = self.layout.row[a];
            let bottom = self.y[row] + HALF;
            let y = bottom + 14 + 12 * self.couple_lane[at];
            let (left, right) = self.span(a, b);
            let line = [(left, bottom), (left, y), (right, y), (right, bottom)];
            let class = if bond.is_some() { "kin" } else { "kin unsure" };
            self.drawing.path(class, &line);
            let middle = i32::midpoint(left, right);
            if let Some(bond) = bond {
                if self.bonds[bond].kind == Kin::Divorced {
                    // Beside the middle: the children hang from there.
                    let quarter = left + (right - left) / 4;
                    let (from, to) = (f64::from(quarter - 12), f64::from(quarter + 12));
                    let bars = strokes::bars(&[(from, f64::from(y)), (to, f64::from(y))]);
                    self.drawing.shapes.extend(bars);
                }
                self.drawn.insert(bond);
            }
            if let Some(family) = family {
                hooks[family] = Some((middle, y));
            }
        }
        for (at, family) in self.layout.families.iter().enumerate() {
            let parent = family.parents[0];
            let row = self.layout.row[parent];
            let from = hooks[at].unwrap_or((self.x(parent), self.y[row] + HALF));
            let bar = self.under[row] + 14 * self.family_lane[at] + 8;
            let xs: Vec<i32> = family.children.iter().map(|child| self.x(*child)).collect();
            let low = xs.iter().copied().chain([from.0]).min().unwrap_or(from.0);
            let high = xs.iter().copied().chain([from.0]).max().unwrap_or(from.0);
            self.drawing.path("kin", &[from, (from.0, bar)]);
            if low < high {
                self.drawing.path("kin", &[(low, bar), (high, bar)]);
            }
            for child in &family.children {
                let top = self.y[self.layout.row[*child]] - HALF;
                let x = self.x(*child);
                self.drawing.path("kin", &[(x, bar), (x, top)]);
            }
            for (index, bond) in self.bonds.iter().enumerate() {
                let Some((a, b)) = self.ends(bond) else {
                    continue;
                };
                let parent = bond.kind == Kin::Parent
                    && family.parents.contains(&a)
                    && family.children.contains(&b);
                let siblings = bond.kind == Kin::Sibling
                    && family.children.contains(&a)
                    && family.children.contains(&b);
                if parent || siblings {
                    self.drawn.insert(index);
                }
            }
        }
    }

    fn relations(&mut self) {
        for (at, lane) in self.above.clone() {
            let bond = self.bonds[at];
            let Some((a, b)) = self.ends(&bond) else {
                continue;
            };
            let top = self.y[self.layout.row[a]] - HALF;
            let y = top - 12 - 14 * lane;
            let (left, right) = self.span(a, b);
            // Beside the middle, where the line to the parents comes down.
            let line = [
                (left + 9, top),
                (left + 9, y),
                (right - 9, y),
                (right - 9, top),
            ];
            let shapes = if bond.quality == Quality::Plain {
                vec![Shape::Path {
                    d: strokes::polyline(&line),
                    class: if bond.kind == Kin::Sibling {
                        "kin"
                    } else {
                        "rel"
                    },
                }]
            } else {
                strokes::relation(&line, bond.quality)
            };
            self.drawing.shapes.extend(shapes);
            self.drawn.insert(at);
        }
        let mut arrived: Vec<(usize, i32)> = Vec::new();
        for (at, bond) in self.bonds.iter().enumerate() {
            let Some((a, b)) = self.ends(bond) else {
                continue;
            };
            let (a, b) = if self.layout.row[a] <= self.layout.row[b] {
                (a, b)
            } else {
                (b, a)
            };
            if self.layout.row[a] == self.layout.row[b]
                || (self.drawn.contains(&at) && bond.quality == Quality::Plain)
            {
                continue;
            }
            // On the side they come from, each a little further out than the one before.
            let side = if self.x(a) > self.x(b) { 1 } else { -1 };
            let before = arrived.iter().filter(|one| **one == (b, side)).count();
            arrived.push((b, side));
            let out = (7 + 8 * i32::try_from(before).unwrap_or(0)).min(HALF);
            let from = (self.x(a) - 10 * side, self.y[self.layout.row[a]] + HALF);
            let to = (self.x(b) + out * side, self.y[self.layout.row[b]] - HALF);
            let shapes = strokes::relation(&[from, to], bond.quality);
            self.drawing.shapes.extend(shapes);
            self.drawn.insert(at);
        }
    }

    /// Dashes around those who live together: one line where nobody else stands between them, else one a group.
    fn enclosure(&mut self) {
        let mut bands: Vec<(usize, i32, i32)> = Vec::new();
        let mut whole = true;
        for (row, order) in self.layout.rows.iter().enumerate() {
            let mut runs: Vec<(i32, i32)> = Vec::new();
            let mut before = false;
            for at in order {
                let (left, right) = (self.x(*at) - HALF - 10, self.x(*at) + HALF + WORDS);
                match (self.figures[*at].here, before, runs.last_mut()) {
                    (true, true, Some(run)) => run.1 = right,
                    (true, _, _) => runs.push((left, right)),
                    _ => {}
                }
                before = self.figures[*at].here;
            }
            whole = whole && runs.len() <= 1;
            bands.extend(runs.into_iter().map(|(left, right)| (row, left, right)));
        }
        let joined = bands.windows(2).all(|two| {
            let ((row, l, r), (next, left, right)) = (two[0], two[1]);
            next == row + 1 && l.max(left) < r.min(right)
        });
        let edge = |sheet: &Self, row: usize| (sheet.y[row] - HALF - 10, sheet.y[row] + HALF + 10);
        if whole && joined && bands.len() > 1 {
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            for (at, (row, left, right)) in bands.iter().enumerate() {
                let (top, bottom) = edge(self, *row);
                let up = match at
                    .checked_sub(1)
                    .map(|before| edge(self, bands[before].0).1)
                {
                    Some(before) => i32::midpoint(before, top),
                    None => top,
                };
                let down = match bands.get(at + 1) {
                    Some((next, ..)) => i32::midpoint(bottom, edge(self, *next).0),
                    None => bottom,
                };
                lefts.extend([(*left, up), (*left, down)]);
                rights.extend([(*right, up), (*right, down)]);
            }
            lefts.extend(rights.into_iter().rev());
            self.drawing.shapes.push(Shape::Path {
                d: strokes::polyline(&lefts) + "Z",
                class: "home",
            });
            return;
        }
        for (row, left, right) in bands {
            let (top, bottom) = edge(self, row);
            self.drawing.shapes.push(Shape::Rect {
                x: left,
                y: top,
                w: right - left,
                h: bottom - top,
                class: "home",
            });
        }
    }

    #[allow(
        clippy::many_single_char_names,
        reason = "x, y, w, h are what a drawing speaks of"
    )]
    fn symbols(&mut self) {
        for (at, figure) in self.figures.iter().enumerate() {
            let (x, y) = (self.x(at), self.y[self.layout.row[at]]);
            let class = if figure.principal {
                "person self"
            } else {
                "person"
            };
            self.drawing
                .shapes
                .push(symbol(figure.gender, x, y, HALF, class));
            if figure.principal {
                let inner = symbol(figure.gender, x, y, HALF - 6, "person inner");
                self.drawing.shapes.push(inner);
            }
            if figure.passed {
                let (l, r, t, b) = (x - HALF, x + HALF, y - HALF, y + HALF);
                self.drawing.path("passed", &[(l, t), (r, b)]);
                self.drawing.path("passed", &[(r, t), (l, b)]);
            }
            let count = i32::try_from(figure.words.len()).unwrap_or(1);
            for (line, words) in figure.words.iter().enumerate() {
                let down = y + 5 - 9 * (count - 1) + 18 * i32::try_from(line).unwrap_or(0);
                let class = if line == 0 { "what" } else { "more" };
                self.drawing
                    .text(class, x + HALF + 8, down, short(words, 7));
            }
        }
    }

    fn done(mut self) -> Genogram {
        self.drawing.sentences = sentences(self.figures, self.bonds);
        let cell = |(at, figure): (usize, &Figure)| {
            let (x, y) = (self.x(at), self.y[self.layout.row[at]]);
            let cell = [x - HALF - 4, y - HALF - 4, x + HALF + WORDS, y + HALF + 4];
            (figure.id, cell)
        };
        Genogram {
            cells: self.figures.iter().enumerate().map(cell).collect(),
            drawing: self.drawing,
            drawn: self.drawn,
        }
    }
}

fn symbol(gender: Gender, x: i32, y: i32, half: i32, class: &'static str) -> Shape {
    match gender {
        Gender::Male => Shape::Rect {
            x: x - half,
            y: y - half,
            w: 2 * half,
            h: 2 * half,
            class,
        },
        Gender::Female => Shape::Circle {
            cx: x,
            cy: y,
            r: half,
            class,
            words: String::new(),
        },
        Gender::Unsaid | Gender::Other => Shape::Path {
            d: strokes::polyline(&[(x, y - half), (x + half, y), (x, y + half), (x - half, y)])
                + "Z",
            class,
        },
    }
}

#[cfg(test)]
mod tests;
