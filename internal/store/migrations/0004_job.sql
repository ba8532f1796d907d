-- +goose Up
CREATE TABLE job_stage (
    name        TEXT NOT NULL PRIMARY KEY,
    hash        TEXT NOT NULL,
    status      TEXT NOT NULL,
    output      TEXT NOT NULL,
    error       TEXT NOT NULL,
    seconds     DOUBLE PRECISION NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    token       TEXT NOT NULL,
    host        TEXT NOT NULL,
    pid         BIGINT NOT NULL,
    born_at     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE job_stage;
