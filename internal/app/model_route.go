package app

import (
	"net"
	"net/url"
	"strings"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/project"
)

// modelRoutes serves every configured model under its own name, and the
// project's routes over them. A route without a configured model is left out.
func (a *App) modelRoutes() ([]gateway.Route, error) {
	var out []gateway.Route
	upstreams := map[string]*gateway.Upstream{}
	for _, m := range a.Project.Models {
		ep, err := a.endpoint(m.Name)
		if err != nil {
			return nil, err
		}
		if ep.Configured {
			upstreams[m.Name] = a.upstream(ep)
			out = append(out, gateway.Route{Name: m.Name, Targets: []gateway.Target{{Upstream: upstreams[m.Name]}}})
		}
	}
	for _, r := range a.Project.Routes {
		route := gateway.Route{Name: r.Name, Hedge: r.Hedge}
		for i, name := range r.Models {
			if u := upstreams[name]; u != nil {
				t := gateway.Target{Upstream: u}
				if len(r.Weights) > 0 {
					t.Weight = r.Weights[i]
				}
				route.Targets = append(route.Targets, t)
			}
		}
		route.Balanced = len(route.Targets)
		for _, name := range r.Fallback {
			if u := upstreams[name]; u != nil {
				route.Targets = append(route.Targets, gateway.Target{Upstream: u})
			}
		}
		if len(route.Targets) > 0 {
			out = append(out, route)
		}
	}
	return out, nil
}

// pii is what becomes of personal data and secrets in calls of a model: what
// luodi.yaml says, else they are masked unless the model runs in the own
// network.
func (a *App) pii(ep catalog.Endpoint) string {
	if m, ok := a.Project.Model(ep.Name); ok && m.PII != "" {
		return m.PII
	}
	if ownNetwork(ep.BaseURL) {
		return project.PIIAllow
	}
	return project.PIIMask
}

// ownNetwork reports whether an address is loopback, private, or a name that
// only a local resolver knows. Names are not looked up.
func ownNetwork(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	return host != "" && !strings.Contains(host, ".")
}
