//! What somebody may want to do, and which role may at all.

use crate::staff::Role;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the list of waiting letters.
    SeeInbox,
    /// Read a thread.
    ReadThread,
    /// Answer a letter.
    Reply,
    /// Write or read an internal note.
    Note,
    /// Take a thread or hand it over.
    Assign,
    /// Set the next promised day.
    SetPromise,
    /// Close a thread or open it again.
    CloseThread,
    /// Type in a letter from the phone or from paper.
    EnterLetter,
    /// Give the writer a new return code.
    ReissueCode,
    /// Change the office's texts (定型文).
    EditPhrases,
    /// See the office page.
    SeeOffice,
    /// Change opening hours, promise, retention and public texts.
    EditOffice,
    /// Pause letters or take them again.
    PauseLetters,
    /// See who works here.
    SeeStaff,
    /// Invite, change, reset and deactivate accounts.
    ManageStaff,
    /// Pass the office key on to a colleague.
    GrantOfficeKey,
    /// See the audit chain.
    SeeAudit,
    /// See the list of one's cases.
    SeeCases,
    /// Open a new case.
    OpenNewCase,
    /// See a case: codes, dates, face sheet.
    ReadCase,
    /// Change a case: people, household, ways to reach them, flags, engagement, plan, visits.
    ChangeCase,
    /// Read a compartment.
    ReadCompartment,
    /// Write into a compartment.
    WriteNote,
    /// See who looked at a case, and when.
    SeeCaseHistory,
    /// Search.
    SearchCases,
    /// Say who works on a case.
    AssignCase,
    /// Declare 知人回避 for oneself or a colleague.
    DeclareAcquaintance,
    /// Break the glass: open a case one does not work on, with a reason, for three hours.
    BreakGlass,
    /// Look at what was done behind broken glass; which of it, and who reviews it, `custody::glass` decides.
    ReviewBreakGlass,
    /// Approve what leads: a first approach, a closing, links between persons, an assessment.
    ApproveCase,
    /// Hand over many cases at once.
    HandOver,
    /// See how much everybody carries.
    SeeWorkload,
    /// Prepare the answer to a request for one's own records (開示請求).
    PrepareDisclosure,
    /// Approve that answer.
    ApproveDisclosure,
    /// Propose that records be erased.
    ProposeErasure,
    /// Approve it, as the second person.
    ApproveErasure,
    /// Register peer supporters and give them cards.
    ManagePeers,
    /// See one's own cards and write one's own reports, as a peer supporter.
    OwnCards,
    /// See the office's places and its week: what is on, who is where, in codes and times.
    SeePlaces,
    /// Change programmes and the times they take place; rooms, hours offered, closing days.
    EditPlaces,
    /// Run a gathering: see who booked, count heads, write down what one noticed.
    RunGathering,
    /// See appointments, with the words on their slips.
    SeeAppointments,
    /// Enter, move and cancel appointments.
    KeepAppointments,
}

impl Action {
    /// Every action, for tests and for the matrix in the manual.
    pub const ALL: [Self; 43] = [
        Self::SeeInbox,
        Self::ReadThread,
        Self::Reply,
        Self::Note,
        Self::Assign,
        Self::SetPromise,
        Self::CloseThread,
        Self::EnterLetter,
        Self::ReissueCode,
        Self::EditPhrases,
        Self::SeeOffice,
        Self::EditOffice,
        Self::PauseLetters,
        Self::SeeStaff,
        Self::ManageStaff,
        Self::GrantOfficeKey,
        Self::SeeAudit,
        Self::SeeCases,
        Self::OpenNewCase,
        Self::ReadCase,
        Self::ChangeCase,
        Self::ReadCompartment,
        Self::WriteNote,
        Self::SeeCaseHistory,
        Self::SearchCases,
        Self::AssignCase,
        Self::DeclareAcquaintance,
        Self::BreakGlass,
        Self::ReviewBreakGlass,
        Self::ApproveCase,
        Self::HandOver,
        Self::SeeWorkload,
        Self::PrepareDisclosure,
        Self::ApproveDisclosure,
        Self::ProposeErasure,
        Self::ApproveErasure,
        Self::ManagePeers,
        Self::OwnCards,
        Self::SeePlaces,
        Self::EditPlaces,
        Self::RunGathering,
        Self::SeeAppointments,
        Self::KeepAppointments,
    ];

    /// The code in the audit chain.
    pub fn code(self) -> &'static str {
        match self {
            Self::SeeInbox => "inbox.see",
            Self::ReadThread => "thread.read",
            Self::Reply => "thread.reply",
            Self::Note => "thread.note",
            Self::Assign => "thread.assign",
            Self::SetPromise => "thread.promise",
            Self::CloseThread => "thread.close",
            Self::EnterLetter => "thread.enter",
            Self::ReissueCode => "thread.reissue_code",
            Self::EditPhrases => "phrase.edit",
            Self::SeeOffice => "office.see",
            Self::EditOffice => "office.edit",
            Self::PauseLetters => "office.pause_letters",
            Self::SeeStaff => "staff.see",
            Self::ManageStaff => "staff.manage",
            Self::GrantOfficeKey => "office_key.grant",
            Self::SeeAudit => "audit.see",
            Self::SeeCases => "case.list",
            Self::OpenNewCase => "case.open",
            Self::ReadCase => "case.read",
            Self::ChangeCase => "case.change",
            Self::ReadCompartment => "compartment.read",
            Self::WriteNote => "compartment.write",
            Self::SeeCaseHistory => "case.history",
            Self::SearchCases => "case.search",
            Self::AssignCase => "case.assign",
            Self::DeclareAcquaintance => "case.acquaintance",
            Self::BreakGlass => "case.break_glass",
            Self::ReviewBreakGlass => "case.review_break_glass",
            Self::ApproveCase => "case.approve",
            Self::HandOver => "case.hand_over",
            Self::SeeWorkload => "case.workload",
            Self::PrepareDisclosure => "disclosure.prepare",
            Self::ApproveDisclosure => "disclosure.approve",
            Self::ProposeErasure => "erasure.propose",
            Self::ApproveErasure => "erasure.approve",
            Self::ManagePeers => "peer.manage",
            Self::OwnCards => "peer.cards",
            Self::SeePlaces => "place.see",
            Self::EditPlaces => "place.edit",
            Self::RunGathering => "gathering.run",
            Self::SeeAppointments => "appointment.see",
            Self::KeepAppointments => "appointment.keep",
        }
    }

    /// Whether it adds to a compartment.
    pub(crate) fn writes(self) -> bool {
        self == Self::WriteNote
    }
}

/// Whether a role may do this at all. Which thread, and of which office, is decided by [`super::open_thread`].
///
/// The administrator runs the system and reads no letter; a supervisor may do what a coordinator may, so that an
/// office of two people works (field/casework.md §F4, adapted to the mailbox).
pub fn may(role: Role, action: Action) -> bool {
    use Action as A;
    let reads_letters = matches!(role, Role::Coordinator | Role::Supervisor);
    let leads = matches!(role, Role::Supervisor | Role::Administrator);
    match action {
        A::SeeInbox
        | A::ReadThread
        | A::Reply
        | A::Note
        | A::Assign
        | A::SetPromise
        | A::CloseThread
        | A::EnterLetter
        | A::ReissueCode
        | A::EditPhrases
        | A::GrantOfficeKey
        | A::SeeCases
        | A::OpenNewCase
        | A::ReadCase
        | A::ChangeCase
        | A::ReadCompartment
        | A::WriteNote
        | A::SeeCaseHistory
        | A::SearchCases
        | A::AssignCase
        | A::DeclareAcquaintance
        | A::BreakGlass
        | A::ReviewBreakGlass
        | A::PrepareDisclosure
        | A::ProposeErasure
        | A::EditPlaces
        | A::SeeAppointments
        | A::KeepAppointments => reads_letters,
        A::ApproveCase
        | A::HandOver
        | A::SeeWorkload
        | A::ApproveDisclosure
        | A::ApproveErasure
        | A::ManagePeers => role == Role::Supervisor,
        A::OwnCards => role == Role::Peer,
        A::EditOffice | A::ManageStaff | A::SeeAudit => leads,
        A::SeeOffice | A::PauseLetters | A::SeeStaff | A::SeePlaces => role != Role::Peer,
        A::RunGathering => role != Role::Administrator,
    }
}
