//! Attachments: sealed in pieces, known by their content, given out as downloads only.
