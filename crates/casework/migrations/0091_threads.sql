-- The thread of letters with which a return code became known: taking the thread out of the case takes the step back.
ALTER TABLE identity_event ADD COLUMN thread_id BIGINT;
-- A reply to a letter that went past a guard.
ALTER TABLE vital_reach ADD COLUMN thread_id BIGINT;
