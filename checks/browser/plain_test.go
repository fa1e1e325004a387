package browser

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// A session without a browser asks for what the page asked for, with the
// browser's cookies, and is seen to be given what the page was.
func TestPlain(t *testing.T) {
	site := newSite(t, map[string]string{
		"/login": `<script>document.cookie = 'sid=of-alice; path=/'</script><p id=in>in</p>`,
		"/inbox": `<link rel=stylesheet href=/style><p id=list></p><script>fetch('/api/list').then(r => r.text()).then(t => list.textContent = t)</script>`,
	}, map[string]http.HandlerFunc{
		"/api/list": func(w http.ResponseWriter, r *http.Request) {
			if c, err := r.Cookie("sid"); err != nil || c.Value != "of-alice" {
				http.Error(w, "who?", http.StatusForbidden)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `"mark-list"`)
		},
		"/style": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			w.Header().Set("Cache-Control", "no-store")
			io.WriteString(w, "p {}")
		},
	})
	p := planOf(site.URL)
	p.Phases = []plan.Phase{{Order: plan.Together, HTTP: 1}}
	s := opened(t, started(t, p, known(t, "mark-list")), 0)
	inbox := plan.View{Name: "inbox", Steps: stepsOf(plan.Goto, "/inbox", plan.See, [2]string{"#list", "mark-list"})}
	beside, err := s.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	visit := crowd.Visit{View: inbox, Trace: "00-00000000000000000000000000000001-0000000000000001-01"}
	if o, err := beside.Visit(t.Context(), visit); o != nil || !errors.As(err, new(*crowd.NotPossibleError)) {
		t.Errorf("before the browser was there: %v, %v", o, err)
	}
	if err := s.do(t, plan.Goto, "/login", plan.Wait, "#in"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.looked(t.Context(), inbox); err != nil {
		t.Fatal(err)
	}
	styles := site.hit("/style")
	for range 3 {
		o, err := beside.Visit(t.Context(), visit)
		if err != nil {
			t.Fatal(err)
		}
		wantOwners(t, o, record.Body, "mark-list")
		if len(o.Exchanges) != 2 || o.Status != 200 || o.Exchanges[0].Trace != visit.Trace || o.End.Before(o.Start) {
			t.Errorf("status %d, exchanges %+v", o.Status, o.Exchanges)
		}
	}
	if site.hit("/inbox") != 4 || site.hit("/api/list") != 4 || site.hit("/style") != styles {
		t.Errorf("hits: %v", site.hits)
	}

	// Who comes next in the browser has visited nothing yet.
	if err := s.Become(p.Accounts[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := beside.Visit(t.Context(), visit); !errors.As(err, new(*crowd.NotPossibleError)) {
		t.Errorf("after the browser was handed over: %v", err)
	}
}

// A document that is answered in another way than the browser's was is no look
// at the view.
func TestPlainIsRefused(t *testing.T) {
	refuse := false
	site := newSite(t, nil, map[string]http.HandlerFunc{
		"/inbox": func(w http.ResponseWriter, r *http.Request) {
			if refuse {
				http.Redirect(w, r, "/login", http.StatusFound)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>mark-list")
		},
	})
	p := planOf(site.URL)
	p.Phases = []plan.Phase{{Order: plan.Together, HTTP: 1}}
	s := opened(t, started(t, p, known(t, "mark-list")), 0)
	inbox := plan.View{Name: "inbox", Steps: stepsOf(plan.Goto, "/inbox")}
	if _, err := s.looked(t.Context(), inbox); err != nil {
		t.Fatal(err)
	}
	beside, err := s.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	refuse = true
	o, err := beside.Visit(t.Context(), crowd.Visit{View: inbox})
	if o == nil || !errors.As(err, new(*crowd.TargetError)) || o.Status != http.StatusFound {
		t.Errorf("refused: %+v, %v", o, err)
	}
}
