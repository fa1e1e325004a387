package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// A view that waits for nothing is read when its document is there, not when it
// begins; one that never ends is read as far as it came, and said to be.
func TestTheWholeDocumentIsRead(t *testing.T) {
	asked := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/held.js": // the document waits for its script, and by then has been committed
			close(asked)
			return
		case "/slow":
			io.WriteString(w, "<p>the beginning</p><script src=/held.js></script>")
			w.(http.Flusher).Flush()
			<-asked
			io.WriteString(w, "<p>mark-late</p>")
		case "/endless":
			io.WriteString(w, "<p>mark-early</p>")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(site.Close)
	t.Cleanup(site.CloseClientConnections)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-late", "mark-early")), 0)
	for _, test := range []struct {
		path, found string
		missed      []string
	}{
		{"/slow", " mark-late", nil},
		{"/endless", " mark-early", []string{"still coming"}},
	} {
		o, err := s.looked(t.Context(), plan.View{Name: "view", Steps: stepsOf(plan.Goto, test.path)})
		if err != nil {
			t.Fatal(err)
		}
		wantAt(t, o, record.Text, test.found)
		wantMissed(t, o, record.Text, test.missed...)
	}
}
