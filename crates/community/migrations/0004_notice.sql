-- Whoever sends a message holds it until this moment; after a failure it is when it may be tried again.
ALTER TABLE notice_out ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0;
