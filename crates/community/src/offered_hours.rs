//! The hours of a week in which a colleague offers appointments; rooms; when somebody is away.
