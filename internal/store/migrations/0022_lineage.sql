-- +goose Up
-- Versions of datasets, by the root of the tree over their records.
CREATE TABLE lineage_dataset (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    manifest TEXT NOT NULL,
    made_at  BIGINT NOT NULL
);
-- What a stage read and what it made.
CREATE TABLE lineage_run (
    id     TEXT NOT NULL PRIMARY KEY,
    run    TEXT NOT NULL,
    output TEXT NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX lineage_run_output ON lineage_run (output);

-- +goose Down
DROP TABLE lineage_run;
DROP TABLE lineage_dataset;
