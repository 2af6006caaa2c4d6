-- Programmes, the times they take place, who comes. What is public is in columns; what a person typed is in a slip.
CREATE TABLE programme_counter (
  -- always 1: the numbers in public addresses run over the whole installation
  id BIGINT PRIMARY KEY,
  last_number BIGINT NOT NULL
);

CREATE TABLE programme (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  number BIGINT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  for_whom TEXT NOT NULL,
  -- 'office' or 'other': others' places are listed once the office has checked them
  run_by TEXT NOT NULL,
  state TEXT NOT NULL,
  checked_on TEXT,
  checked_by BIGINT,
  -- five digits; NULL for a place that is online only
  municipality TEXT,
  online BIGINT NOT NULL,
  first_time_friendly BIGINT NOT NULL,
  walk_in BIGINT NOT NULL,
  takes_bookings BIGINT NOT NULL,
  keeps_waiting_list BIGINT NOT NULL,
  capacity BIGINT,
  -- what the public reads, as JSON (programme::Details)
  details TEXT NOT NULL,
  -- what is told after booking only, sealed under the installation's key (programme::AfterBooking)
  after_booking {blob},
  -- how it recurs, as JSON (recurrence::Rule); NULL for single days only
  rule TEXT,
  last_seq BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX programme_listed ON programme (state, office_id);

CREATE TABLE programme_host (
  programme_id BIGINT NOT NULL REFERENCES programme (id),
  staff_id BIGINT NOT NULL,
  PRIMARY KEY (programme_id, staff_id)
);

CREATE TABLE gathering (
  id BIGINT PRIMARY KEY,
  programme_id BIGINT NOT NULL REFERENCES programme (id),
  office_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  -- the day the rule gave; NULL for a day added by hand. A changed day keeps it, so that the rule does not give it again.
  ruled_day TEXT,
  day TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  -- differs from the programme's where it is set
  capacity BIGINT,
  taken BIGINT NOT NULL,
  -- a sentence for the public: the theme of the day, or why it does not take place
  words TEXT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (programme_id, seq),
  UNIQUE (programme_id, ruled_day)
);
CREATE INDEX gathering_by_day ON gathering (office_id, day);

CREATE TABLE gathering_host (
  gathering_id BIGINT NOT NULL REFERENCES gathering (id),
  staff_id BIGINT NOT NULL,
  PRIMARY KEY (gathering_id, staff_id)
);

-- What somebody without a name holds of a booking: a code of twelve digits, and words only they and the office read.
CREATE TABLE slip (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  -- HMAC of the digits under the installation's key: the database alone knows no code
  code_mac {blob} NOT NULL UNIQUE,
  form_hash {blob} NOT NULL UNIQUE,
  key_for_office {blob} NOT NULL,
  key_under_code {blob} NOT NULL,
  words {blob} NOT NULL,
  reminder TEXT NOT NULL,
  -- where to, sealed under the installation's key: the machine sends it while everybody sleeps
  reminder_to {blob},
  created_at BIGINT NOT NULL,
  -- the words are erased after this day
  keep_until TEXT NOT NULL
);
CREATE INDEX slip_kept ON slip (keep_until);

CREATE TABLE booking (
  id BIGINT PRIMARY KEY,
  gathering_id BIGINT NOT NULL REFERENCES gathering (id),
  office_id BIGINT NOT NULL,
  slip_id BIGINT,
  who TEXT NOT NULL,
  people BIGINT NOT NULL,
  -- 「行けないかも」
  perhaps BIGINT NOT NULL,
  first_time BIGINT,
  -- 'booked', 'waiting' or 'left'. There is deliberately no word for somebody who did not come.
  state TEXT NOT NULL,
  tell BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  -- when a seat came free for somebody who waited
  moved_up_at BIGINT,
  left_at BIGINT,
  arrived_at BIGINT
);
CREATE INDEX booking_of_gathering ON booking (gathering_id, state, made_at);
CREATE INDEX booking_of_slip ON booking (slip_id);

-- Heads, not names (field/domain.md §3.9).
CREATE TABLE attendance (
  gathering_id BIGINT PRIMARY KEY REFERENCES gathering (id),
  principals BIGINT NOT NULL,
  family BIGINT NOT NULL,
  peers BIGINT NOT NULL,
  staff BIGINT NOT NULL,
  others BIGINT NOT NULL,
  first_timers BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by BIGINT NOT NULL
);

-- That somebody of a case came, as codes only; read through that person's own compartment and nowhere else (inv. 25).
CREATE TABLE attendance_of_person (
  gathering_id BIGINT NOT NULL REFERENCES gathering (id),
  person_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  compartment_id BIGINT NOT NULL,
  marked_by BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (gathering_id, person_id)
);
CREATE INDEX attendance_of_compartment ON attendance_of_person (compartment_id);

-- 気づき: what a host noticed, for those who run it.
CREATE TABLE gathering_note (
  id BIGINT PRIMARY KEY,
  gathering_id BIGINT NOT NULL REFERENCES gathering (id),
  staff_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  key_for_office {blob} NOT NULL,
  key_for_writer {blob} NOT NULL,
  words {blob} NOT NULL
);
CREATE INDEX gathering_note_of ON gathering_note (gathering_id, at);
