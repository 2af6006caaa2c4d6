-- HMAC of the last four digits of the code with the slip's number, under the installation's key: at the door somebody says
-- them, and the database alone knows none of them.
ALTER TABLE slip ADD COLUMN short_mac {blob};
