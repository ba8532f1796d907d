package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/policy"
)

// Secret is a key of a vendor. It prints as "[secret]" however it is printed,
// logged or marshalled; string(s) is the only way to its value.
type Secret string

const hidden = "[secret]"

func (s Secret) String() string { return hidden }

// GoString, Format, MarshalText and LogValue keep the value out of %#v, %x,
// JSON and logs.
func (s Secret) GoString() string             { return hidden }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(hidden)) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }

// Message is one message of a chat as a scenario sees it: text only.
type Message struct {
	Role    string `json:"role"` // system, user or assistant
	Content string `json:"content"`
}

// Caller is who asks: what a Local or Prepare may let its knowledge base see.
type Caller struct {
	Key, Department string
}

// Route is what the gateway serves under one name.
type Route struct {
	Name          string // what the client gives as model: "scenario/intent" or "qwen-plus"
	Department    string // the owner's; "" where the route has none
	Scenario      string // "" for a model that is passed through
	Configuration string // the configuration's id for the ledger; "" for a pass-through
	Targets       []Target
	Hedge         bool // ask the next target too when a reply is late to begin
	Balanced      int  // so many of the first targets share the calls; the rest are fallbacks
	Sample        *Sampler
	Log           bool // what its calls say is kept in the request log
}

// Sampler draws answered calls of a route for labels; nil draws none.
type Sampler struct {
	Share float64 // of the calls, drawn without a look at them
	// Take is called once for a drawn call, after its reply was sent, from the
	// goroutine that served it: it must not wait. output is the reply's text.
	Take func(id string, at time.Time, messages []Message, output string)
}

// Target is one way to serve a route. Targets are tried in order: the next
// one when an upstream fails before its first byte, or a Local declines.
// Exactly one of Upstream and Local is set.
type Target struct {
	Upstream *Upstream
	Local    Local
	Weight   float64 // its share among the balanced ones; 0 is 1
}

// Local answers in this process, by a small model or by extraction. It is
// called from many goroutines, once per request, with the whole conversation.
// ErrDecline passes the request on to the route's next target.
type Local func(ctx context.Context, by Caller, messages []Message) (Reply, error)

// ErrDecline is returned by a Local that is not sure enough of its answer.
var ErrDecline = errors.New("the local answer is below its threshold")

// Reply is the answer of a Local.
type Reply struct {
	Text  string
	Extra any         // put into the reply as member "luodi", such as citations; nil: left out
	Usage meter.Usage // estimated from the texts where zero; it costs nothing either way
}

// Upstream is a model at a vendor's endpoint.
type Upstream struct {
	Vendor  string
	BaseURL string // up to and with the version: https://host/v1
	Key     Secret // "": none is sent
	Header  string // the header that carries Key; "" is Authorization: Bearer
	Model   string // the vendor's name of the model
	// Paths are endpoints that are not at their usual place below BaseURL, such
	// as "/rerank": a path, a whole address, or "none" where there is none.
	Paths map[string]string
	// Messages is the address of the vendor's own messages API (Anthropic's
	// shape), with the header that carries Key there; "": calls in that shape
	// are written as chats.
	Messages, MessagesHeader string
	Rules                    Rules
	// Native is the vendor's own API that chats are written in; "" is OpenAI's.
	// NativeParams are what its shape needs to know; see package native.
	Native       string
	NativeParams map[string]string
	Price        meter.Price
	// PII is what becomes of personal data and secrets in a call: PIIMask,
	// PIIBlock, or PIIAllow, which "" is too.
	PII string
	// MaxTokens limits a reply where the client gives no limit and a budget
	// applies; 0 is 4096.
	MaxTokens int64
	// Prepare rewrites the conversation, as a scenario's prompt and retrieval
	// do; nil passes it through byte for byte.
	Prepare func(ctx context.Context, by Caller, messages []Message) (Prepared, error)
	// Set are parameters of the configuration as raw JSON, such as
	// "temperature": "0"; they replace the client's.
	Set map[string]string
}

// Prepared is a conversation as an upstream is to see it.
type Prepared struct {
	Messages []Message // nil leaves the client's as they are
	// Ground says what goes beside the reply as member "luodi", once its text is
	// whole: which passages its claims stand in. nil adds nothing. It is called
	// once from the goroutine that serves the call, which waits for it.
	Ground func(ctx context.Context, reply string) (any, error)
}

// Table holds the routes by name. It does not change once made: a new
// configuration is a new Table.
type Table struct {
	Guards policy.Guards // that calls must pass first

	routes map[string]*Route
	names  []string
}

// NewTable checks the routes and indexes them.
func NewTable(routes []Route) (*Table, error) {
	t := &Table{routes: make(map[string]*Route, len(routes))}
	for i := range routes {
		r := routes[i]
		switch {
		case r.Name == "":
			return nil, errs.Invalid("a route has no name")
		case len(r.Targets) == 0:
			return nil, errs.Invalid("route %s has no target", r.Name)
		case t.routes[r.Name] != nil:
			return nil, errs.Conflict("two routes are called %s", r.Name)
		}
		for _, target := range r.Targets {
			if (target.Upstream == nil) == (target.Local == nil) {
				return nil, errs.Invalid("route %s: a target is either an upstream or local", r.Name)
			}
			if u := target.Upstream; u != nil && (u.BaseURL == "" || u.Model == "") {
				return nil, errs.Invalid("route %s: its upstream has no base URL or no model", r.Name)
			}
		}
		t.routes[r.Name] = &r
		t.names = append(t.names, r.Name)
	}
	sort.Strings(t.names)
	return t, nil
}

// Lookup returns the route of that name, or nil.
func (t *Table) Lookup(name string) *Route {
	if t == nil {
		return nil
	}
	return t.routes[name]
}

// Names lists the routes in order.
func (t *Table) Names() []string {
	if t == nil {
		return nil
	}
	return t.names
}
