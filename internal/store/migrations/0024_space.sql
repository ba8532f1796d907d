-- +goose Up
CREATE TABLE space_ranker (
    id      TEXT NOT NULL PRIMARY KEY,
    base    TEXT NOT NULL,
    version TEXT NOT NULL,
    data    BLOB NOT NULL
);

-- +goose Down
DROP TABLE space_ranker;
