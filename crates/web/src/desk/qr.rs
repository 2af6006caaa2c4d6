//! QR codes as inline SVG: one path, no script, no style, black on white in both themes.

use qrcode::{EcLevel, QrCode, types::Color};

/// A QR code ready to be drawn: the side of its square with the quiet zone, and the path of its dark squares.
pub(super) struct Qr {
    /// Width and height of the view box.
    pub side: usize,
    /// The `d` of the path.
    pub path: String,
}

/// The code for this text; `None` when it is too long for one.
pub(super) fn draw(text: &str) -> Option<Qr> {
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let run = colors[column..].iter().take_while(|color| **color == Color::Dark).count();
            if run == 0 {
                column += 1;
                continue;
            }
            path.push_str(&format!("M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET));
            column += run;
        }
    }
    Some(Qr { side: width + 2 * QUIET, path })
}
