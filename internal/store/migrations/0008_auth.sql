-- +goose Up
-- hash is the SHA-256 of the secret, in hex; the secret itself is nowhere.
CREATE TABLE auth_key (
    id            TEXT NOT NULL PRIMARY KEY,
    hash          TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    department    TEXT NOT NULL,
    scenario      TEXT NOT NULL,
    expires_at    BIGINT NOT NULL,
    on_disconnect TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE auth_key;
