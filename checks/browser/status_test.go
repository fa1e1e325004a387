package browser

import (
	"net/http"
	"testing"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

// A visit that loads no document has the status of the one that is open.
func TestStatusOfAnOpenPage(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<button id=more onclick="this.textContent = 'open'">more</button>`}, map[string]http.HandlerFunc{
		"/away": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte(`<!doctype html><button id=more onclick="this.textContent = 'open'">more</button>`))
		},
	})
	p := planOf(site.URL)
	views := map[string]plan.View{}
	for name, path := range map[string]string{"list": "/", "closed": "/away"} {
		views[name] = plan.View{Name: name, Steps: stepsOf(plan.Goto, path, plan.Wait, "#more")}
		views[name+"-item"] = plan.View{Name: name + "-item", After: name, Steps: stepsOf(plan.Click, "#more")}
		p.Views = append(p.Views, views[name], views[name+"-item"])
	}
	s := opened(t, started(t, p, nil), 0)
	for _, tt := range []struct {
		view string
		want int
	}{
		{"list", 200}, {"list-item", 200}, // from where it stands
		{"closed-item", 503}, // by the way that leads there
		{"closed", 503}, {"closed-item", 503}, {"list-item", 200},
	} {
		o, err := s.looked(t.Context(), views[tt.view])
		if err != nil || o.Status != tt.want {
			t.Errorf("%s: status %d, %v; want %d", tt.view, o.Status, err, tt.want)
		}
	}
	o, err := s.Visit(t.Context(), crowd.Visit{View: views["list"], How: crowd.Stay, Vars: p.Vars(&p.Accounts[0], nil, nil)})
	if err != nil || o.Status != 200 {
		t.Errorf("the page as it stands: status %d, %v", o.Status, err)
	}
	if err := s.Rest(t.Context()); err != nil || s.status != 0 {
		t.Errorf("at rest: status %d, %v", s.status, err)
	}
}
