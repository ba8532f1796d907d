package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// ExportDataset writes the present version of a source's dataset into a new
// folder: records.jsonl, manifest.json, croissant.json (Croissant 1.0, for the
// tools of machine learning) and openlineage.jsonl (OpenLineage 2-0-2, an event
// for each run that made it). VerifyFile checks it anywhere.
func (a *App) ExportDataset(ctx context.Context, name, dir string) (lineage.Manifest, error) {
	m, err := a.exportDataset(ctx, name, dir)
	if err != nil {
		return m, fmt.Errorf("exporting dataset %s: %w", name, err)
	}
	return m, nil
}

func (a *App) exportDataset(ctx context.Context, name, dir string) (m lineage.Manifest, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, os.ErrExist) {
			return m, errs.Conflict("%s exists; give a folder that does not", dir)
		}
		return m, err
	}
	f, err := os.Create(filepath.Join(dir, "records.jsonl"))
	if err != nil {
		return m, err
	}
	defer f.Close()
	w, h := bufio.NewWriterSize(f, 1<<20), sha256.New()
	if m, err = a.manifest(ctx, name, func(_ string, line []byte) error {
		line = append(line, '\n')
		h.Write(line)
		_, err := w.Write(line)
		return err
	}); err != nil {
		os.RemoveAll(dir)
		return m, err
	}
	if err := errors.Join(w.Flush(), f.Sync()); err != nil {
		return m, err
	}
	runs, err := a.db.Lineage().Runs(ctx, m.ID)
	if err != nil {
		return m, err
	}
	var events []byte
	for _, r := range runs {
		b, err := json.Marshal(openLineage(a.Project.Name, r, m))
		if err != nil {
			return m, err
		}
		events = append(append(events, b...), '\n')
	}
	for file, v := range map[string]any{"manifest.json": m, "croissant.json": croissant(m, hex.EncodeToString(h.Sum(nil)), a.now())} {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return m, err
		}
		if err := os.WriteFile(filepath.Join(dir, file), append(b, '\n'), 0o644); err != nil {
			return m, err
		}
	}
	return m, os.WriteFile(filepath.Join(dir, "openlineage.jsonl"), events, 0o644)
}

// producer is who makes events, as OpenLineage wants it: an address.
const producer = "https://github.com/luodi/luodi"

// openLineage is a run as an event of OpenLineage (openlineage.io/spec/2-0-2).
func openLineage(project string, r lineage.Run, m lineage.Manifest) map[string]any {
	facet := func(schema string, more map[string]any) map[string]any {
		more["_producer"], more["_schemaURL"] = producer, "https://openlineage.io/spec/facets/"+schema
		return more
	}
	inputs := []map[string]any{}
	for _, in := range m.Inputs {
		inputs = append(inputs, map[string]any{
			"namespace": "luodi", "name": in.Path,
			"facets": map[string]any{"version": facet("1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet", map[string]any{"datasetVersion": in.File})},
		})
	}
	return map[string]any{
		"eventType": "COMPLETE", "eventTime": r.At.UTC().Format(time.RFC3339Nano), "producer": producer,
		"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
		"run":       map[string]any{"runId": runUUID(r.ID)},
		"job":       map[string]any{"namespace": project, "name": r.Stage},
		"inputs":    inputs,
		"outputs": []map[string]any{{
			"namespace": "luodi", "name": m.Name,
			"facets":       map[string]any{"version": facet("1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet", map[string]any{"datasetVersion": m.ID})},
			"outputFacets": map[string]any{"outputStatistics": facet("1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet", map[string]any{"rowCount": m.Records})},
		}},
	}
}

// runUUID is a UUID of version 8 (RFC 9562) made of an address.
func runUUID(id string) string {
	b := sha256.Sum256([]byte(id))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// croissant describes records.jsonl (mlcommons.org/croissant/1.0).
func croissant(m lineage.Manifest, hash string, now time.Time) map[string]any {
	fields := []map[string]any{}
	for _, f := range []struct{ name, kind, text string }{
		{"id", "sc:Text", "address of the record"}, {"address", "sc:Text", "where people find it"}, {"file", "sc:Text", "address of the version of its file"},
		{"row", "sc:Integer", "line in the file; 0 for a document"}, {"title", "sc:Text", "title"}, {"text", "sc:Text", "cleaned text"}, {"label", "sc:Text", "label"}, {"lang", "sc:Text", "language"},
	} {
		fields = append(fields, map[string]any{
			"@type": "cr:Field", "@id": "records/" + f.name, "name": f.name, "description": f.text, "dataType": f.kind,
			"source": map[string]any{"fileObject": map[string]any{"@id": "records.jsonl"}, "extract": map[string]any{"column": f.name}},
		})
	}
	return map[string]any{
		"@context": croissantContext, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
		"name": m.Name, "version": "1.0.0+" + m.Root[:16], "description": fmt.Sprintf("Dataset %s: %d records of source %s, cleaned by plan %s. Merkle root %s.", m.ID, m.Records, m.Name, m.Plan, m.Root),
		"url": producer, "license": "https://choosealicense.com/no-permission/", "datePublished": now.UTC().Format(time.DateOnly),
		"citeAs": m.ID,
		"distribution": []map[string]any{{
			"@type": "cr:FileObject", "@id": "records.jsonl", "name": "records.jsonl", "description": "One record a line; each line is a leaf of the tree.",
			"contentUrl": "records.jsonl", "encodingFormat": "application/jsonlines", "sha256": hash,
		}},
		"recordSet": []map[string]any{{"@type": "cr:RecordSet", "@id": "records", "name": "records", "field": fields}},
	}
}

// croissantContext is the context that the specification prescribes.
var croissantContext = map[string]any{
	"@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
	"cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/", "data": map[string]any{"@id": "cr:data", "@type": "@json"},
	"dataType": map[string]any{"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
	"equivalentProperty": "cr:equivalentProperty", "samplingRate": "cr:samplingRate",
	"examples": map[string]any{"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty",
	"fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
	"jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
	"references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "sc": "https://schema.org/",
	"separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}
