-- +goose Up
-- 1: the key may use files and batches in the vendors' accounts.
ALTER TABLE auth_key ADD COLUMN files BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE auth_key DROP COLUMN files;
