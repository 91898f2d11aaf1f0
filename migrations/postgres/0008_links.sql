-- What users are linked to, or ever were: the log says it of users, questions about the past ask it from the other end.

CREATE TABLE link (
    realm  TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    -- 1: the customer whose record is the user's own, 2: the first of the users marked as the same person.
    kind   BIGINT           NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, kind, target, "user")
);
