-- +goose Up
-- What a key may still use of its minute, in 60 millionths, as of a moment.
CREATE TABLE auth_rate (
    id    TEXT NOT NULL PRIMARY KEY,
    level BIGINT NOT NULL,
    at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE auth_rate;
