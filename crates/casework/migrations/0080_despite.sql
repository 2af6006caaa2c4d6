-- What went past a ban, a refusal or agreed hours: on what ground (vital 生命・身体, hours outside the agreed hours),
-- and what it was done for. The reason stays sealed on the face sheet.
ALTER TABLE vital_reach ADD COLUMN basis TEXT NOT NULL DEFAULT 'vital';
ALTER TABLE vital_reach ADD COLUMN contact_id BIGINT;
ALTER TABLE vital_reach ADD COLUMN visit_id BIGINT;
ALTER TABLE vital_reach ADD COLUMN letter_id BIGINT;
CREATE INDEX vital_reach_by_contact ON vital_reach (contact_id);
CREATE INDEX vital_reach_by_visit ON vital_reach (visit_id);
CREATE INDEX vital_reach_by_letter ON vital_reach (letter_id);
