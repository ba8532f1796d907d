-- +goose Up
-- What knowledge bases are asked, personal data masked; in place of the
-- refused questions alone.
CREATE TABLE knowledge_question (
    id         TEXT NOT NULL PRIMARY KEY,
    base       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    department TEXT NOT NULL,
    asker      TEXT NOT NULL,
    owner      TEXT NOT NULL,
    question   TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    passages   BIGINT NOT NULL,
    cited      BIGINT NOT NULL,
    evidence   DOUBLE PRECISION NOT NULL,
    threshold  DOUBLE PRECISION NOT NULL,
    address    TEXT NOT NULL,
    chunk      TEXT NOT NULL,
    latency    BIGINT NOT NULL
);
CREATE INDEX knowledge_question_base ON knowledge_question (base, at, id);
INSERT INTO knowledge_question (id, base, at, department, asker, owner, question, outcome, passages, cited, evidence, threshold, address, chunk, latency)
    SELECT id, base, at, department, '', owner, question, CASE WHEN evidence < threshold THEN 'not_covered' ELSE 'unquoted' END,
        0, 0, evidence, threshold, address, chunk, 0 FROM knowledge_refusal;
DROP TABLE knowledge_refusal;

-- +goose Down
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
INSERT INTO knowledge_refusal (id, base, at, department, owner, question, evidence, threshold, address, chunk)
    SELECT id, base, at, department, owner, question, evidence, threshold, address, chunk FROM knowledge_question
    WHERE outcome IN ('not_covered', 'unquoted');
DROP TABLE knowledge_question;
