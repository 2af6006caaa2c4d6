-- Assessments, observations, stages, flags, plans, consent.

-- One instrument about one person, as one compartment heard it. What was answered lies in versions, which are only added.
CREATE TABLE assessment (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  instrument TEXT NOT NULL,
  about_id BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  UNIQUE (compartment_id, instrument, about_id)
);
CREATE INDEX assessment_by_case ON assessment (case_id);

CREATE TABLE assessment_version (
  id BIGINT PRIMARY KEY,
  assessment_id BIGINT NOT NULL REFERENCES assessment (id),
  version BIGINT NOT NULL,
  -- the version of the instrument whose labels these answers carry
  instrument_version BIGINT NOT NULL,
  -- heard 聞き取った, written 自分で書いた
  manner TEXT NOT NULL,
  answers {blob} NOT NULL,
  written_by BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  UNIQUE (assessment_id, version)
);

-- One look at one axis on one day. 変わらず and わからない are values like any other.
CREATE TABLE observation (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  about_id BIGINT NOT NULL,
  axis TEXT NOT NULL,
  value TEXT NOT NULL,
  seen_on TEXT NOT NULL,
  words {blob} NOT NULL,
  written_by BIGINT NOT NULL,
  written_at BIGINT NOT NULL
);
CREATE INDEX observation_by_compartment ON observation (compartment_id, seen_on);

-- Withdrawal phase (phase) and support stage (support) as dated events, in any order.
CREATE TABLE stage_event (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  kind TEXT NOT NULL,
  stage TEXT NOT NULL,
  since TEXT NOT NULL,
  words {blob} NOT NULL,
  written_by BIGINT NOT NULL,
  written_at BIGINT NOT NULL
);
CREATE INDEX stage_event_by_compartment ON stage_event (compartment_id, since);

-- A safety flag; what holds of it is its latest event.
CREATE TABLE safety_flag (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  kind TEXT NOT NULL,
  raised_at BIGINT NOT NULL
);
CREATE INDEX safety_flag_by_case ON safety_flag (case_id);

CREATE TABLE safety_flag_event (
  id BIGINT PRIMARY KEY,
  flag_id BIGINT NOT NULL REFERENCES safety_flag (id),
  -- 1, 2, 3 … within the flag
  seq BIGINT NOT NULL,
  -- raise, review, lower, close
  deed TEXT NOT NULL,
  -- care 気にかける, soon 急ぐ, now いますぐ
  level TEXT NOT NULL,
  audience TEXT NOT NULL,
  -- required while the flag stands; NULL when it was closed
  review_on TEXT,
  -- on what ground, and the one line for a peer
  ground {blob} NOT NULL,
  judged_by BIGINT NOT NULL,
  judged_at BIGINT NOT NULL,
  UNIQUE (flag_id, seq)
);

-- A plan: for whom it is. What it says lies in parts, one a compartment, so that nobody's words lie in another's.
CREATE TABLE plan (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- principal 本人, family 家族員, household 世帯
  subject TEXT NOT NULL,
  -- the person it is for; NULL for a household
  subject_id BIGINT,
  opened_at BIGINT NOT NULL
);
CREATE INDEX plan_by_case ON plan (case_id);

CREATE TABLE plan_part (
  id BIGINT PRIMARY KEY,
  plan_id BIGINT NOT NULL REFERENCES plan (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  UNIQUE (plan_id, compartment_id)
);

CREATE TABLE plan_version (
  id BIGINT PRIMARY KEY,
  part_id BIGINT NOT NULL REFERENCES plan_part (id),
  version BIGINT NOT NULL,
  sheet {blob} NOT NULL,
  agreed_by BIGINT,
  agreed_on TEXT,
  agreed_how TEXT,
  review_on TEXT,
  -- the nearest day of a staff's own step; steps of others carry none
  step_due_on TEXT,
  written_by BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  UNIQUE (part_id, version)
);

-- The ledger of consent (同意台帳). A consent is asked once; everything after is an event, and what holds is computed
-- from the events at the moment of asking.
CREATE TABLE consent (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  grantor_id BIGINT NOT NULL,
  -- oneself 本人が, minor 未成年の親権者, guardian 後見人など
  capacity TEXT NOT NULL,
  -- who spoke for the grantor; NULL when they spoke themself
  proxy_id BIGINT,
  -- what kind of body may receive it
  recipient TEXT NOT NULL,
  -- its name, and on what ground somebody speaks for the grantor
  words {blob} NOT NULL,
  opened_at BIGINT NOT NULL
);
CREATE INDEX consent_by_compartment ON consent (compartment_id, opened_at);

CREATE TABLE consent_event (
  id BIGINT PRIMARY KEY,
  consent_id BIGINT NOT NULL REFERENCES consent (id),
  seq BIGINT NOT NULL,
  -- ask, give, narrow, refuse, withdraw, void
  deed TEXT NOT NULL,
  at BIGINT NOT NULL,
  -- codes with commas between; '' where the deed names none
  items TEXT NOT NULL,
  purposes TEXT NOT NULL,
  -- the last day it holds (give, narrow), or the day before which nobody asks again (ask)
  until_on TEXT,
  -- paper 書面, spoken 口頭, screen 画面
  method TEXT NOT NULL,
  -- evidence and words; NULL when the holder of a code did it
  words {blob},
  staff_id BIGINT,
  -- the thread of letters whose code did it
  thread_id BIGINT,
  UNIQUE (consent_id, seq)
);
