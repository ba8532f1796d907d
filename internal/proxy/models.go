package proxy

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// models lists the routes that the key may use, or shows one of them.
func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writeError(w, http.StatusMethodNotAllowed, "method_not_allowed", r.URL.Path+" takes GET")
		return
	}
	key, err := s.authorise(r)
	if err != nil {
		fail(err).write(w)
		return
	}
	if name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v1/models"), "/"); name != "" {
		v := s.state.Load().views[name]
		if v == nil || !may(key, v) {
			fail(errs.NotFound("the model %q does not exist or this key may not use it", name)).write(w)
			return
		}
		writeJSON(w, http.StatusOK, s.model(v))
		return
	}
	st := s.state.Load()
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{"list", []model{}}
	for _, name := range st.table.Names() {
		if v := st.views[name]; may(key, v) {
			list.Data = append(list.Data, s.model(v))
		}
	}
	writeJSON(w, http.StatusOK, list)
}

// may reports whether the key may use the route: one that is bound to a
// scenario knows no other.
func may(k *auth.Key, v *view) bool {
	return k.Scenario == "" || k.Scenario == v.route.Scenario
}

func (s *Server) model(v *view) model {
	owner := v.route.Department
	if owner == "" {
		owner = "luodi"
		if t := v.targets[0]; t.up != nil && t.up.Vendor != "" {
			owner = t.up.Vendor
		}
	}
	return model{ID: v.route.Name, Object: "model", Created: s.started.Unix(), OwnedBy: owner}
}

// health says whether calls can be served: 200 when they can, with what is
// not well in reasons; 503 when the ledger cannot be written. It needs no key.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Status  string   `json:"status"`
		Routes  int      `json:"routes"`
		Reasons []string `json:"reasons,omitempty"`
	}{Status: "ok", Routes: len(s.state.Load().views)}
	status := http.StatusOK
	if err := s.cfg.Meter.Trouble(); err != nil {
		answer.Status = "degraded"
		answer.Reasons = append(answer.Reasons, "the store is behind the ledger; nothing is lost")
		if errs.Is(err, errs.CodeExhausted) {
			answer.Status, status = "failing", http.StatusServiceUnavailable
			answer.Reasons[0] = "the ledger cannot be written; free space on its disk"
		}
	}
	if s.cfg.Reasons != nil {
		if more := s.cfg.Reasons(); len(more) > 0 {
			answer.Reasons = append(answer.Reasons, more...)
			if answer.Status == "ok" {
				answer.Status = "degraded"
			}
		}
	}
	writeJSON(w, status, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		writeError(w, http.StatusInternalServerError, "internal", "writing a reply: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
