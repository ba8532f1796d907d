-- +goose Up
-- Administrative acts, each with the hash of the one before: rows are added,
-- never changed or removed.
CREATE TABLE auth_act (
    seq    BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash   TEXT NOT NULL
);

-- +goose Down
DROP TABLE auth_act;
