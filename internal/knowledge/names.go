package knowledge

import (
	"hash/fnv"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Mentions of other documents: 《title》 and links to their files. Documents
// that others build on are mentioned; how often is the one mark of authority
// that needs no metadata.
var (
	bookTitle = regexp.MustCompile(`《([^《》\n]{2,80})》`)
	fileLink  = regexp.MustCompile(`\]\(([^()\s#]{2,200})(?:#[^()\s]*)?\)`)
	bracketed = regexp.MustCompile(`[(（\[〔].*?[)）\]〕]`)
)

// namesOf returns the hashes of what a document is called: its title and its
// file's name.
func namesOf(title, address string) []uint64 {
	if strings.Contains(address, "#") { // a row
		return nil
	}
	return hashes([]string{nameTerm(title), fileTerm(address)})
}

// refsOf returns the hashes of the names that a text mentions.
func refsOf(text string) []uint64 {
	var names []string
	if strings.Contains(text, "《") {
		for _, m := range bookTitle.FindAllStringSubmatch(text, -1) {
			names = append(names, nameTerm(m[1]))
		}
	}
	if strings.Contains(text, "](") {
		for _, m := range fileLink.FindAllStringSubmatch(text, -1) {
			names = append(names, fileTerm(m[1]))
		}
	}
	return hashes(names)
}

// nameTerm is what a title is compared as: without brackets, version marks and
// the state's name.
func nameTerm(title string) string {
	t := bracketed.ReplaceAllString(token.FoldString(title), "")
	t = strings.TrimPrefix(strings.TrimSpace(t), "中华人民共和国")
	return strings.Join(strings.Fields(t), " ")
}

func fileTerm(address string) string {
	return "file:" + token.FoldString(path.Base(address))
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func hashes(names []string) []uint64 {
	var out []uint64
	for _, n := range names {
		if n == "" {
			continue
		}
		out = append(out, hashOf(n))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
