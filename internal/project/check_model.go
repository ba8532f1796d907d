package project

import (
	"strings"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/strictyaml"
)

func (c *checker) checkModels() {
	c.checkNames(models, "model", c.modelNames(), "/:@+")
	for i := range c.Models {
		m, at := &c.Models[i], models.Index(i)
		if m.Name == CandidateSmall || m.Name == CandidateExtractive {
			c.doc.Errorf(at.Key("name"), "%q is a candidate of its own (%s); give the model another name", m.Name, builtIn[m.Name])
		}
		if strings.HasPrefix(m.Name, "scenario/") {
			c.doc.Errorf(at.Key("name"), "scenario/… is how the gateway calls scenarios; give the model another name")
		}
		c.checkKey(at.Key("key"), m)
		c.checkEndpoint(at, m)
		c.checkAPI(at, m)
		c.checkPrice(at.Key("price"), &m.Price)
		c.checkCost(at.Key("cost"), m)
		c.checkPrior(at.Key("prior"), m.Prior)
		if c.doc.Has(at.Key("timeout")) && m.Timeout <= 0 {
			c.doc.Errorf(at.Key("timeout"), "expected a duration above 0 such as 20m, found %s", m.Timeout)
		}
		if c.doc.Has(at.Key("pii")) {
			c.oneOf(at.Key("pii"), "rule for personal data", m.PII, []string{PIIMask, PIIBlock, PIIAllow})
		}
	}
}

// builtIn says what the candidates are that are no models.
var builtIn = map[string]string{
	CandidateSmall:      "the classifier trained here",
	CandidateExtractive: "the best passages without a model",
}

func (c *checker) checkKey(at strictyaml.Path, m *Model) {
	if !c.doc.Has(at) {
		return
	}
	s := string(m.Key)
	if variable.FindString(s) != s || s == "" {
		c.doc.Errorf(at, `never write a key into this file; write key: "${NAME}" and set NAME in the environment`)
		m.Key = ""
		return
	}
	m.Unset = append(m.Unset, c.expand(at, &s)...)
	m.Key = catalog.Secret(s)
}

func (c *checker) checkEndpoint(at strictyaml.Path, m *Model) {
	if m.Vendor != "" {
		c.checkVendor(at.Key("vendor"), m.Vendor)
	}
	if !c.doc.Has(at.Key("endpoint")) {
		if m.Vendor == "" {
			c.doc.Errorf(at, "model %q needs vendor, or the endpoint of a server of its own", m.Name)
		} else if v, ok := c.catalog.Vendor(m.Vendor); ok && v.BaseURL == "" {
			c.doc.Errorf(at.Key("vendor"), "the vendor %s has no address of its own; add endpoint: http://127.0.0.1:8081/v1 or so", m.Vendor)
		}
		return
	}
	unset := c.expand(at.Key("endpoint"), &m.Endpoint)
	m.Unset = append(m.Unset, unset...)
	if len(unset) > 0 {
		return
	}
	if m.Endpoint == "" {
		c.doc.Errorf(at.Key("endpoint"), "the endpoint is empty")
	} else if err := catalog.CheckURL(m.Endpoint); err != nil {
		c.doc.Errorf(at.Key("endpoint"), "%s", err)
	}
}

func (c *checker) checkAPI(at strictyaml.Path, m *Model) {
	if !c.doc.Has(at.Key("api")) {
		return
	}
	c.oneOf(at.Key("api"), "API", m.API, []string{APICompatible, APINative})
	if v, ok := c.catalog.Vendor(m.Vendor); m.API == APINative && (!ok || v.Native.Shape == "") {
		c.doc.Errorf(at.Key("api"), "api: native needs a vendor with an API of its own that luodi speaks: anthropic, gemini or hunyuan")
	}
}

func (c *checker) checkVendor(at strictyaml.Path, name string) {
	if _, ok := c.catalog.Vendor(name); ok {
		return
	}
	if meant := c.catalog.VendorCalled(name); meant != "" {
		c.doc.Errorf(at, "unknown vendor %q (did you mean %q?)", name, meant)
		return
	}
	known := namesOf(c.catalog.Vendors(), func(v catalog.Vendor) string { return v.Name })
	hint := strictyaml.Suggest(name, known, "there are")
	if !strings.Contains(hint, "did you mean") {
		hint = "; luodi doctor lists the vendors; for any other OpenAI-compatible server leave vendor out and give endpoint"
	}
	c.doc.Errorf(at, "unknown vendor %q%s", name, hint)
}

func (c *checker) checkPrice(at strictyaml.Path, p *Price) {
	if !c.doc.Has(at) {
		return
	}
	c.need(at, "in", "price per million input tokens; 0 where nothing is charged")
	c.need(at, "out", "price per million output tokens; 0 where nothing is charged")
	if p.Currency == "" {
		p.Currency = money.CNY
	}
	c.oneOf(at.Key("currency"), "currency", string(p.Currency), []string{string(money.CNY), string(money.USD)})
}

func (c *checker) checkBudgets() {
	type place struct{ department, scenario, per string }
	first := map[place]int{}
	for i := range c.Budgets {
		b, at := &c.Budgets[i], budgets.Index(i)
		c.refers(at.Key("department"), "department", b.Department, c.departmentNames())
		c.refers(at.Key("scenario"), "scenario", b.Scenario, namesOf(c.Scenarios, func(s Scenario) string { return s.Name }))
		if c.need(at, "per", "day or month") {
			c.oneOf(at.Key("per"), "period", b.Per, []string{PerDay, PerMonth})
		}
		c.need(at, "limit", "an amount of money such as 3000 CNY")
		c.checkDegrade(at, b)
		here := place{b.Department, b.Scenario, b.Per}
		if line, twice := first[here]; twice {
			c.doc.Errorf(at, "a second budget for the same; the first is in line %d", line)
		} else {
			first[here] = c.doc.Line(at)
		}
	}
}

func (c *checker) checkStore() {
	at := store.Key("url")
	if blobs := store.Key("blobs"); c.doc.Has(blobs) {
		c.expandPath(blobs, &c.Store.Blobs)
		if c.Store.Blobs != "" && !strings.HasPrefix(c.Store.Blobs, bucketScheme) {
			c.doc.Errorf(blobs, "raw bytes are kept in a bucket, s3://bucket/prefix, or below .luodi/ without blobs")
		}
	} else if c.doc.Has(store) {
		c.need(store, "url", "postgres://user@host/database; leave store out to keep state below .luodi/")
	}
	if !c.doc.Has(at) {
		return
	}
	c.expandPath(at, &c.Store.URL)
	if c.Store.URL != "" && !strings.HasPrefix(c.Store.URL, "postgres://") && !strings.HasPrefix(c.Store.URL, "postgresql://") {
		c.doc.Errorf(at, "the address of a store begins with postgres://; leave store out to keep state below .luodi/")
	}
}
