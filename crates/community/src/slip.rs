//! The slip (控え): what somebody without a name holds of a booking.
