-- 静観: when staff look at it again, among themselves. It changes no state.
ALTER TABLE engagement ADD COLUMN review_on TEXT;
-- Since when nothing is asked of anybody: what happened before it was agreed is written down as it was.
ALTER TABLE engagement ADD COLUMN quiet_since BIGINT;
CREATE INDEX engagement_by_review ON engagement (review_on);
