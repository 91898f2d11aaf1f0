-- What finding people needs, and usernames that are remembered without being kept.
--
-- What is added to `profile` is computed from what is known of people, at the first start after this migration.

-- The key under which usernames are digested; and how far what queries ask of people has been computed.
ALTER TABLE meta ADD COLUMN username_key BLOB CHECK (length(username_key) = 32);
ALTER TABLE meta ADD COLUMN projection INTEGER NOT NULL DEFAULT 1;

-- Both names, to compare; the birth date, `YYYY-MM-DD`; the subject of the identity provider.
ALTER TABLE profile ADD COLUMN names TEXT;
ALTER TABLE profile ADD COLUMN birth_date TEXT;
ALTER TABLE profile ADD COLUMN provider_subject TEXT;

CREATE INDEX profile_by_names ON profile (realm, names, user) WHERE names IS NOT NULL;
CREATE UNIQUE INDEX profile_by_provider_subject ON profile (realm, provider_subject) WHERE provider_subject IS NOT NULL;

-- Usernames ever used, by digests of their forms and of their families: never used again, nor is one that looks the same.
DROP TABLE username;
CREATE TABLE used_username (
    realm  TEXT NOT NULL,
    name   BLOB NOT NULL CHECK (length(name) = 16),
    family BLOB NOT NULL CHECK (length(family) = 16),
    -- Whose; unset: of somebody who was erased.
    user   TEXT,
    PRIMARY KEY (realm, name),
    FOREIGN KEY (realm, user) REFERENCES profile (realm, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX used_username_by_family ON used_username (realm, family, name);
