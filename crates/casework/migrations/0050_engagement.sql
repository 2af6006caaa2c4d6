-- 支援期間. A return is a new row; the old one stays closed.
CREATE TABLE engagement (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- planned, waitlist, active, onhold, finished, cancelled, entered-in-error
  state TEXT NOT NULL,
  began_on TEXT NOT NULL,
  ended_on TEXT,
  -- the pace of contacts that was agreed, and until when nothing is asked
  pace TEXT NOT NULL,
  quiet_until TEXT,
  changed_at BIGINT NOT NULL
);
CREATE INDEX engagement_by_case ON engagement (case_id, began_on, id);
CREATE INDEX engagement_by_office ON engagement (office_id, began_on);

-- Every change of state: who, on whose behalf, on what ground, when. Never changed.
CREATE TABLE engagement_change (
  id BIGINT PRIMARY KEY,
  engagement_id BIGINT NOT NULL REFERENCES engagement (id),
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  from_state TEXT,
  to_state TEXT NOT NULL,
  by_staff BIGINT NOT NULL,
  -- the person of the case whose wish it was; NULL: the office's own decision
  for_person BIGINT,
  at BIGINT NOT NULL,
  -- in 職員's compartment
  compartment_id BIGINT,
  ground {blob}
);
CREATE INDEX engagement_change_by_case ON engagement_change (case_id, at, id);

-- A coordinator proposes to close; a supervisor approves. NULL decided_at: waits.
CREATE TABLE closing (
  id BIGINT PRIMARY KEY,
  engagement_id BIGINT NOT NULL REFERENCES engagement (id),
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL,
  for_person BIGINT,
  compartment_id BIGINT NOT NULL,
  ground {blob} NOT NULL,
  -- how 「また連絡してよい」 was or will be said
  reentry {blob} NOT NULL,
  decided_by BIGINT,
  decided_at BIGINT,
  approved BIGINT
);
CREATE INDEX closing_by_case ON closing (case_id, proposed_at);

-- 初回アプローチ: what will be said about how we know.
CREATE TABLE approach (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- agreed: with a person of the family; came: the person themself turned to us
  ground TEXT NOT NULL,
  agreed_with BIGINT NOT NULL,
  agreed_on TEXT NOT NULL,
  compartment_id BIGINT NOT NULL,
  words {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  approved_by BIGINT,
  approved_at BIGINT,
  withdrawn_by BIGINT,
  withdrawn_at BIGINT
);
CREATE INDEX approach_by_case ON approach (case_id, made_at);

-- 「今は望まない」: a state with a date, not a failure. It stands until the person says something else.
CREATE TABLE refusal (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL,
  heard_by BIGINT NOT NULL,
  heard_on TEXT NOT NULL,
  -- when staff think about it again, among themselves; NULL: not at all
  check_on TEXT,
  compartment_id BIGINT NOT NULL,
  words {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  lifted_by BIGINT,
  lifted_on TEXT,
  lift_words {blob}
);
CREATE INDEX refusal_by_case ON refusal (case_id, person_id);

-- 生命・身体: somebody was reached although a ban or a refusal stood. The reason lies on the face sheet.
CREATE TABLE vital_reach (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL,
  way TEXT NOT NULL,
  by_staff BIGINT NOT NULL,
  at BIGINT NOT NULL,
  reason {blob} NOT NULL
);
CREATE INDEX vital_reach_by_case ON vital_reach (case_id, at);

-- The agreed pace: when staff look again whether to send a word. Stops at once when somebody says so.
CREATE TABLE silence_watch (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL,
  -- seasonal 季節ごと, yearly 年1, as_it_comes その都度, none 連絡しない
  pace TEXT NOT NULL,
  next_on TEXT,
  agreed_on TEXT NOT NULL,
  compartment_id BIGINT NOT NULL,
  words {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  stopped_by BIGINT,
  stopped_at BIGINT
);
CREATE INDEX silence_watch_by_case ON silence_watch (case_id, made_at);
CREATE INDEX silence_watch_due ON silence_watch (next_on);

-- A prompt about an age that a colleague put away.
CREATE TABLE milestone_dismissed (
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL,
  age BIGINT NOT NULL,
  by_staff BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (case_id, person_id, age)
);

-- A letter on paper: that it was printed, for whom, when. Its words lie in the compartment of whom it is written to.
CREATE TABLE outgoing (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  person_id BIGINT NOT NULL,
  compartment_id BIGINT NOT NULL,
  words {blob} NOT NULL,
  -- whether the envelope names the centre
  names_centre BIGINT NOT NULL,
  printed_by BIGINT NOT NULL,
  printed_at BIGINT NOT NULL
);
CREATE INDEX outgoing_by_case ON outgoing (case_id, printed_at);

CREATE TABLE task (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  kind TEXT NOT NULL,
  due_on TEXT NOT NULL,
  compartment_id BIGINT NOT NULL,
  words {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  done_by BIGINT,
  done_at BIGINT
);
CREATE INDEX task_by_case ON task (case_id, done_at);
CREATE INDEX task_due ON task (office_id, done_at, due_on);

-- When the age band was written down; NULL: when the person was.
ALTER TABLE person ADD COLUMN age_as_of BIGINT;
