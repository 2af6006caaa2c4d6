//! 同一人: links between persons of two cases, undone exactly; hints of duplicates inside one office.
