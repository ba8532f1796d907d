package judge

import (
	"slices"
	"strings"
	"unicode"
)

// Model is what is known of a model's origin.
type Model struct {
	Name string // the vendor's name for it, such as "qwen3-max"
	// Vendor is who made it; "" where the endpoint hosts models of many.
	Vendor string
	// Families it belongs to; nil reads them from Name.
	Families []string
}

// notFamilies are words of model names that say nothing of their origin.
var notFamilies = []string{
	"distill", "distilled", "instruct", "chat", "base", "it", "pro", "max", "plus", "turbo", "mini", "nano", "small", "medium", "large", "lite", "flash",
	"preview", "latest", "thinking", "reasoner", "coder", "code", "vision", "vl", "fp", "int", "awq", "gptq", "gguf", "mlx", "hf", "local", "scenario",
	"ai", "models", "model", "org", "lab", "labs", "community", "b", "m", "a", "e", "k", "v", "q", "x", "r", "s",
}

// Families are those that a model's name tells of: its words without digits,
// as in qwen2.5-72b-instruct (qwen) or DeepSeek-R1-Distill-Qwen-7B (deepseek
// and qwen).
func Families(name string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !slices.Contains(notFamilies, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func (m Model) families() []string {
	if m.Families != nil {
		return m.Families
	}
	return Families(m.Name)
}

// Related reports whether two models may be of one family: the same name or
// vendor, a family that both names tell of, or a name that tells of none. It
// errs to yes.
func Related(a, b Model) bool {
	if strings.EqualFold(a.Name, b.Name) || a.Vendor != "" && strings.EqualFold(a.Vendor, b.Vendor) {
		return true
	}
	x, y := a.families(), b.families()
	if len(x) == 0 || len(y) == 0 {
		return true
	}
	return slices.ContainsFunc(x, func(f string) bool {
		return slices.ContainsFunc(y, func(g string) bool { return strings.HasPrefix(f, g) || strings.HasPrefix(g, f) })
	})
}
