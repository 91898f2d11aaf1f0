-- What is held somewhere, looked at again: what is asked of many reviews at once. Each whole stands in `entity`.

CREATE TABLE review (
    realm      TEXT    NOT NULL REFERENCES realm (realm),
    review     TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    -- Null: it is over.
    due_at     INTEGER,
    PRIMARY KEY (realm, review)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_by_opening ON review (realm, opened_at, review);
CREATE INDEX review_due ON review (due_at) WHERE due_at IS NOT NULL;

-- Whom reviews are about: why something was done to one goes when one of them is erased.
CREATE TABLE review_subject (
    realm      TEXT    NOT NULL REFERENCES realm (realm),
    user       TEXT    NOT NULL,
    review     TEXT    NOT NULL,
    PRIMARY KEY (realm, user, review)
) STRICT, WITHOUT ROWID;
