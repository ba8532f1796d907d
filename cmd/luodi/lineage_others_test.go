package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// others reads an export with the programs that the specifications' authors
// publish: every event and facet goes through the classes of OpenLineage's client
// and comes back as it was, and every record is read as Croissant describes it,
// which checks the file's hash.
const others = `
import json, sys
import mlcroissant
from openlineage.client import event_v2, serde
from openlineage.client.generated import dataset_version_dataset, output_statistics_output_dataset
known = {"version": dataset_version_dataset.DatasetVersionDatasetFacet, "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet}
def facets(all):
    out = {}
    for name, f in (all or {}).items():
        out[name] = known[name](**{k: v for k, v in f.items() if k[0] != "_"})
        assert out[name]._schemaURL == f["_schemaURL"], f
    return out
def plain(v):
    if isinstance(v, dict):
        return {k: plain(w) for k, w in v.items() if k not in ("_producer", "_schemaURL") and w not in ({}, None)}
    return [plain(w) for w in v] if isinstance(v, list) else v
for line in open(sys.argv[1] + "/openlineage.jsonl"):
    e = json.loads(line)
    event = event_v2.RunEvent(
        eventTime=e["eventTime"], producer=e["producer"], eventType=event_v2.RunState[e["eventType"]],
        run=event_v2.Run(**e["run"]), job=event_v2.Job(**e["job"]),
        inputs=[event_v2.InputDataset(namespace=d["namespace"], name=d["name"], facets=facets(d.get("facets"))) for d in e["inputs"]],
        outputs=[event_v2.OutputDataset(namespace=d["namespace"], name=d["name"], facets=facets(d.get("facets")), outputFacets=facets(d.get("outputFacets"))) for d in e["outputs"]])
    assert plain(json.loads(serde.Serde.to_json(event))) == plain(e), e
data = mlcroissant.Dataset(jsonld=sys.argv[1] + "/croissant.json")
assert not data.metadata.ctx.issues.errors, data.metadata.ctx.issues.report()
rows = [json.loads(line) for line in open(sys.argv[1] + "/records.jsonl")]
read = list(data.records(record_set=data.metadata.record_sets[0].id))
assert len(read) == len(rows), (len(read), len(rows))
for a, b in zip(read, rows):
    for name, value in b.items():
        got = a[data.metadata.record_sets[0].id + "/" + name]
        assert (got.decode() if isinstance(got, bytes) else got) == value, (name, got, value)
`

// An export is what the programs of others take for one. Beside the rules above,
// which need nothing: LUODI_PYTHON=python with openlineage-python and mlcroissant.
func TestExportIsReadByOthers(t *testing.T) {
	python := os.Getenv("LUODI_PYTHON")
	if python == "" {
		t.Skip("LUODI_PYTHON is not set: name a python that has openlineage-python and mlcroissant")
	}
	dir := t.TempDir()
	m := &mixer{t: t, dir: dir}
	m.write("luodi.yaml", []byte("project: p\nsources: [{name: letters, path: \"*.csv\", text: text, label: kind}]\n"))
	m.write("a.csv", []byte("text,kind\n转账没有到账 𠮷,x\nagain,y\n"))
	m.write("b 中.csv", []byte("text,kind\n\"two\nlines, \"\"quoted\"\"\",x\n"))
	luodi(t, "up", "-C", dir)
	out := filepath.Join(dir, "out")
	luodi(t, "lineage", "export", "letters", "-C", dir, "--out", out)
	if b, err := exec.Command(python, "-c", others, out).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, b)
	}
}
