-- +goose Up
CREATE TABLE lineage_edge (
    from_id TEXT NOT NULL,
    to_id   TEXT NOT NULL,
    step    TEXT NOT NULL,
    PRIMARY KEY (from_id, to_id, step)
);
CREATE INDEX lineage_edge_to ON lineage_edge (to_id, from_id, step);

-- +goose Down
DROP TABLE lineage_edge;
