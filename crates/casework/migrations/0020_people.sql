-- Identity steps, links, household, ways to reach people. Words are sealed; codes and dates are plain.

-- One step on the identity ladder, up or back. `after` is everything known once the step was taken.
CREATE TABLE identity_event (
  id BIGINT PRIMARY KEY,
  person_id BIGINT NOT NULL REFERENCES person (id),
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- 1, 2, 3 … of this person
  seq BIGINT NOT NULL,
  from_level BIGINT NOT NULL,
  to_level BIGINT NOT NULL,
  ground TEXT NOT NULL,
  by_staff BIGINT NOT NULL,
  at BIGINT NOT NULL,
  -- the seq of the step that this one takes back
  undoes BIGINT,
  after {blob} NOT NULL,
  UNIQUE (person_id, seq)
);

-- The same human in two cases of one office, or explicitly not. Never a merge; undone by a date.
CREATE TABLE person_link (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  a_case BIGINT NOT NULL REFERENCES casefile (id),
  a_person BIGINT NOT NULL REFERENCES person (id),
  b_case BIGINT NOT NULL REFERENCES casefile (id),
  b_person BIGINT NOT NULL REFERENCES person (id),
  -- same, not_same
  kind TEXT NOT NULL,
  ground TEXT NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL,
  decided_by BIGINT,
  decided_at BIGINT,
  -- 1 approved, 0 declined, NULL not decided
  approved BIGINT,
  undone_by BIGINT,
  undone_at BIGINT
);
CREATE INDEX person_link_by_a ON person_link (a_person);
CREATE INDEX person_link_by_b ON person_link (b_person);
CREATE INDEX person_link_by_office ON person_link (office_id, proposed_at);

-- Who lived with the household, from when until when (YYYY, YYYY-MM or YYYY-MM-DD, as closely as it is known).
CREATE TABLE membership (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL REFERENCES person (id),
  -- what they are in the household
  relation TEXT NOT NULL,
  -- together, apart, unknown
  cohabiting TEXT NOT NULL,
  from_on TEXT,
  until_on TEXT,
  -- who said so; NULL: seen by the staff
  source_person BIGINT,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX membership_by_case ON membership (case_id);

-- Kinship and how people stand to each other. For parent: a is a parent of b.
CREATE TABLE kinship (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  a_person BIGINT NOT NULL REFERENCES person (id),
  b_person BIGINT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  quality TEXT NOT NULL,
  source_person BIGINT,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX kinship_by_case ON kinship (case_id);

-- Somebody died. The day as closely as it is known; NULL: only that it happened.
CREATE TABLE passing (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL REFERENCES person (id),
  on_day TEXT,
  source_person BIGINT,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX passing_by_case ON passing (case_id);

-- Ties of the household, or of one person, to the world around (エコマップ). The name is sealed.
CREATE TABLE tie (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- NULL: the household as a whole
  person_id BIGINT,
  kind TEXT NOT NULL,
  quality TEXT NOT NULL,
  -- to, from, both, none
  direction TEXT NOT NULL,
  name {blob} NOT NULL,
  source_person BIGINT,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX tie_by_case ON tie (case_id);

-- A way to reach somebody, with its rules. Changed by a new row that says which one it replaces.
CREATE TABLE contact_point (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL REFERENCES person (id),
  channel TEXT NOT NULL,
  words {blob} NOT NULL,
  -- HH:MM in Asia/Tokyo; NULL: any time. From after until: over midnight
  from_time TEXT,
  until_time TEXT,
  may_say_centre_name BIGINT NOT NULL,
  -- what to do when somebody else answers: hang, ask, fine
  others TEXT NOT NULL,
  ban BIGINT NOT NULL,
  replaces BIGINT,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  ended_by BIGINT,
  ended_at BIGINT
);
CREATE INDEX contact_point_by_case ON contact_point (case_id);

-- A small step: anything that somebody noticed. The words lie in the compartment of whoever told it.
CREATE TABLE small_step (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  day TEXT NOT NULL,
  words {blob} NOT NULL,
  by_staff BIGINT NOT NULL,
  at BIGINT NOT NULL,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX small_step_by_case ON small_step (case_id, day);
