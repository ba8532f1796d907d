-- +goose Up
-- Questions that a knowledge base did not answer, personal data masked.
CREATE TABLE knowledge_refusal (
    id         TEXT NOT NULL PRIMARY KEY,
    base       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    department TEXT NOT NULL,
    owner      TEXT NOT NULL,
    question   TEXT NOT NULL,
    evidence   DOUBLE PRECISION NOT NULL,
    threshold  DOUBLE PRECISION NOT NULL,
    address    TEXT NOT NULL,
    chunk      TEXT NOT NULL
);
CREATE INDEX knowledge_refusal_base ON knowledge_refusal (base, at, id);
-- How often a passage was found, cited and voted down; '' counts searches.
CREATE TABLE knowledge_use (
    base  TEXT NOT NULL,
    chunk TEXT NOT NULL,
    found BIGINT NOT NULL,
    cited BIGINT NOT NULL,
    down  BIGINT NOT NULL,
    PRIMARY KEY (base, chunk)
);

-- +goose Down
DROP TABLE knowledge_use;
DROP TABLE knowledge_refusal;
