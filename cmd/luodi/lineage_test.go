package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// What OpenLineage 2-0-2 (spec/OpenLineage.json) asks of a run's event, and its
// facets DatasetVersion 1-0-1 and OutputStatistics 1-0-2 of theirs.
const openLineageRules = `{
  "$defs": {
    "uri": {"type": "string", "pattern": "^https?://[^ ]+$"},
    "facet": {"type": "object", "properties": {"_producer": {"$ref": "#/$defs/uri"}, "_schemaURL": {"$ref": "#/$defs/uri"}}, "required": ["_producer", "_schemaURL"]},
    "dataset": {
      "type": "object", "required": ["namespace", "name"],
      "properties": {
        "namespace": {"type": "string"}, "name": {"type": "string"},
        "facets": {
          "type": "object", "additionalProperties": {"$ref": "#/$defs/facet"},
          "properties": {"version": {"allOf": [{"$ref": "#/$defs/facet"}, {"properties": {"datasetVersion": {"type": "string"}}, "required": ["datasetVersion"]}]}}
        },
        "outputFacets": {
          "type": "object", "additionalProperties": {"$ref": "#/$defs/facet"},
          "properties": {"outputStatistics": {"allOf": [{"$ref": "#/$defs/facet"}, {"properties": {"rowCount": {"type": "integer"}}}]}}
        }
      }
    }
  },
  "type": "object", "required": ["eventTime", "producer", "schemaURL", "run", "job"],
  "properties": {
    "eventTime": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$"},
    "producer": {"$ref": "#/$defs/uri"},
    "schemaURL": {"$ref": "#/$defs/uri"},
    "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
    "run": {"type": "object", "required": ["runId"], "properties": {"runId": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}}},
    "job": {"type": "object", "required": ["namespace", "name"], "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}}},
    "inputs": {"type": "array", "items": {"$ref": "#/$defs/dataset"}},
    "outputs": {"type": "array", "items": {"$ref": "#/$defs/dataset"}}
  }
}`

// What Croissant 1.0 asks of a description of one file of records.
const croissantRules = `{
  "$defs": {
    "reference": {"type": "object", "required": ["@id"], "properties": {"@id": {"type": "string"}}},
    "node": {"type": "object", "required": ["@type", "@id", "name"], "properties": {"@id": {"type": "string"}, "name": {"type": "string"}}}
  },
  "type": "object",
  "required": ["@context", "@type", "conformsTo", "name", "description", "license", "url", "version", "datePublished", "distribution", "recordSet"],
  "properties": {
    "@context": {"type": "object", "required": ["@language", "@vocab", "cr", "sc", "dct", "conformsTo", "recordSet", "field", "source", "extract", "column", "dataType", "fileObject"]},
    "@type": {"const": "sc:Dataset"}, "conformsTo": {"const": "http://mlcommons.org/croissant/1.0"},
    "license": {"type": "string", "pattern": "^https?://[^ ]+$"}, "url": {"type": "string", "pattern": "^https?://[^ ]+$"}, "datePublished": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "version": {"type": "string", "pattern": "^[0-9]+[.][0-9]+[.][0-9]+([-+][0-9A-Za-z.-]+)?$"},
    "distribution": {"type": "array", "minItems": 1, "items": {"allOf": [{"$ref": "#/$defs/node"}, {
      "required": ["contentUrl", "encodingFormat", "sha256"],
      "properties": {"@type": {"const": "cr:FileObject"}, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}}]}},
    "recordSet": {"type": "array", "items": {"allOf": [{"$ref": "#/$defs/node"}, {
      "required": ["field"],
      "properties": {"@type": {"const": "cr:RecordSet"}, "field": {"type": "array", "minItems": 1, "items": {"allOf": [{"$ref": "#/$defs/node"}, {
        "required": ["dataType", "source"],
        "properties": {"@type": {"const": "cr:Field"}, "dataType": {"enum": ["sc:Text", "sc:Integer"]}, "source": {
          "type": "object", "required": ["fileObject", "extract"],
          "properties": {"fileObject": {"$ref": "#/$defs/reference"}, "extract": {"type": "object", "required": ["column"]}}}}}]}}}}]}}
  }
}`

// follows checks a document against rules.
func follows(t *testing.T, rules string, document []byte) map[string]any {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal([]byte(rules), &schema); err != nil {
		t.Fatal(err)
	}
	r, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, document)
	}
	return v
}

// The rules refuse what they are to refuse.
func TestRulesOfExportsRefuse(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal([]byte(openLineageRules), &schema); err != nil {
		t.Fatal(err)
	}
	r, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	const right = `{"eventTime": "2026-03-01T09:00:00.5Z", "producer": "https://example.com", "schemaURL": "https://example.com", "run": {"runId": "0190b5a6-1234-8abc-9def-0123456789ab"}, "job": {"namespace": "p", "name": "clean"}, "outputs": [{"namespace": "luodi", "name": "s", "facets": {"version": {"_producer": "https://example.com", "_schemaURL": "https://example.com", "datasetVersion": "set_1"}}}]}`
	for _, cut := range []string{"", `"eventTime": "2026-03-01T09:00:00.5Z", `, `, "name": "clean"`, `"_schemaURL": "https://example.com", `, `, "datasetVersion": "set_1"`, `0190b5a6-`, `https://`} {
		var v map[string]any
		if err := json.Unmarshal([]byte(strings.Replace(right, cut, "", 1)), &v); err != nil {
			t.Fatal(err)
		}
		if err := r.Validate(v); (err == nil) != (cut == "") {
			t.Errorf("without %q: %v", cut, err)
		}
	}
}

// An exported dataset describes itself as OpenLineage and Croissant want it,
// and what the descriptions name is there.
func TestExportFollowsTheSpecifications(t *testing.T) {
	dir := t.TempDir()
	m := &mixer{t: t, dir: dir}
	m.write("luodi.yaml", []byte("project: p\nsources: [{name: letters, path: \"*.csv\", text: text, label: kind}]\n"))
	m.write("a.csv", []byte("text,kind\nhello,x\nagain,y\n"))
	m.write("b 中.csv", []byte("text,kind\nthird,x\n"))
	luodi(t, "up", "-C", dir)
	out := filepath.Join(dir, "out")
	luodi(t, "lineage", "export", "letters", "-C", dir, "--out", out)
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	events := bytes.Split(bytes.TrimSpace(read("openlineage.jsonl")), []byte("\n"))
	if len(events) != 1 {
		t.Fatalf("%d events of one run", len(events))
	}
	if e := follows(t, openLineageRules, events[0]); len(e["inputs"].([]any)) != 2 {
		t.Errorf("inputs: %v", e["inputs"])
	}
	c := follows(t, croissantRules, read("croissant.json"))
	file := c["distribution"].([]any)[0].(map[string]any)
	if file["sha256"] != fileSum(t, filepath.Join(out, file["contentUrl"].(string))) {
		t.Error("the hash of the records is another")
	}
	var first map[string]any
	if err := json.Unmarshal(bytes.SplitN(read("records.jsonl"), []byte("\n"), 2)[0], &first); err != nil {
		t.Fatal(err)
	}
	fields := c["recordSet"].([]any)[0].(map[string]any)["field"].([]any)
	for _, f := range fields {
		f := f.(map[string]any)
		column := f["source"].(map[string]any)["extract"].(map[string]any)["column"].(string)
		_, number := first[column].(float64)
		if _, ok := first[column]; !ok || number != (f["dataType"] == "sc:Integer") {
			t.Errorf("field %s: %T in a record, %s in the description", column, first[column], f["dataType"])
		}
	}
	if len(fields) != len(first) {
		t.Errorf("%d fields are described, a record has %d", len(fields), len(first))
	}
}
