//! Age in bands, as the web pages ask it.

use crate::answers::OLDEST;

/// Age as the web asks it, so that nobody has to give a number (guide.md §E1). One number stands for each band in
/// the rules; the numbers are chosen so that every rule's border falls between two bands, see `decisions` in the
/// rule data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeBand {
    /// Value in the form.
    pub code: &'static str,
    /// Youngest age in the band.
    pub from: u8,
    /// Oldest age in the band.
    pub to: u8,
    /// The age the rules are given.
    pub stands_for: u8,
}

/// The eight bands.
pub const AGE_BANDS: [AgeBand; 8] = [
    AgeBand {
        code: "0-12",
        from: 0,
        to: 12,
        stands_for: 11,
    },
    AgeBand {
        code: "13-15",
        from: 13,
        to: 15,
        stands_for: 14,
    },
    AgeBand {
        code: "16-18",
        from: 16,
        to: 18,
        stands_for: 17,
    },
    AgeBand {
        code: "19-29",
        from: 19,
        to: 29,
        stands_for: 24,
    },
    AgeBand {
        code: "30-39",
        from: 30,
        to: 39,
        stands_for: 34,
    },
    AgeBand {
        code: "40-49",
        from: 40,
        to: 49,
        stands_for: 44,
    },
    AgeBand {
        code: "50-64",
        from: 50,
        to: 64,
        stands_for: 57,
    },
    AgeBand {
        code: "65-",
        from: 65,
        to: OLDEST,
        stands_for: 72,
    },
];

impl AgeBand {
    /// The band an age falls into.
    pub fn of(age: u8) -> Option<AgeBand> {
        AGE_BANDS
            .into_iter()
            .find(|band| (band.from..=band.to).contains(&age))
    }

    /// The band with this form value.
    pub fn from_code(code: &str) -> Option<AgeBand> {
        AGE_BANDS.into_iter().find(|band| band.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_cover_every_age_once_and_stand_inside_themselves() {
        for age in 0..=OLDEST {
            assert_eq!(
                AGE_BANDS
                    .iter()
                    .filter(|band| band.from <= age && age <= band.to)
                    .count(),
                1
            );
        }
        for band in AGE_BANDS {
            assert_eq!(AgeBand::of(band.stands_for), Some(band));
        }
    }
}
