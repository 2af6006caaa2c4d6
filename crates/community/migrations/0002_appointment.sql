-- Appointments (面接予約): rooms, the hours colleagues offer, what is taken.
CREATE TABLE meeting_room (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  active BIGINT NOT NULL
);

-- The hours of a week in which a colleague offers appointments.
CREATE TABLE offered_hours (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  -- 0 is Monday
  weekday BIGINT NOT NULL,
  -- minutes of the day
  from_minute BIGINT NOT NULL,
  to_minute BIGINT NOT NULL,
  -- codes, separated by commas: visit_in,phone,online,home
  ways TEXT NOT NULL,
  room_id BIGINT,
  -- how long one appointment is, and how much stays free after it, in minutes; multiples of 15
  minutes BIGINT NOT NULL,
  pause BIGINT NOT NULL,
  -- two colleagues are needed
  in_pairs BIGINT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT
);
CREATE INDEX offered_hours_of ON offered_hours (office_id, staff_id);

-- When a colleague is not there.
CREATE TABLE away (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);

CREATE TABLE appointment (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  slip_id BIGINT,
  way TEXT NOT NULL,
  who TEXT NOT NULL,
  -- how many people come
  people BIGINT NOT NULL,
  first_time BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  second_staff_id BIGINT,
  room_id BIGINT,
  day TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  -- minutes that stay free after it
  pause BIGINT NOT NULL,
  -- 'booked', 'cancelled' or 'held'; nobody is marked as not having come
  state TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  -- NULL: somebody booked it for themself
  made_by BIGINT,
  -- set for somebody who is known: shown to those who reach the case, to everybody else it is 「予約」
  case_id BIGINT,
  compartment_id BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX appointment_by_day ON appointment (office_id, day);
CREATE INDEX appointment_of_slip ON appointment (slip_id);

-- What is told to whoever booked, one text a way: which door, which link. Sealed under the installation's key, because
-- the machine shows it while everybody sleeps.
CREATE TABLE appointment_guide (
  office_id BIGINT NOT NULL REFERENCES office (id),
  way TEXT NOT NULL,
  words {blob} NOT NULL,
  PRIMARY KEY (office_id, way)
);

-- What is taken, in quarters of an hour since 1970: two appointments cannot want the same colleague or the same room,
-- because the key says so, whatever happens at the same moment.
CREATE TABLE taken_quarter (
  -- 'staff:7' or 'room:3'
  what TEXT NOT NULL,
  quarter BIGINT NOT NULL,
  appointment_id BIGINT NOT NULL,
  PRIMARY KEY (what, quarter)
);
CREATE INDEX taken_quarter_of ON taken_quarter (appointment_id);
