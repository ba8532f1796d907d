-- +goose Up
-- What people said of the points of a judged scenario's sample.
CREATE TABLE sizing_label (
    scenario TEXT NOT NULL,
    point    TEXT NOT NULL,
    met      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (scenario, point)
);

-- +goose Down
DROP TABLE sizing_label;
