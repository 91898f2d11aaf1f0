-- Lists of users in each of their orders.
--
-- What is added to `profile` is computed from what is known of people, at the first start after this migration.

-- Canonical, like the last name.
ALTER TABLE profile ADD COLUMN first_name TEXT NOT NULL DEFAULT '';

DROP INDEX profile_by_last_name;
CREATE INDEX profile_in_order_of_name ON profile (realm, last_name, first_name, user);
CREATE INDEX profile_in_order_of_update ON profile (realm, updated_at, user);
CREATE INDEX profile_in_order_of_creation ON profile (realm, created_at, user);
