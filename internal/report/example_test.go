package report_test

import (
	"fmt"
	"os"

	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/source"
)

// A project whose data was read and which has a scenario that was not sized.
func ExampleTerminal() {
	err := report.Terminal(os.Stdout, report.Report{
		Project:   "bank",
		Sources:   []report.Source{{Name: "tickets", Ingest: &source.Report{Files: 2, Records: 2412}}},
		Scenarios: []report.Scenario{{Name: "intent", Status: "plan"}},
	}, "en")
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// bank — Decision report
	//
	// Data health
	//   tickets            files 2 · records 2,412
	//
	// intent  [PLAN]
	//   not sized yet; run luodi up
}
