-- +goose Up
-- Served calls that were drawn for a label; texts are emptied once it is there.
CREATE TABLE drift_sample (
    id       TEXT NOT NULL PRIMARY KEY,
    scenario TEXT NOT NULL,
    decision TEXT NOT NULL,
    at       BIGINT NOT NULL,
    input    TEXT NOT NULL,
    output   TEXT NOT NULL,
    done     BIGINT NOT NULL,
    score    DOUBLE PRECISION NOT NULL,
    passed   BIGINT NOT NULL
);
CREATE INDEX drift_sample_decision ON drift_sample (decision, at, id);

-- +goose Down
DROP TABLE drift_sample;
