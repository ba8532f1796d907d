// Package bank writes the sample bank: a complete, invented retail bank
// (云杉银行, Spruce Bank) with the raw departmental data that a luodi project
// starts from, so that a newcomer sees the whole way of the product before
// touching data of his own, and so that every stage has a known truth to be
// tested against.
//
// The data is generated, not stored: text material lives in text/ as
// templates and documents that a person can read and better, and everything
// else (draws, dates, identifiers, noise) comes from one seed. The same
// version writes the same bytes on every machine: integers only, no clock, no
// map order. What is planted on purpose (duplicates, wrong labels, wrong check
// digits, superseded rules) is counted in Truth.
//
// It is not a benchmark. Nothing here is a real customer, a real account or a
// real rule, and figures measured on it say nothing about other data.
package bank

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

//go:embed text README.md README.zh-CN.md
var material embed.FS

// Bank is the generated bank in memory: every file by its path below the
// project's directory (slash-separated), and what was planted in them.
type Bank struct {
	Files map[string][]byte
	Truth Truth
}

// Write generates the bank into dir, which is made when it is missing. Files
// that already have the right content are not touched, so that a second demo
// in the same directory finds nothing changed; files that it did not write
// are left alone. It writes about 2 MB and takes well under two seconds.
func Write(dir string) error {
	b, err := Generate()
	if err != nil {
		return fmt.Errorf("generating the sample bank: %w", err)
	}
	for _, name := range b.Names() {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if old, err := os.ReadFile(file); err == nil && slices.Equal(old, b.Files[name]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("writing the sample bank: %w", err)
		}
		if err := os.WriteFile(file, b.Files[name], 0o644); err != nil {
			return fmt.Errorf("writing the sample bank: %w", err)
		}
	}
	return nil
}

// Generate makes the bank in memory. Two calls return equal banks. It returns
// an error only when the embedded text material is broken, which the tests of
// this package exclude.
func Generate() (*Bank, error) {
	b := &Bank{Files: map[string][]byte{}, Truth: Truth{PII: map[string]PIICount{}}}
	steps := []func(*Bank) error{
		addTickets, addRules, addQuestions, addCredit, addAlerts, addLetters, addEvents, addProject,
	}
	for _, step := range steps {
		if err := step(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// addProject copies what is the same in every bank: luodi.yaml, the schema of
// letters and the readmes.
func addProject(b *Bank) error {
	schema, err := material.ReadFile("text/complaint-letter.json")
	if err != nil {
		return err
	}
	b.Files["schemas/complaint-letter.json"] = schema
	for _, name := range []string{"text/luodi.yaml", "README.md", "README.zh-CN.md"} {
		data, err := material.ReadFile(name)
		if err != nil {
			return err
		}
		b.Files[path.Base(name)] = data
	}
	return nil
}

// Names returns the paths of all files, sorted.
func (b *Bank) Names() []string {
	names := make([]string, 0, len(b.Files))
	for name := range b.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Digest is the SHA-256 of the names and contents below data in order, in
// hexadecimal: the same for the same version on every machine.
func (b *Bank) Digest() string {
	h := sha256.New()
	for _, name := range b.Names() {
		if !strings.HasPrefix(name, "data/") {
			continue
		}
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(b.Files[name]))
		h.Write(b.Files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
