-- +goose Up
-- Rows are added, never changed or removed.
CREATE TABLE sizing_signature (
    id        TEXT NOT NULL PRIMARY KEY,
    decision  TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    note      TEXT NOT NULL,
    signed_at BIGINT NOT NULL
);
CREATE INDEX sizing_signature_decision ON sizing_signature (decision, signed_at, id);

-- +goose Down
DROP TABLE sizing_signature;
