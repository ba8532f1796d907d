package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/project"
)

// configChanges says what of a luodi.yaml differs for a running gateway:
// "models +qwen-max; budgets ~department service/month (3000 CNY → 50 CNY)".
// "" where nothing does. No key is in it.
func configChanges(before, after *project.Project) string {
	var out []string
	for _, s := range []struct {
		section string
		of      func(*project.Project) map[string]string
	}{{"models", modelTexts}, {"routes", routeTexts}, {"scenarios", scenarioTexts}, {"budgets", budgetTexts}, {"guards", guardTexts}} {
		if d := textChanges(s.of(before), s.of(after), s.section == "budgets"); d != "" {
			out = append(out, s.section+" "+d)
		}
	}
	return strings.Join(out, "; ")
}

// textChanges marks the names that came with +, went with - and changed with ~.
func textChanges(before, after map[string]string, show bool) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		old, had := before[name]
		switch now := after[name]; {
		case !had && show:
			out = append(out, "+"+name+" ("+now+")")
		case !had:
			out = append(out, "+"+name)
		case old != now && show:
			out = append(out, "~"+name+" ("+old+" → "+now+")")
		case old != now:
			out = append(out, "~"+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, has := after[name]; !has {
			out = append(out, "-"+name)
		}
	}
	return strings.Join(out, ", ")
}

func modelTexts(p *project.Project) map[string]string {
	out := map[string]string{}
	for _, m := range p.Models {
		e, err := p.Entry(m.Name)
		text := fmt.Sprint(err, m.PII)
		if e.Price != nil { // behind a pointer
			text += fmt.Sprintf("%+v", *e.Price)
		}
		if e.Hosting != nil {
			text += fmt.Sprintf("%+v", *e.Hosting)
		}
		e.Price, e.Hosting = nil, nil
		out[m.Name] = fmt.Sprintf("%+v %s %s", e, e.Key.Reveal(), text) // compared, never shown
	}
	return out
}

func routeTexts(p *project.Project) map[string]string {
	out := map[string]string{}
	for _, r := range p.Routes {
		out[r.Name] = fmt.Sprintf("%+v", r)
	}
	return out
}

func scenarioTexts(p *project.Project) map[string]string {
	out := map[string]string{}
	for _, s := range p.Scenarios {
		out[s.Name] = fmt.Sprintf("%+v", s)
	}
	return out
}

func budgetTexts(p *project.Project) map[string]string {
	out := map[string]string{}
	for _, b := range p.Budgets {
		name := "organisation"
		switch {
		case b.Scenario != "":
			if name = "scenario " + b.Scenario; b.Department != "" {
				name += " of department " + b.Department
			}
		case b.Department != "":
			name = "department " + b.Department
		}
		text := b.Limit.String()
		if b.Alert > 0 {
			text += fmt.Sprintf(", alert %d%%", b.Alert)
		}
		if b.Degrade != "" {
			text += ", then " + b.Degrade
		}
		out[name+"/"+b.Per] = text
	}
	return out
}

func guardTexts(p *project.Project) map[string]string {
	out := map[string]string{}
	for _, g := range p.Guards {
		g.Rule = nil
		out[g.Name] = fmt.Sprintf("%+v", g)
	}
	return out
}
