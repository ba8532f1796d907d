package lineage

import (
	"encoding/json"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Manifest names one version of a dataset: an ordered list of records, of
// which every line of its export is a leaf of a Merkle tree. Who holds the
// manifest can check any record, or all of them, without a store.
type Manifest struct {
	Version int      `json:"version"` // of this form: 1
	ID      string   `json:"id"`      // set_ and the first half of the root
	Name    string   `json:"name"`    // of the source
	Root    string   `json:"root"`    // of the Merkle tree over the lines, RFC 9162
	Records uint64   `json:"records"`
	Plan    string   `json:"plan"` // of cleaning
	Inputs  []Source `json:"inputs"`
}

// Source is a version of a file that a dataset was made from.
type Source struct {
	File   string `json:"file"` // its address
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// ManifestVersion is the form of manifests that is written.
const ManifestVersion = 1

// DatasetID is the address of the dataset with a root.
func DatasetID(root Sum) string { return string(Dataset) + "_" + root.String()[:32] }

// Certificate shows that a record belongs to a version of a dataset.
type Certificate struct {
	Dataset Manifest `json:"dataset"`
	Record  string   `json:"record"` // its line as exported
	Proof   Proof    `json:"proof"`
}

// ParseManifest reads a manifest: errs.Invalid for what is none.
func ParseManifest(b []byte) (m Manifest, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return m, errs.Invalid("the manifest is not json: %v", err)
	}
	return m, m.check()
}

func (m Manifest) check() error {
	switch {
	case m.Version != ManifestVersion:
		return errs.Invalid("the manifest has the version %d; this luodi reads %d", m.Version, ManifestVersion)
	case len(m.Root) != 64 || strings.ToLower(m.Root) != m.Root || m.ID != string(Dataset)+"_"+m.Root[:32]:
		return errs.Invalid("the manifest's id %q and root %q do not belong together", m.ID, m.Root)
	}
	return nil
}

// Check returns nil where the record belongs to the dataset, and errs.Conflict
// where it does not.
func (c Certificate) Check() error {
	if err := c.Dataset.check(); err != nil {
		return err
	}
	root, err := c.Proof.Root([]byte(c.Record))
	if err != nil {
		return err
	}
	if root.String() != c.Dataset.Root || c.Proof.Size != c.Dataset.Records {
		return errs.Conflict("the record is not in dataset %s: its proof leads to the root %s, not to %s", c.Dataset.ID, root, c.Dataset.Root)
	}
	return nil
}
