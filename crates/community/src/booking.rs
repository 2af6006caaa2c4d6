//! Booking a gathering under any name: seats, a waiting list that fills by itself, leaving in one step.
