package proxy

import (
	"net/http"
	"time"

	"github.com/luodi/luodi/internal/auth"
)

// Keyed is served at a path of its own, behind the gateway's keys and their
// limits of requests. It gets the key that was sent and keeps its own books.
type Keyed func(w http.ResponseWriter, r *http.Request, key *auth.Key)

func (s *Server) keyed(serve Keyed) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := s.authorise(r)
		if err == nil {
			err = (&call{s: s, key: key, start: time.Now()}).admit()
		}
		if err != nil {
			f := fail(err)
			s.metrics.refused.WithLabelValues(f.code).Inc()
			f.write(w)
			return
		}
		s.active.Add(1)
		defer s.active.Add(-1)
		serve(w, r, key)
	}
}
