package source_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

func ExampleIngest() {
	dir, err := os.MkdirTemp("", "luodi")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	table := "id,text,category\nT1,\"My card, where is it?\",card\n"
	if err := os.WriteFile(filepath.Join(dir, "tickets.csv"), []byte(table), 0o644); err != nil {
		fmt.Println(err)
		return
	}

	store := &sourcetest.Store{} // a database in the product
	report, err := source.Ingest(context.Background(), source.Config{
		Project: dir,
		Spec: source.Spec{
			Name: "tickets", Department: "service", Path: "*.csv",
			Columns: source.Columns{ID: "id", Text: "text", Label: "category"},
		},
		Store: store,
		Blobs: &sourcetest.Blobs{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("files added:", report.Added, "records:", report.Records)
	_ = store.Each(context.Background(), "tickets", func(r source.Record) error {
		fmt.Printf("%s is %q, labelled %s: bytes %d to %d\n", r.Address(), r.Text, r.Label, r.Start, r.End)
		return nil
	})
	// Output:
	// files added: 1 records: 1
	// tickets.csv#T1 is "My card, where is it?", labelled card: bytes 17 to 48
}
