package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what the scripts may use besides testscript's own.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exit":   exitCommand,
	"json":   jsonCommand,
	"demo":   demoCopy,
	"table":  tableCommand,
	"occupy": occupyCommand,
	"serve":  serveStart,
	"fetch":  fetchCommand,
	"stop":   serveStop,
	"bytes":  bytesCommand,
	"edit":   editCommand,
	"quotes": quotesCommand,
	"holds":  holdsCommand,
}

// condition knows [root]: permissions do not bind the person who runs this.
func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

func usage(ts *testscript.TestScript, neg bool, ok bool, text string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", text)
	}
}

// exitCommand runs a command that must end with a status:
//
//	exit 2 luodi up --bogus
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "exit STATUS COMMAND…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s ended with status %d, want %d", args[1], got, want)
	}
}

// tableCommand writes a table with the columns text and category: N rows in
// four intents that share words, the same bytes every time:
//
//	table rows.csv 400
func tableCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "table FILE ROWS")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	f, err := os.Create(name)
	ts.Check(err)
	w := csv.NewWriter(f)
	ts.Check(w.Write([]string{"text", "category"}))
	for _, row := range tableRows(n) {
		ts.Check(w.Write(row))
	}
	w.Flush()
	ts.Check(errors.Join(w.Error(), f.Close()))
}

var tableIntents = []struct {
	label string
	asks  []string
}{
	{"card-lost", []string{"my card is lost", "I lost my debit card", "银行卡丢了，请挂失", "card stolen, please block it"}},
	{"transfer-limit", []string{"what is the transfer limit", "raise my daily limit", "转账限额是多少", "limit for transfers is too low"}},
	{"password", []string{"I forgot my password", "reset the login password", "登录密码忘了怎么办", "password is locked"}},
	{"fee", []string{"why was a fee charged", "account fee too high", "年费怎么收", "refund the monthly fee"}},
}

func tableRows(n int) [][]string {
	r := rand.New(rand.NewPCG(1, 2))
	places := strings.Fields("Hangzhou Ningbo Wenzhou Shaoxing 上海 苏州 Jiaxing Taizhou")
	rows := make([][]string, n)
	for i := range rows {
		in := tableIntents[r.IntN(len(tableIntents))]
		text := fmt.Sprintf("%s, %s branch, case %d on day %d", in.asks[r.IntN(len(in.asks))], places[r.IntN(len(places))], r.IntN(90000), r.IntN(365))
		rows[i] = []string{text, in.label}
	}
	return rows
}

// occupyCommand listens on a free port of this machine until the script ends
// and sets $VAR to its address:
//
//	occupy ADDR
func occupyCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "occupy VAR")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// bytesCommand writes bytes given as Go string literal, for files that are no
// text:
//
//	bytes data/notes.md '\x7fELF\x00\x01'
func bytesCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "bytes FILE LITERAL")
	s, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(s), 0o644))
}

// editCommand replaces the first place of OLD in a file by NEW, as a person
// would in an editor:
//
//	edit data/tickets.csv 'my card' 'my other card'
func editCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 3, "edit FILE OLD NEW")
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

// quotesCommand checks every citation of the answer on standard output against
// the file that it names: the bytes from start to end are the quote, and their
// SHA-256 is the one given. The files must be clean UTF-8 markdown, whose
// stored text is the file as it is:
//
//	quotes .
func quotesCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "quotes DIR")
	var answer struct {
		Citations []struct {
			Address, Quote, SHA256 string
			Start, End             int
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	if len(answer.Citations) == 0 {
		ts.Fatalf("no citation")
	}
	for _, c := range answer.Citations {
		path, _, _ := strings.Cut(c.Address, "#")
		file := ts.ReadFile(filepath.Join(args[0], path))
		if c.Start < 0 || c.End > len(file) || file[c.Start:c.End] != c.Quote {
			ts.Fatalf("%s has not %q at bytes %d to %d", c.Address, c.Quote, c.Start, c.End)
		}
		if sum := sha256.Sum256([]byte(c.Quote)); hex.EncodeToString(sum[:]) != c.SHA256 {
			ts.Fatalf("%s: %q has not the SHA-256 %s", c.Address, c.Quote, c.SHA256)
		}
	}
}

// holdsCommand looks for a text in every file below a folder, binary or not:
//
//	! holds .luodi $KEY
func holdsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || args[1] == "" {
		ts.Fatalf("usage: [!] holds DIR TEXT")
	}
	found := ""
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || found != "" {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(args[1])) {
			found = path
		}
		return err
	}))
	if found != "" && neg {
		ts.Fatalf("%s holds it", found)
	}
	if found == "" && !neg {
		ts.Fatalf("no file below %s holds it", args[0])
	}
}

// copyTree copies a folder of plain files.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
}
