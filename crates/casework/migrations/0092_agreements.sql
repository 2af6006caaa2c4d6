-- What is agreed, and until when it holds.

-- 静観: when staff look at it again, among themselves. It changes no state.
ALTER TABLE engagement ADD COLUMN review_on TEXT;
-- Since when nothing is asked of anybody: what happened before it was agreed is written down as it was.
ALTER TABLE engagement ADD COLUMN quiet_since BIGINT;
CREATE INDEX engagement_by_review ON engagement (review_on);

-- Who agreed to a version of a plan's part; several may, and each may take it back. A row is never deleted.
CREATE TABLE plan_agreement (
  id BIGINT PRIMARY KEY,
  version_id BIGINT NOT NULL REFERENCES plan_version (id),
  person_id BIGINT NOT NULL REFERENCES person (id),
  agreed_on TEXT NOT NULL,
  how TEXT NOT NULL,
  noted_by BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  withdrawn_on TEXT,
  withdrawn_by BIGINT
);
CREATE INDEX plan_agreement_by_version ON plan_agreement (version_id);
INSERT INTO plan_agreement (id, version_id, person_id, agreed_on, how, noted_by, noted_at)
  SELECT id, id, agreed_by, agreed_on, agreed_how, written_by, written_at FROM plan_version
  WHERE agreed_by IS NOT NULL AND agreed_on IS NOT NULL AND agreed_how IS NOT NULL;
ALTER TABLE plan_version DROP COLUMN agreed_by;
ALTER TABLE plan_version DROP COLUMN agreed_on;
ALTER TABLE plan_version DROP COLUMN agreed_how;
