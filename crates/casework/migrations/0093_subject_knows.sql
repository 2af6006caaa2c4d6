-- Whether the person knows of the consultation, each time somebody said so: what, when, heard from whom. Never changed;
-- casefile.subject_knows is what was heard last.
CREATE TABLE subject_knows_event (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  knows TEXT NOT NULL,
  -- a person of the case
  heard_from BIGINT NOT NULL,
  heard_on TEXT NOT NULL,
  by_staff BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX subject_knows_event_by_case ON subject_knows_event (case_id, heard_on, at);
