//! What a file is, by its content. Its name and what the browser says count for nothing.
//!
//! Only kinds that people bring are taken; what a browser would run (HTML, SVG, scripts), programs, and archives of any
//! other kind are refused. A small table of our own: nine kinds, each with a fixed beginning.

use crate::codes::codes;

codes! {
    /// What kinds of files are taken.
    FileKind {
        /// PDF
        Pdf = "pdf", "PDF";
        /// JPEG
        Jpeg = "jpeg", "写真（JPEG）";
        /// PNG
        Png = "png", "画像（PNG）";
        /// HEIC
        Heic = "heic", "写真（HEIC）";
        /// Plain text
        Text = "text", "テキスト";
        /// Word
        Docx = "docx", "Word";
        /// Excel
        Xlsx = "xlsx", "Excel";
        /// LibreOffice Writer
        Odt = "odt", "OpenDocument 文書";
        /// LibreOffice Calc
        Ods = "ods", "OpenDocument 表";
    }
}

impl FileKind {
    /// What a download says it is.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Heic => "image/heic",
            Self::Text => "text/plain",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
        }
    }

    /// The ends of names that fit it, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Heic => &["heic", "heif"],
            Self::Text => &["txt", "csv", "md"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
        }
    }

    /// What it is, from its first bytes (as many as there are, up to a piece); `None`: not a kind that is taken.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.get(4..8) == Some(b"ftyp") {
            let brand = head.get(8..12)?;
            let heic: [&[u8]; 5] = [b"heic", b"heix", b"mif1", b"msf1", b"hevc"];
            heic.contains(&brand).then_some(Self::Heic)
        } else if head.starts_with(b"PK\x03\x04") {
            of_zip(head)
        } else {
            is_text(head).then_some(Self::Text)
        }
    }

    /// Whether a later piece still fits: text stays text, and an office file carries no macros.
    pub(super) fn goes_on(self, piece: &[u8]) -> bool {
        match self {
            Self::Text => no_controls(piece),
            Self::Docx | Self::Xlsx => memchr::memmem::find(piece, b"vbaProject.bin").is_none(),
            _ => true,
        }
    }
}

fn of_zip(head: &[u8]) -> Option<FileKind> {
    let holds = |name: &[u8]| memchr::memmem::find(head, name).is_some();
    // An OpenDocument file begins with its own type, stored plainly.
    let stored = head.get(30..).unwrap_or_default();
    if stored.starts_with(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Some(FileKind::Odt);
    }
    if stored.starts_with(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
        return Some(FileKind::Ods);
    }
    let office = stored.starts_with(b"[Content_Types].xml") || stored.starts_with(b"_rels/");
    if !office {
        return None;
    }
    if holds(b"word/") {
        Some(FileKind::Docx)
    } else if holds(b"xl/") {
        Some(FileKind::Xlsx)
    } else {
        None
    }
}

fn no_controls(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| {
        (*byte >= 0x20 && *byte != 0x7f) || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)
    })
}

/// Text without control characters that no browser would take for a page and no system for a program.
fn is_text(head: &[u8]) -> bool {
    if head.is_empty() || !no_controls(head) || head.starts_with(b"#!") {
        return false;
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = start.trim_ascii_start();
    if start.starts_with(b"<") {
        return false;
    }
    let lower = head[..head.len().min(4096)].to_ascii_lowercase();
    ![
        &b"<script"[..],
        b"<html",
        b"<svg",
        b"<iframe",
        b"javascript:",
    ]
    .iter()
    .any(|mark| memchr::memmem::find(&lower, mark).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(first: &str, more: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(30, 0);
        bytes.extend_from_slice(first.as_bytes());
        bytes.extend_from_slice(more.as_bytes());
        bytes
    }

    #[test]
    fn what_people_bring_is_known_by_its_content() {
        let known: [(&[u8], FileKind); 6] = [
            (b"%PDF-1.7\n", FileKind::Pdf),
            (&[0xff, 0xd8, 0xff, 0xe1, 0], FileKind::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0", FileKind::Png),
            (b"\0\0\0\x18ftypheic\0\0", FileKind::Heic),
            ("診断書の写し\r\n".as_bytes(), FileKind::Text),
            (&[0x82, 0xa0, 0x82, 0xa2, b'\n'], FileKind::Text),
        ];
        for (bytes, kind) in known {
            assert_eq!(FileKind::of(bytes), Some(kind));
        }
        let types = "[Content_Types].xml";
        assert_eq!(
            FileKind::of(&zip(types, "word/document.xml")),
            Some(FileKind::Docx)
        );
        assert_eq!(
            FileKind::of(&zip(types, "xl/workbook.xml")),
            Some(FileKind::Xlsx)
        );
        let odt = "mimetypeapplication/vnd.oasis.opendocument.text";
        assert_eq!(FileKind::of(&zip(odt, "")), Some(FileKind::Odt));
    }

    #[test]
    fn what_would_run_is_refused() {
        for bytes in [
            &b"<!doctype html><p>x"[..],
            b"\xef\xbb\xbf  <svg xmlns=''>",
            b"<?xml version='1.0'?>",
            b"hello <script>alert(1)</script>",
            b"#!/bin/sh\n",
            b"MZ\x90\0",
            b"\x7fELF",
            b"GIF89a\x01\0",
            b"",
            b"\0\0\0\x18ftypmp42",
        ] {
            assert_eq!(FileKind::of(bytes), None);
        }
        assert_eq!(FileKind::of(&zip("a.txt", "word/")), None);
        assert!(!FileKind::Docx.goes_on(b"..word/vbaProject.bin.."));
        assert!(!FileKind::Text.goes_on(b"\0"));
    }
}
