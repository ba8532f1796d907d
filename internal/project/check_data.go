package project

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/strictyaml"
)

func (c *checker) checkDepartments() {
	names := c.departmentNames()
	c.checkNames(departments, "department", names, "")
	for i, d := range c.Departments {
		at := departments.Index(i).Key("parent")
		if c.refers(at, "department", d.Parent, names) && c.isOwnAncestor(d) {
			c.doc.Errorf(at, "department %q is above itself", d.Name)
		}
	}
}

func (c *checker) isOwnAncestor(d Department) bool {
	parent := d.Parent
	for range c.Departments {
		if parent == d.Name {
			return true
		}
		above, _ := c.Department(parent)
		parent = above.Parent
	}
	return false
}

func (c *checker) checkSources() {
	c.checkNames(sources, "source", c.sourceNames(), "")
	for i := range c.Sources {
		s, at := &c.Sources[i], sources.Index(i)
		c.refers(at.Key("department"), "department", s.Department, c.departmentNames())
		c.checkPrincipals(at, s.Readers)
		c.expandPath(at.Key("root"), &s.Root)
		if c.doc.Has(at.Key("database")) {
			c.checkDatabase(at, s)
			c.checkColumns(at, s)
			continue
		}
		c.without(at, "a source without database", "table", "query", "changed")
		if !c.need(at, "path", `a file or a pattern such as "rules/**/*.md"`) {
			continue
		}
		c.expandPath(at.Key("path"), &s.Path)
		c.checkGlob(at.Key("path"), s.Path)
		if s.Bucket() {
			c.without(at, "a source in a bucket", "root")
			c.checkColumns(at, s)
			continue
		}
		if s.Root != "" && strings.ContainsAny(s.Root, `*?[`) {
			c.doc.Errorf(at.Key("root"), "root is one folder; it cannot hold * ? or [")
		} else if s.Root != "" && !c.below(s.Path, s.Root) {
			c.doc.Errorf(at.Key("root"), "path %q does not lie below root %q; both are relative to the project's directory", s.Path, s.Root)
		}
		c.checkColumns(at, s)
		c.checkPlan(at, s)
	}
}

func (c *checker) checkGlob(at strictyaml.Path, pattern string) {
	if pattern == "" {
		c.doc.Errorf(at, "the path is empty")
	}
	for _, part := range strings.Split(filepath.ToSlash(pattern), "/") {
		if strings.Contains(part, "**") && part != "**" {
			c.doc.Errorf(at, "** stands for whole folders; write it between slashes, as in rules/**/*.md")
			return
		}
		if _, err := path.Match(part, ""); err != nil {
			c.doc.Errorf(at, "%q is not a pattern: a [ without ], or a \\ at the end", part)
			return
		}
	}
}

// below reports whether all that pattern can match lies in root.
func (c *checker) below(pattern, root string) bool {
	fixed := c.Abs(pattern)
	if i := strings.IndexAny(fixed, `*?[`); i >= 0 {
		fixed = filepath.Dir(fixed[:i] + "x")
	}
	rel, err := filepath.Rel(c.Abs(root), fixed)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// checkColumns: one column cannot be both what is asked and the answer.
func (c *checker) checkColumns(at strictyaml.Path, s *Source) {
	if s.Label != "" && s.Label == s.Text {
		c.doc.Errorf(at.Key("label"), "column %q is text and label: a model would read the answer", s.Label)
	}
	if s.Label != "" && s.Label == s.ID {
		c.doc.Errorf(at.Key("label"), "column %q is id and label", s.Label)
	}
}

func (c *checker) checkKnowledge() {
	c.checkNames(knowledge, "knowledge base", namesOf(c.Knowledge, func(k Knowledge) string { return k.Name }), "")
	for i := range c.Knowledge {
		k, at := &c.Knowledge[i], knowledge.Index(i)
		if c.need(at, "sources", "a knowledge base is built from sources") {
			c.checkList(at.Key("sources"), "source", k.Sources, c.sourceNames())
		}
		c.refers(at.Key("embedding"), "model", k.Embedding, c.modelNames())
		c.refers(at.Key("rerank"), "model", k.Rerank, c.modelNames())
		if k.RerankBy != "" && k.RerankBy != RerankHTTP && k.RerankBy != RerankChat {
			c.doc.Errorf(at.Key("rerank_by"), "expected %s (the model's /rerank endpoint) or %s (a chat model is asked for the order)", RerankHTTP, RerankChat)
		}
		if k.Vectors != "" && k.Vectors != VectorsPG && k.Vectors != VectorsInt8 {
			c.doc.Errorf(at.Key("vectors"), "expected %s or %s, or nothing: vectors are compared in memory, as floats, then", VectorsInt8, VectorsPG)
		}
		if k.KeepQuestions == 0 {
			k.KeepQuestions = Keep(90 * 24 * time.Hour)
		}
		c.checkPrincipals(at, k.Readers)
	}
}

// checkPrincipals checks the readers of something.
func (c *checker) checkPrincipals(at strictyaml.Path, readers []string) {
	for j, r := range readers {
		c.checkPrincipal(at.Key("readers").Index(j), r)
	}
}

// checkList checks a list of references: not empty, known, none twice.
func (c *checker) checkList(at strictyaml.Path, kind string, list, known []string) {
	if len(list) == 0 {
		c.doc.Errorf(at, "the list is empty; name at least one %s", kind)
	}
	for i, name := range list {
		switch {
		case name == "":
			c.doc.Errorf(at.Index(i), "expected the name of a %s", kind)
		case c.refers(at.Index(i), kind, name, known) && slices.Contains(list[:i], name):
			c.doc.Errorf(at.Index(i), "%s %q again", kind, name)
		}
	}
}
