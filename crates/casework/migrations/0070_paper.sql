-- Disclosure requests, attachments, retention.

-- A file somebody gave. Its name and what was noted about it are sealed; the bytes lie in pieces beside it.
CREATE TABLE attachment (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  -- arriving: not there yet for anybody; kept; erased: a tombstone
  state TEXT NOT NULL,
  kind TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  about {blob},
  added_by BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  added_on TEXT NOT NULL,
  erased_by BIGINT,
  erased_on TEXT
);
CREATE INDEX attachment_by_case ON attachment (case_id, added_at);
CREATE INDEX attachment_arriving ON attachment (state, added_at);

CREATE TABLE attachment_piece (
  id BIGINT PRIMARY KEY,
  attachment_id BIGINT NOT NULL REFERENCES attachment (id),
  n BIGINT NOT NULL,
  body {blob} NOT NULL,
  UNIQUE (attachment_id, n)
);

-- How many years each kind of record is kept, by office: only added to, the last one counts.
CREATE TABLE retention_rule (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  record_type TEXT NOT NULL,
  years BIGINT NOT NULL,
  set_by BIGINT NOT NULL,
  set_at BIGINT NOT NULL
);
CREATE INDEX retention_rule_by_office ON retention_rule (office_id, record_type, id);

-- Nothing of the case is erased while one of these stands (訴訟・開示請求).
CREATE TABLE legal_hold (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  ground TEXT NOT NULL,
  set_by BIGINT NOT NULL,
  set_at BIGINT NOT NULL,
  lifted_by BIGINT,
  lifted_at BIGINT
);
CREATE INDEX legal_hold_by_case ON legal_hold (case_id);

-- Two persons: one proposes, another approves. Outlives the case, so nothing in it points there but a number.
CREATE TABLE erasure (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  case_number BIGINT NOT NULL,
  -- proposed, done, declined
  state TEXT NOT NULL,
  -- everything of the case, or the record types listed in erasure_type
  whole BIGINT NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL,
  decided_by BIGINT,
  decided_at BIGINT
);
CREATE INDEX erasure_by_office ON erasure (office_id, state, proposed_at);
CREATE INDEX erasure_by_case ON erasure (case_id, state);

CREATE TABLE erasure_type (
  erasure_id BIGINT NOT NULL REFERENCES erasure (id),
  record_type TEXT NOT NULL,
  PRIMARY KEY (erasure_id, record_type)
);

-- What stays: type, date, rule, how many. Never content.
CREATE TABLE tombstone (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_number BIGINT NOT NULL,
  record_type TEXT NOT NULL,
  records BIGINT NOT NULL,
  -- 完結日
  finished_on TEXT,
  rule TEXT NOT NULL,
  erased_on TEXT NOT NULL,
  erasure_id BIGINT
);
CREATE INDEX tombstone_by_office ON tombstone (office_id, erased_on, id);

-- 開示請求: somebody asks for the records about themself.
CREATE TABLE disclosure_request (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- oneself, guardian, other
  standing TEXT NOT NULL,
  -- whose records; NULL: somebody who has no right to any
  person_id BIGINT,
  received_on TEXT NOT NULL,
  -- preparing, submitted, approved
  state TEXT NOT NULL,
  words {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  submitted_by BIGINT,
  submitted_at BIGINT,
  approved_by BIGINT,
  approved_on TEXT
);
CREATE INDEX disclosure_request_by_case ON disclosure_request (case_id, made_at);

-- What was decided about a line, by hand or (at submission) for every line.
CREATE TABLE disclosure_line (
  request_id BIGINT NOT NULL REFERENCES disclosure_request (id),
  source TEXT NOT NULL,
  row_id BIGINT NOT NULL,
  part BIGINT NOT NULL,
  -- give, or the code of the ground
  decision TEXT NOT NULL,
  reason {blob},
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  PRIMARY KEY (request_id, source, row_id, part)
);
