package checks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"notmine/checks/plan"
)

func TestEventCommand(t *testing.T) {
	dir := t.TempDir()
	p := &plan.Plan{File: filepath.Join(dir, "mail.yaml")}
	if err := do(t.Context(), p, plan.Event{Run: "echo done > failed.over"}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "failed.over")); err != nil || string(text) != "done\n" {
		t.Errorf("the command left %q (%v) in the plan's folder", text, err)
	}
	err := do(t.Context(), p, plan.Event{Run: "echo the switch is stuck >&2; exit 3"})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "the switch is stuck") {
		t.Errorf("a command that failed: %v", err)
	}
}

// A command that goes on for ever ends with its time, and what it started with it.
func TestEventCommandIsLate(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for { // until the command has begun
			if text, err := os.ReadFile(pid); err == nil && strings.HasSuffix(string(text), "\n") {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	err := do(ctx, &plan.Plan{File: pid}, plan.Event{Run: "sleep 600 & echo $! > pid; wait"})
	if err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("a command that was cut short: %v", err)
	}
	text, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	child := strings.TrimSpace(string(text))
	for range 1000 { // a killed process is there until somebody has asked how it ended
		stat, err := os.ReadFile("/proc/" + child + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("process %s goes on", child)
}

func TestEventRequest(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		if r.URL.Path == "/stuck" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	call := func(url string) error {
		return do(t.Context(), &plan.Plan{}, plan.Event{HTTP: &plan.Call{
			Method: "PUT", URL: plan.NewSecret(url), Headers: map[string]plan.Secret{"Authorization": plan.NewSecret("Bearer key")},
		}})
	}
	if err := call(server.URL + "/failover?token=secret"); err != nil || len(asked) != 1 || asked[0] != "PUT /failover?token=secret Bearer key" {
		t.Errorf("asked %q, error %v", asked, err)
	}
	if err := call(server.URL + "/stuck?token=secret"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("an answer that is an error: %v", err)
	}
	server.Close()
	for _, url := range []string{server.URL + "/?token=secret", "http://127.0.0.1:1/%zz?token=secret"} {
		if err := call(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("a request that cannot be sent: %v", err)
		}
	}
}
