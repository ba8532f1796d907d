-- +goose Up
-- 1: what the key's calls say is kept in the request log.
ALTER TABLE auth_key ADD COLUMN log BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE auth_key DROP COLUMN log;
