//! A QR code as one path of SVG: no style, no script, black on white whatever the theme.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// How many light modules stand around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The drawing: the width of the square and the path of the dark modules. `None` when it does not fit.
pub struct Qr {
    /// Width and height in modules, the quiet edge included.
    pub size: usize,
    /// The dark modules, a stretch of equal ones in a row at a time.
    pub path: String,
}

impl Qr {
    /// The QR code of an address.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            let mut x = 0;
            while x < width {
                let run = row[x..]
                    .iter()
                    .take_while(|color| **color == Color::Dark)
                    .count();
                if run > 0 {
                    let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        Some(Self {
            size: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Qr;

    #[test]
    fn the_three_eyes_are_drawn() {
        let qr = Qr::of("https://example.jp/tegami/k/000000-00000000000000000000000000").unwrap();
        let far = qr.size - 4 - 7;
        for eye in [
            "M4 4h7v1h-7z".to_owned(),
            format!("M{far} 4h7v1h-7z"),
            format!("M4 {far}h7v1h-7z"),
        ] {
            assert!(qr.path.contains(&eye), "{eye}");
        }
        assert!(qr.path.len() < 6_000, "{}", qr.path.len());
    }
}
