//! What every room needs and nobody owns: identifiers, municipality codes,
//! the clock, the Japanese calendar (年度, 和暦, 祝日) and the folding that lets
//! a search forgive kana, width and old kanji forms.
//!
//! Architecture invariants: no I/O except the random source in [`new_id`] and
//! the system clock behind [`Clock::system`]; nothing here knows a room.

mod codes;
pub mod fiscal_year;
pub mod fold;
pub mod holidays;
mod id;
pub mod japanese;
mod municipality_code;
pub mod time;
pub mod wareki;

pub use fiscal_year::FiscalYear;
pub use fold::fold;
pub use id::new_id;
pub use municipality_code::{MunicipalityCode, NotAMunicipalityCode};
pub use time::Clock;

id! {
    /// One office (centre) in the database. `OfficeId(0)` is the installation itself.
    OfficeId
}
id! {
    /// One member of staff, in one office, with one role.
    StaffId
}
id! {
    /// One thread of letters between a writer and an office.
    ThreadId
}
id! {
    /// One case (ケース): one household's situation at one office.
    CaseId
}
id! {
    /// One compartment (守秘区画) of a case.
    CompartmentId
}
id! {
    /// One person as one case knows them. The same human in two cases is two of these, linked reversibly.
    PersonId
}
id! {
    /// One contact (対応1回) of a case.
    ContactId
}
id! {
    /// One note of a case.
    NoteId
}

id! {
    /// One programme (居場所・会・講座) that an office runs or lists.
    ProgrammeId
}
id! {
    /// One time a programme takes place (開催回). Not called a session: that word is the sign-in's.
    GatheringId
}
id! {
    /// One slip (予約の控え): what somebody without a name holds of a booking.
    SlipId
}
id! {
    /// One appointment (面接予約).
    AppointmentId
}

impl OfficeId {
    /// The installation itself: what happens before or beside any office
    /// (for instance a refused sign-in with an unknown name) is recorded here.
    pub const INSTALLATION: OfficeId = OfficeId::from_raw(0);
}
