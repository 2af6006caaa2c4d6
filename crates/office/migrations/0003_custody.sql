-- Who works on which case. Facts of custody, in codes and times; access is computed from them at the moment of asking.
CREATE TABLE assignment (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  case_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  kind TEXT NOT NULL,
  -- 1: every compartment, those opened later too; 0: only those in assignment_compartment
  whole BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  -- the colleague's own word that they do not know the family
  conflict_checked_at BIGINT,
  -- a hand-over sheet that must be read before the first contact
  sheet_due BIGINT NOT NULL,
  sheet_read_at BIGINT
);
CREATE INDEX assignment_by_case ON assignment (case_id);
CREATE INDEX assignment_by_staff ON assignment (staff_id, case_id);

CREATE TABLE assignment_compartment (
  assignment_id BIGINT NOT NULL REFERENCES assignment (id),
  compartment_id BIGINT NOT NULL,
  PRIMARY KEY (assignment_id, compartment_id)
);

-- 知人回避: beats every grant.
CREATE TABLE deny_entry (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  case_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  reason TEXT NOT NULL,
  set_by BIGINT NOT NULL,
  set_at BIGINT NOT NULL,
  lifted_by BIGINT,
  lifted_at BIGINT
);
CREATE INDEX deny_entry_by_staff ON deny_entry (staff_id, case_id);
CREATE INDEX deny_entry_by_case ON deny_entry (case_id);

-- Whose case it is: every person who belongs to it. Grants nothing; it only bars a colleague who is one of them.
CREATE TABLE case_circle (
  case_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  PRIMARY KEY (case_id, person_id)
);
CREATE INDEX case_circle_by_person ON case_circle (person_id);

-- A colleague (a peer supporter, often) who is or was somebody's client here.
CREATE TABLE staff_person (
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  person_id BIGINT NOT NULL,
  linked_by BIGINT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (staff_id, person_id)
);

-- 緊急の閲覧. The reason is sealed to the office.
CREATE TABLE break_glass (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  case_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  reason {blob} NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  review_due_on TEXT NOT NULL,
  reviewed_by BIGINT,
  reviewed_at BIGINT,
  review_words {blob},
  -- until when the person's access history does not show it (danger to life; set by a supervisor, 30 days at most)
  hidden_until BIGINT
);
CREATE INDEX break_glass_by_staff ON break_glass (staff_id, case_id);
CREATE INDEX break_glass_by_office ON break_glass (office_id, from_at);

CREATE TABLE break_glass_compartment (
  break_glass_id BIGINT NOT NULL REFERENCES break_glass (id),
  compartment_id BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  PRIMARY KEY (break_glass_id, compartment_id)
);

-- 当番: who looks after alarms and overdue promises on a day.
CREATE TABLE duty (
  office_id BIGINT NOT NULL REFERENCES office (id),
  day TEXT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  set_by BIGINT NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (office_id, day)
);

-- A word to a colleague inside the desk: "the glass was broken", "please review". Codes only.
CREATE TABLE notice (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  kind TEXT NOT NULL,
  case_id BIGINT,
  subject BIGINT,
  at BIGINT NOT NULL,
  seen_at BIGINT
);
CREATE INDEX notice_by_staff ON notice (staff_id, seen_at, at);

-- The last day of a yearly registration (peer supporters, staff on yearly contracts). NULL: no end.
ALTER TABLE staff ADD COLUMN valid_until TEXT;

-- A person's own access history: who opened this thread, this compartment.
CREATE INDEX audit_row_by_subject ON audit_row (office_id, subject, seq);
