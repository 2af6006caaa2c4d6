-- Running numbers of cases, one row an office.
CREATE TABLE case_counter (
  office_id BIGINT PRIMARY KEY,
  last_number BIGINT NOT NULL
);

-- A case holds no narrative: codes, dates, and the key of its face sheet.
CREATE TABLE casefile (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  opened_on TEXT NOT NULL,
  opened_by BIGINT NOT NULL,
  -- 本人は相談を知っているか: knows, not, unknown
  subject_knows TEXT NOT NULL,
  -- the person the case is about
  principal_id BIGINT NOT NULL,
  face_sheet_key {blob} NOT NULL,
  UNIQUE (office_id, number)
);

CREATE TABLE compartment (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  kind TEXT NOT NULL,
  -- whose voice: the principal, or one person of the family; NULL for 共同 and 職員
  person_id BIGINT,
  wrapped_key {blob} NOT NULL,
  opened_at BIGINT NOT NULL
);
CREATE INDEX compartment_by_case ON compartment (case_id, opened_at);

-- The parties of a 共同 compartment.
CREATE TABLE compartment_holder (
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  person_id BIGINT NOT NULL,
  PRIMARY KEY (compartment_id, person_id)
);

-- A person as one case knows them. What identifies them is sealed into the case's face sheet.
CREATE TABLE person (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- principal 本人, family 家族, finder 発見者, other
  part TEXT NOT NULL,
  -- what they are to the principal (続柄), as a code
  relationship TEXT NOT NULL,
  -- 0–4: L0 uncounted, L1 pseudonym, L2 receipt code, L3 kana/age band/municipality, L4 verified
  identity_level BIGINT NOT NULL,
  identity {blob} NOT NULL,
  -- coarse codes for counting; never needed above L1
  age_band TEXT NOT NULL,
  gender TEXT NOT NULL,
  municipality TEXT,
  added_at BIGINT NOT NULL
);
CREATE INDEX person_by_case ON person (case_id);
