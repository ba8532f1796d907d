// Package project reads luodi.yaml, the one file in which a team says what it
// has (departments, sources, models) and what it wants (scenarios with their
// bars, budgets).
//
// The file is strict: a key that luodi does not know, a name that nothing
// bears, a bar that cannot be reached are errors with line, column, caret and
// suggestion, all of them in one go (package strictyaml), because a setting
// that is silently ignored is found out in production. What can be filled in
// is filled in while loading, so that nobody downstream knows a default:
// metrics, splits, candidates. Keys never stand in the file; "${NAME}" takes
// them from the environment, and a variable that is not set leaves its model
// unconfigured rather than the project broken.
//
// It opens no data: a path that matches nothing is for ingest to report.
package project

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// File is the name of the project's file in its directory.
const File = "luodi.yaml"

// Project is a checked luodi.yaml with its defaults filled in.
type Project struct {
	Name        string       `yaml:"project"`
	Departments []Department `yaml:"departments"`
	Sources     []Source     `yaml:"sources"`
	Duplicates  Duplicates   `yaml:"duplicates"`
	Knowledge   []Knowledge  `yaml:"knowledge"`
	Models      []Model      `yaml:"models"`
	Routes      []Route      `yaml:"routes"`
	Scenarios   []Scenario   `yaml:"scenarios"`
	Budgets     []Budget     `yaml:"budgets"`
	Guards      []Guard      `yaml:"guards"`
	RequestLog  RequestLog   `yaml:"request_log"`
	Traces      Traces       `yaml:"traces"`
	Vault       Vault        `yaml:"vault"`
	Store       Store        `yaml:"store"`
	OCR         string       `yaml:"ocr"` // command that reads pictures of pages; "" is none

	Dir string // the project's directory, absolute
}

// Department owns data, budget and access. Departments form a tree.
type Department struct {
	Name   string `yaml:"name"`
	Parent string `yaml:"parent"` // "" at the top
}

// Source is where raw data comes from. The column names are of tables and
// json; what they may be is for the readers to say.
type Source struct {
	Name       string `yaml:"name"`
	Department string `yaml:"department"`
	Path       string `yaml:"path"`     // file or glob; ** is any number of folders; s3://bucket/… alike
	Root       string `yaml:"root"`     // addresses are relative to it; "" is the project's directory
	Database   string `yaml:"database"` // address, instead of Path
	Table      string `yaml:"table"`    // of Database
	Query      string `yaml:"query"`    // instead of Table
	Changed    string `yaml:"changed"`  // column of a table that says when a row changed
	ID         string `yaml:"id"`
	Title      string `yaml:"title"`
	Text       string `yaml:"text"`
	Label      string `yaml:"label"`
	Customer   string `yaml:"customer"` // for split_by: customer
	Time       string `yaml:"time"`     // for split_by: time

	Readers []string `yaml:"readers"` // of a base's readers those who may read these documents; all when empty

	Plan   string        `yaml:"plan"` // of cleaning: a class, or a file; "" is by format
	Checks []ColumnCheck `yaml:"checks"`

	Unset []string // variables that Database names and that are not set
}

// Knowledge is a knowledge base over documents of sources.
type Knowledge struct {
	Name    string   `yaml:"name"`
	Sources []string `yaml:"sources"`
	Readers []string `yaml:"readers"` // departments, or user:name@example.com; none but the owner when empty

	Embedding string `yaml:"embedding"` // a model of Models; "" is none but what is learnt from the base itself
	Rerank    string `yaml:"rerank"`    // a model of Models that orders the best passages anew; "" is none
	RerankBy  string `yaml:"rerank_by"` // RerankHTTP or RerankChat; "" is RerankHTTP
	Vectors   string `yaml:"vectors"`   // VectorsPG, VectorsInt8 or "": in memory as floats

	KeepQuestions Keep `yaml:"keep_questions"` // what the base is asked; filled in: 90 days
}

// VectorsPG compares vectors in PostgreSQL, by its extension pgvector;
// VectorsInt8 in memory as 8-bit integers, a quarter of the room.
const (
	VectorsPG   = "pgvector"
	VectorsInt8 = "int8"
)

// How a model reranks: at its endpoint's /rerank, or asked for the order in a
// chat.
const (
	RerankHTTP = "rerank"
	RerankChat = "chat"
)

// Prefixes of principals.
const (
	principalDepartment = "department:"
	principalUser       = "user:"
)

// Principals are the readers as access control knows them: department:NAME
// and user:EMAIL.
func (k Knowledge) Principals() []string { return principals(k.Readers) }

// Principals are the source's readers likewise.
func (s Source) Principals() []string { return principals(s.Readers) }

func principals(readers []string) []string {
	out := make([]string, len(readers))
	for i, r := range readers {
		if !strings.HasPrefix(r, principalUser) {
			r = principalDepartment + strings.TrimPrefix(r, principalDepartment)
		}
		out[i] = r
	}
	return out
}

// Model is an endpoint that the project may use.
type Model struct {
	Name     string         `yaml:"name"`
	Vendor   string         `yaml:"vendor"`   // "" is known from Endpoint, or local
	Model    string         `yaml:"model"`    // the vendor's name for it
	Endpoint string         `yaml:"endpoint"` // "" is the vendor's
	Key      catalog.Secret `yaml:"key"`
	API      string         `yaml:"api"` // "" is compatible
	Price    Price          `yaml:"price"`
	Cost     Cost           `yaml:"cost"`    // instead of Price, for a model that the project runs itself
	PII      string         `yaml:"pii"`     // mask, block or allow; "" is by where it runs
	Timeout  time.Duration  `yaml:"timeout"` // of one try of a call that sizing makes; filled in: 10 minutes
	Prior    Prior          `yaml:"prior"`

	Unset []string // variables that Key and Endpoint name and that are not set
}

// Route is a name at the gateway with several models behind it.
type Route struct {
	Name     string    `yaml:"name"`
	Models   []string  `yaml:"models"`   // share the calls
	Weights  []float64 `yaml:"weights"`  // of Models; none is equal ones
	Fallback []string  `yaml:"fallback"` // tried in order when those fail
	Hedge    bool      `yaml:"hedge"`    // ask the next one too when a reply is late to begin
}

// The APIs in which a model may be spoken to.
const (
	APICompatible = "compatible" // OpenAI's
	APINative     = "native"     // the vendor's own
)

// What becomes of personal data and secrets in calls of a model.
const (
	PIIMask  = "mask"
	PIIBlock = "block"
	PIIAllow = "allow"
)

// Price is what the project states about a model's price, per million tokens.
type Price struct {
	In       *catalog.PerMillion `yaml:"in"`
	Out      *catalog.PerMillion `yaml:"out"`
	Cached   *catalog.PerMillion `yaml:"cached"`
	Currency money.Currency      `yaml:"currency"`
}

// Cost is what running a model oneself costs; its price of a token is computed
// from it, see catalog.Hosting.
type Cost struct {
	GPUPerHour      Limit               `yaml:"gpu_per_hour"`
	GPUs            int64               `yaml:"gpus"` // filled in: 1
	TokensPerSecond *catalog.PerMillion `yaml:"tokens_per_second"`
	Utilisation     *catalog.PerMillion `yaml:"utilisation"`
}

// Budget is a hard limit of spending.
type Budget struct {
	Department string `yaml:"department"` // "" is the whole project
	Scenario   string `yaml:"scenario"`   // "" is all of the department's
	Per        string `yaml:"per"`        // day or month
	Limit      Limit  `yaml:"limit"`

	Alert   catalog.Percent `yaml:"alert"`   // of Limit, from which calls are marked and told of; 0: none
	Degrade string          `yaml:"degrade"` // the model or route that calls go to from there on
}

// Store is where state is kept beyond the project's directory.
type Store struct {
	URL   string `yaml:"url"`   // postgres://…; "" is SQLite below .luodi/
	Blobs string `yaml:"blobs"` // s3://bucket/prefix of raw bytes; "" is .luodi/blobs
}

// Periods of a budget.
const (
	PerDay   = "day"
	PerMonth = "month"
)

// Abs is a path of the file as an absolute one.
func (p *Project) Abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(p.Dir, path)
}

// Source returns the source of that name.
func (p *Project) Source(name string) (Source, bool) {
	return find(p.Sources, func(s Source) bool { return s.Name == name })
}

// Base returns the knowledge base of that name.
func (p *Project) Base(name string) (Knowledge, bool) {
	return find(p.Knowledge, func(k Knowledge) bool { return k.Name == name })
}

// Scenario returns the scenario of that name.
func (p *Project) Scenario(name string) (Scenario, bool) {
	return find(p.Scenarios, func(s Scenario) bool { return s.Name == name })
}

// Model returns the model of that name.
func (p *Project) Model(name string) (Model, bool) {
	return find(p.Models, func(m Model) bool { return m.Name == name })
}

// Department returns the department of that name.
func (p *Project) Department(name string) (Department, bool) {
	return find(p.Departments, func(d Department) bool { return d.Name == name })
}

// Ancestors are a department and those above it, the top last; nil where there
// is none of that name. A budget of each of them holds for it.
func (p *Project) Ancestors(department string) []string {
	var out []string
	for d, ok := p.Department(department); ok && !slices.Contains(out, d.Name); d, ok = p.Department(d.Parent) {
		out = append(out, d.Name)
	}
	return out
}

// Entry is a model as the catalog resolves it. It returns errs.NotFound where
// there is no model of that name.
func (p *Project) Entry(name string) (catalog.Entry, error) {
	m, ok := p.Model(name)
	if !ok {
		return catalog.Entry{}, errs.NotFound("there is no model %q in %s", name, File)
	}
	e := catalog.Entry{Name: m.Name, Model: m.Model, Vendor: m.Vendor, BaseURL: m.Endpoint, Key: m.Key, Native: m.API == APINative, Unset: m.Unset, File: File}
	if m.Price.In != nil && m.Price.Out != nil {
		e.Price = &catalog.ModelPrice{In: money.Price(*m.Price.In), Out: money.Price(*m.Price.Out), Cached: money.Price(*m.Price.In), Currency: m.Price.Currency}
		if m.Price.Cached != nil {
			e.Price.Cached = money.Price(*m.Price.Cached)
		}
	}
	if k := m.Cost; k.TokensPerSecond != nil && k.Utilisation != nil {
		e.Hosting = &catalog.Hosting{GPUPerHour: k.GPUPerHour.Amount, Currency: k.GPUPerHour.Currency, GPUs: k.GPUs, Throughput: *k.TokensPerSecond, Utilisation: *k.Utilisation}
	}
	return e, nil
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var zero T
	return zero, false
}

// Latency is a bar on the time a reply takes; 0 is none.
type Latency struct {
	P95 time.Duration `yaml:"p95"`
}

// Traffic is what a scenario is expected to serve.
type Traffic struct {
	RequestsPerMonth int64 `yaml:"requests_per_month"`
}
