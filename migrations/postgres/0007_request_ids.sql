-- Callers' own ids of commands are forgotten realm by realm.
--
-- From now on, `id` and `body` hold keyed digests; an `id` that does not begin with `#` was written before.

DROP INDEX request_id_by_expiry;
CREATE INDEX request_id_by_realm_and_expiry ON request_id (realm, expires_at);
