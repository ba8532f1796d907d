-- +goose Up
-- One row for each call, written once. A segment's offset is its identity.
CREATE TABLE meter_ledger (
    segment        TEXT NOT NULL,
    pos            BIGINT NOT NULL,
    id             TEXT NOT NULL,
    at             BIGINT NOT NULL,
    key_id         TEXT NOT NULL,
    department     TEXT NOT NULL,
    scenario       TEXT NOT NULL,
    configuration  TEXT NOT NULL,
    model          TEXT NOT NULL,
    vendor         TEXT NOT NULL,
    input_tokens   BIGINT NOT NULL,
    cached_tokens  BIGINT NOT NULL,
    output_tokens  BIGINT NOT NULL,
    reasoning      BIGINT NOT NULL,
    estimated      BIGINT NOT NULL,
    price_row      TEXT NOT NULL,
    currency       TEXT NOT NULL,
    cost           BIGINT NOT NULL,
    over_hold      BIGINT NOT NULL,
    rate           TEXT NOT NULL,
    latency        BIGINT NOT NULL,
    first_token    BIGINT NOT NULL,
    outcome        TEXT NOT NULL,
    charges        TEXT NOT NULL,
    PRIMARY KEY (segment, pos)
);
CREATE INDEX meter_ledger_at ON meter_ledger (at);

-- How far each segment is filled in.
CREATE TABLE meter_segment (
    segment TEXT NOT NULL PRIMARY KEY,
    filled  BIGINT NOT NULL
);

-- A window of a budget: what its calls have cost, and what processes hold.
CREATE TABLE meter_budget (
    id     TEXT NOT NULL PRIMARY KEY,
    spent  BIGINT NOT NULL,
    leased BIGINT NOT NULL
);

-- The part of meter_budget.leased that each process holds.
CREATE TABLE meter_lease (
    node   TEXT NOT NULL,
    budget TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (node, budget)
);

-- +goose Down
DROP TABLE meter_lease;
DROP TABLE meter_budget;
DROP TABLE meter_segment;
DROP TABLE meter_ledger;
