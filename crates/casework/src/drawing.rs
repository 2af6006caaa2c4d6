//! Drawings as plain values: genogram, ecomap, five-year line. Pure functions; a template writes them as SVG, and each has a
//! text equivalent that says the same.
//!
//! Classes, not colours: the page's style sheet decides for light, dark and paper.

pub mod ecomap;
pub mod five_years;
pub mod genogram;
mod layout;
mod strokes;

/// One thing to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A rectangle.
    Rect {
        /// Left.
        x: i32,
        /// Top.
        y: i32,
        /// Width.
        w: i32,
        /// Height.
        h: i32,
        /// Its class.
        class: &'static str,
    },
    /// A circle; `words` are its own title, empty for none.
    Circle {
        /// Centre.
        cx: i32,
        /// Centre.
        cy: i32,
        /// Radius.
        r: i32,
        /// Its class.
        class: &'static str,
        /// What it stands for.
        words: String,
    },
    /// A line or an outline.
    Path {
        /// The path.
        d: String,
        /// Its class.
        class: &'static str,
    },
    /// Words.
    Text {
        /// Where.
        x: i32,
        /// Base line.
        y: i32,
        /// Its class.
        class: &'static str,
        /// The words.
        words: String,
    },
}

/// A drawing and what it says in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// What to draw, the lowest first.
    pub shapes: Vec<Shape>,
    /// The same in sentences.
    pub sentences: Vec<String>,
}

impl Drawing {
    fn path(&mut self, class: &'static str, points: &[(i32, i32)]) {
        self.shapes.push(Shape::Path {
            d: strokes::polyline(points),
            class,
        });
    }

    fn text(&mut self, class: &'static str, x: i32, y: i32, words: impl Into<String>) {
        self.shapes.push(Shape::Text {
            x,
            y,
            class,
            words: words.into(),
        });
    }
}

/// At most `most` characters, so that words stay inside their place; the text equivalent has all of them.
fn short(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        words.to_owned()
    } else {
        let kept: String = words.chars().take(most.saturating_sub(1)).collect();
        kept + "…"
    }
}
