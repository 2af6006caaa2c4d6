-- Contacts, notes, drafts. Addenda lie with the letters (room mailbox): they belong to a thread, not to a case.

-- One contact: codes, days and counts, made for counting. Not one word of it. An attempt that reached nobody is a contact.
CREATE TABLE contact (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  -- the side that spoke, or that was to be reached
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  -- the support period it falls into, when there is one
  engagement_id BIGINT,
  at BIGINT NOT NULL,
  day TEXT NOT NULL,
  channel TEXT NOT NULL,
  direction TEXT NOT NULL,
  -- principal, family, joint, other, agency, anonymous; who it was stands in contact_party
  party TEXT NOT NULL,
  about_id BIGINT,
  minutes BIGINT,
  result TEXT NOT NULL,
  next_on TEXT,
  recorded_by BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  -- entered by mistake: kept, and not counted
  void_at BIGINT,
  void_by BIGINT,
  -- hashes of the form's one-time token, and of the token with what was sent
  form_hash {blob} UNIQUE,
  sent_hash {blob}
);
CREATE INDEX contact_in_time ON contact (case_id, at, id, compartment_id);
CREATE INDEX contact_by_day ON contact (office_id, day);
CREATE INDEX contact_by_next ON contact (office_id, next_on);

-- With whom. Nobody: anonymous, or an agency.
CREATE TABLE contact_party (
  contact_id BIGINT NOT NULL REFERENCES contact (id),
  person_id BIGINT NOT NULL,
  PRIMARY KEY (contact_id, person_id)
);
CREATE INDEX contact_party_by_person ON contact_party (person_id);

-- Which colleagues were there.
CREATE TABLE contact_staff (
  contact_id BIGINT NOT NULL REFERENCES contact (id),
  staff_id BIGINT NOT NULL,
  PRIMARY KEY (contact_id, staff_id)
);
CREATE INDEX contact_staff_by_staff ON contact_staff (staff_id);

CREATE TABLE note (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  contact_id BIGINT,
  -- 1: a line of its own in the timeline; 0: shown with its contact, which lies in the same compartment
  stands_alone BIGINT NOT NULL,
  author BIGINT NOT NULL,
  -- draft, confirmed
  state TEXT NOT NULL,
  -- when it happened
  at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  -- goes up with every change: who saves over a change they have not seen is told
  version BIGINT NOT NULL,
  sent_hash {blob} UNIQUE
);
CREATE INDEX note_in_time ON note (case_id, stands_alone, at, id, compartment_id);
CREATE INDEX note_by_contact ON note (contact_id);
CREATE INDEX note_by_compartment ON note (compartment_id, at);

-- What a note says, in blocks, and why it was changed. The compartment stands here too: no query reads blocks without it.
CREATE TABLE note_revision (
  id BIGINT PRIMARY KEY,
  note_id BIGINT NOT NULL REFERENCES note (id),
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  seq BIGINT NOT NULL,
  author BIGINT NOT NULL,
  at BIGINT NOT NULL,
  reason {blob},
  blocks {blob} NOT NULL,
  UNIQUE (note_id, seq)
);

-- What a colleague is writing: one row for a form, sealed so that only their own sign-in opens it. spent: the form was
-- sent, and what a late browser still saves under the same token is not kept.
CREATE TABLE draft (
  staff_id BIGINT NOT NULL,
  form_key TEXT NOT NULL,
  token_hash {blob} NOT NULL,
  spent BIGINT NOT NULL,
  kept_at BIGINT NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (staff_id, form_key)
);
CREATE INDEX draft_by_age ON draft (kept_at);
