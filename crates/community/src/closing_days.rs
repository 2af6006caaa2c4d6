//! Closing days in: from a calendar file or from lines, into the office's own.
