-- What was heard at the door, one row for each who spoke, sealed into the compartment of that voice.
CREATE TABLE visit_heard (
  id BIGINT PRIMARY KEY,
  visit_id BIGINT NOT NULL REFERENCES visit (id),
  -- of the outcome
  version BIGINT NOT NULL,
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  words {blob} NOT NULL,
  -- the draft note in the timeline that it became
  note_id BIGINT
);
CREATE INDEX visit_heard_by_visit ON visit_heard (visit_id, version);

-- Where the words of an outcome (what colleagues saw) and of a draft from a device lie; NULL: in the visit's compartment.
ALTER TABLE visit_outcome ADD COLUMN compartment_id BIGINT;
ALTER TABLE visit_draft ADD COLUMN compartment_id BIGINT;
