-- A thread whose writer's case was opened: from then on it is read under that case's rules.
ALTER TABLE thread ADD COLUMN case_id BIGINT;
ALTER TABLE thread ADD COLUMN compartment_id BIGINT;
ALTER TABLE thread ADD COLUMN compartment_kind TEXT;
CREATE INDEX thread_by_case ON thread (case_id) WHERE case_id IS NOT NULL;
