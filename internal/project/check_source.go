package project

import (
	"net/url"
	"strings"

	"github.com/luodi/luodi/internal/strictyaml"
)

// bucketScheme begins the path of a source in S3.
const bucketScheme = "s3://"

// Bucket reports whether the source's files are objects in S3.
func (s Source) Bucket() bool { return strings.HasPrefix(s.Path, bucketScheme) }

// checkDatabase checks a source that is a table.
func (c *checker) checkDatabase(at strictyaml.Path, s *Source) {
	c.without(at, "a source with database", "path", "root")
	written := s.Database
	s.Unset = c.expand(at.Key("database"), &s.Database)
	if u, err := url.Parse(written); err == nil && u.User != nil {
		if p, ok := u.User.Password(); ok && p != "" && !strings.Contains(p, "${") {
			c.doc.Errorf(at.Key("database"), "a password stands in the file; put the address into the environment and write database: ${NAME}")
		}
	}
	if scheme, _, _ := strings.Cut(s.Database, ":"); len(s.Unset) == 0 && scheme != "postgres" && scheme != "postgresql" && scheme != "mysql" && scheme != "sqlite" {
		c.doc.Errorf(at.Key("database"), "the address of a database begins with postgres://, mysql:// or sqlite:")
	}
	switch {
	case s.Table == "" && s.Query == "":
		c.doc.Errorf(at, "table is missing: the table to read; or query: a SELECT")
	case s.Table != "" && s.Query != "":
		c.doc.Errorf(at.Key("query"), "table and query exclude each other")
	}
	c.need(at, "id", "the column that tells the rows of a table apart, such as its primary key")
}

// without reports keys that have no meaning here.
func (c *checker) without(at strictyaml.Path, what string, keys ...string) {
	for _, k := range keys {
		if c.doc.Has(at.Key(k)) {
			c.doc.Errorf(at.Key(k), "%s has no %s", what, k)
		}
	}
}
