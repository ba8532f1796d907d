package project

// Candidate is one configuration to size. A name alone is a model of the
// project as it comes, or small or extractive; a mapping is a variant of a
// model with its own prompt, examples, tools, retrieval or decoding.
type Candidate struct {
	Name        string  `yaml:"name"`
	Model       string  `yaml:"model"`    // filled in: Name where it is left out; "" for small and extractive
	Prompt      string  `yaml:"prompt"`   // a file or the text; once checked the text; "" is the scenario's
	Examples    int     `yaml:"examples"` // few-shot turns from training rows
	Retrieval   Reading `yaml:"retrieval"`
	Tools       string  `yaml:"tools"` // "" is prompt
	Temperature float64 `yaml:"temperature"`
	MaxTokens   int     `yaml:"max_tokens"` // of a reply; 0 is the task's own

	PromptFile string // where Prompt was read from; "" where it stands in the file
}

// Reading is what a candidate reads before it answers.
type Reading struct {
	K    int  `yaml:"k"` // passages; 0 is the task's own
	None bool // nothing
}

// Ways to ask for a label.
const (
	ToolsPrompt   = "prompt"   // the reply is text
	ToolsFunction = "function" // the reply is the call of a function
)

var toolModes = []string{ToolsPrompt, ToolsFunction}

// UnmarshalText reads a name.
func (c *Candidate) UnmarshalText(b []byte) error {
	c.Name = string(b)
	return nil
}

// UnmarshalText reads none.
func (r *Reading) UnmarshalText(b []byte) error {
	if string(b) != "none" {
		return errReading
	}
	r.None = true
	return nil
}

// Plain reports whether the candidate is a name and nothing else.
func (c Candidate) Plain() bool {
	return c == Candidate{Name: c.Name, Model: c.Model}
}

func (c Candidate) builtIn() bool { return c.Name == CandidateSmall || c.Name == CandidateExtractive }

func (c *Candidate) fill() {
	if c.Model == "" && !c.builtIn() {
		c.Model = c.Name
	}
}

// Cascade asks for a route that tries the small model and cheap models first
// and a strong one only where they are not sure; see docs/concepts/cascades.md.
type Cascade struct {
	Of   string  `yaml:"of"`   // the strong candidate that it is compared with
	Loss float64 `yaml:"loss"` // points of the score that it may lose, such as 0.02

	Wanted bool // the scenario has one
}

const defaultLoss = 0.02

// fillCascade takes over from a relative bar what the cascade leaves out.
func (s *Scenario) fillCascade() {
	c := &s.Cascade
	if !c.Wanted {
		return
	}
	if c.Of == "" {
		c.Of = s.Bar.Of
	}
	if c.Loss == 0 {
		c.Loss = s.Bar.Within
	}
	if c.Loss == 0 {
		c.Loss = defaultLoss
	}
}
