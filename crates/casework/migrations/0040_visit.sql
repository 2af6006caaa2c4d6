-- A visit to somebody, planned. Codes and times; what was agreed, where, and what to say lies sealed in the compartment.
CREATE TABLE visit (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  -- whom: principal, family_home, family_away
  target TEXT NOT NULL,
  day TEXT NOT NULL,
  leave_at BIGINT NOT NULL,
  -- when the colleagues are expected back; moved by 「あと30分」 and by 「連絡がとれた」, each of which is a visit_event
  return_at BIGINT NOT NULL,
  wanted_by TEXT NOT NULL,
  -- codes with a space between them
  goals TEXT NOT NULL,
  words {blob} NOT NULL,
  staff_id BIGINT NOT NULL,
  -- NULL: alone, with a reason among the words
  buddy_id BIGINT,
  -- a supervisor agreed that somebody goes alone although a safety flag stands
  alone_approved_by BIGINT,
  -- planned, out, back, cancelled
  state TEXT NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL
);
CREATE INDEX visit_by_case ON visit (case_id, leave_at);
CREATE INDEX visit_by_day ON visit (office_id, day);
-- the alarm's one question, asked on every page of the desk
CREATE INDEX visit_by_state ON visit (office_id, state, return_at);

-- What happened to a visit: out, back, extended, reached, cancelled. The words are sealed to the office.
CREATE TABLE visit_event (
  id BIGINT PRIMARY KEY,
  visit_id BIGINT NOT NULL REFERENCES visit (id),
  kind TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  return_at BIGINT,
  words {blob}
);
CREATE INDEX visit_event_by_visit ON visit_event (visit_id, at, id);

-- What came of it. Never changed: a correction is the next version.
CREATE TABLE visit_outcome (
  id BIGINT PRIMARY KEY,
  visit_id BIGINT NOT NULL REFERENCES visit (id),
  version BIGINT NOT NULL,
  -- met, voice, sign, family, none
  met TEXT NOT NULL,
  arrived_at BIGINT,
  left_at BIGINT,
  next_on TEXT,
  words {blob} NOT NULL,
  written_by BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  -- the contact and the note in the timeline that it became
  contact_id BIGINT,
  note_id BIGINT,
  UNIQUE (visit_id, version)
);

-- What was typed on a device without a network, as it arrived. Stands beside what the office wrote, never over it.
CREATE TABLE visit_draft (
  id BIGINT PRIMARY KEY,
  visit_id BIGINT NOT NULL REFERENCES visit (id),
  staff_id BIGINT NOT NULL,
  -- made by the device: the same draft sent twice is one
  client_id TEXT NOT NULL,
  typed_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  -- the outcome's version that the device knew of
  based_on BIGINT NOT NULL,
  -- whether the office had written meanwhile
  beside BIGINT NOT NULL,
  words {blob} NOT NULL,
  -- the draft note in the timeline that it became
  note_id BIGINT,
  UNIQUE (staff_id, client_id)
);
CREATE INDEX visit_draft_by_visit ON visit_draft (visit_id, received_at);
