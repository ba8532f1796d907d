package bank

// Truth counts what the generator planted on purpose, so that a data report
// can be checked against it. "Rows" are rows of the raw files, before
// cleaning.
type Truth struct {
	Rows    map[string]int // data rows by file name below the project
	Intents []string       // the labels of the tickets, sorted

	// Tickets (all data/tickets*.csv together; texts are compared by content).
	ExactDuplicates  int      // rows whose text equals an earlier row's text, byte for byte
	FoldedDuplicates int      // further rows equal to an earlier one only after width folding and collapsing of whitespace
	Conflicts        int      // of all these, rows whose equals all have another category
	NearDuplicates   int      // further rows that differ from an earlier one by a few characters
	LabelNoise       []string // ticket_id of rows whose category is wrong on purpose
	RareNames        int      // rows of the GB18030 file with a name that needs four bytes a character
	Ambiguous        int      // rows whose text two teams would file differently; the label was drawn

	// PII by source name of luodi.yaml ("tickets", "letters").
	PII map[string]PIICount

	// Rules: paths below the project, old version → version in force.
	Superseded map[string]string
	Documents  int // all rule documents, superseded ones included

	Questions, Unanswerable, English int // data/questions.jsonl: all, without answer, asked in English
	MissingCells                     int // empty cells of data/credit.csv
	Cases, ReworkCases, FourEyes     int // data/loan-events.csv: cases, cases that repeat an activity, cases checked and approved by one person
	Letters                          int // data/complaint-letters.jsonl
}

// PIICount counts identifiers in one source's text by type. Right ones carry
// correct check digits (a mobile number has none: right means an assigned
// prefix and eleven digits); wrong ones look alike but fail the check.
type PIICount struct {
	ResidentIDRight, ResidentIDWrong int
	BankCardRight, BankCardWrong     int
	MobileRight, MobileWrong         int
	Lookalikes                       int // order and serial numbers of 13 to 20 digits that are none of these
}
