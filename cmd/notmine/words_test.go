package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"notmine/checks/gate"
	"notmine/fixtures"
)

// words are what the scripts can say besides testscript's own:
//
//	exits CODE notmine …      run it to its end, which must have this exit code
//	serve SERVICE …           a stand-in service for the rest of the script, in $URL, $CONTROL and $PLAN
//	control PATH              POST to its control port
//	edit FILE OLD NEW         replace a text in a file, which must be there; \n is a new line
//	begin notmine …           run it beside the script …
//	until FILE REGEXP         … and wait until a file says this
//	signal INT|KILL           … send it a signal
//	ends CODE                 … wait for its end, which must have this exit code (killed, -1)
//	json FILE PATH WORD       a field of a JSON file, such as coverage.accounts
//	truthful FILE             each finding of a results.json was really served
//	findings FILE             print the findings of a results.json, as they are in the file
//	nothing-left              no browser and no folder of one is left, or soon will not be
//	watch                     put a proxy between $URL and the service, which learns its cookies and tokens
//	secretless DIR            no file holds a password of $PLAN, or a cookie or token of the service
//	secretless-processes      nor does the command line of any process
var words = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":                exits,
	"serve":                serve,
	"control":              control,
	"edit":                 edit,
	"begin":                begin,
	"until":                until,
	"signal":               signalRunning,
	"ends":                 ends,
	"json":                 jsonField,
	"truthful":             truthful,
	"findings":             findings,
	"nothing-left":         nothingLeft,
	"watch":                watch,
	"secretless":           secretless,
	"secretless-processes": secretlessProcesses,
}

// patience is how long a script waits for something that has to happen.
const patience = 2 * time.Minute

// state is what the words of one script remember.
type state struct {
	running *background
	secrets *secrets
}

type background struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	ended          chan struct{}
}

func setUp(env *testscript.Env) error {
	env.Values["state"] = &state{}
	// Proxies, colours and widths of whoever runs the tests change what is printed.
	for _, name := range []string{"NO_COLOR", "COLUMNS", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		env.Setenv(name, "")
	}
	return nil
}

func stateOf(ts *testscript.TestScript) *state { return ts.Value("state").(*state) }

// need ends the script when a word was not used as it has to be.
func need(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE command …")
	err := ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		ts.Fatalf("%v", err)
	}
	checkCode(ts, args[0], ended)
}

func checkCode(ts *testscript.TestScript, want string, ended *exec.ExitError) {
	code := 0
	if ended != nil {
		code = ended.ExitCode()
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// start runs a command beside the script, as the script would.
func start(ts *testscript.TestScript, args []string, stdout, stderr interface{ Write([]byte) (int, error) }) *exec.Cmd {
	path, err := exec.LookPath(args[0]) // testscript puts its commands into the process's PATH
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"), "GITHUB_ACTIONS=")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "serve SERVICE …")
	cmd := start(ts, append([]string{"notmine", "fixture"}, args...), nil, os.Stderr)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
		if err := cmd.Wait(); err != nil {
			ts.Fatalf("the service did not end well: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	var at struct{ URL, Control, Plan string }
	ts.Check(json.Unmarshal(line, &at))
	ts.Setenv("URL", at.URL)
	ts.Setenv("CONTROL", at.Control)
	ts.Setenv("PLAN", at.Plan)
	// Two phases on the first three views are enough for what is told of a run.
	text := ts.ReadFile(at.Plan)
	if from, to := strings.Index(text, "  # a kept draft"), strings.Index(text, "\nact:"); from >= 0 && to > from {
		ts.Check(os.WriteFile(at.Plan, []byte(text[:from]+text[to:]), 0o600))
	}
	edit(ts, false, []string{at.Plan, `\npass:`, `\nphases:\n  - {order: solo, rounds: 2}\n  - {order: together, rounds: 30}\n\npass:`})
}

func control(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "control PATH")
	res, err := http.Post(ts.Getenv("CONTROL")+args[0], "", nil)
	ts.Check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		ts.Fatalf("POST %s: %s", args[0], res.Status)
	}
}

func edit(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "edit FILE OLD NEW")
	text, old, replacement := ts.ReadFile(args[0]), strings.ReplaceAll(args[1], `\n`, "\n"), strings.ReplaceAll(args[2], `\n`, "\n")
	if !strings.Contains(text, old) {
		ts.Fatalf("%q is not in %s", old, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, old, replacement)), 0o600))
}

func begin(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "begin command …")
	b := &background{ended: make(chan struct{})}
	b.cmd = start(ts, args, &b.stdout, &b.stderr)
	ts.Check(b.cmd.Start())
	go func() {
		b.cmd.Wait() // its exit code is asked for by ends
		close(b.ended)
	}()
	ts.Defer(func() {
		b.cmd.Process.Kill() // it may have ended long ago
		<-b.ended
	})
	stateOf(ts).running = b
}

// eventually asks until the answer is yes, for as long as patience lasts.
func eventually(ask func() bool) bool {
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-deadline:
			return false
		case <-tick.C:
		}
	}
	return true
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "until FILE REGEXP")
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	b := stateOf(ts).running
	over := false
	if !eventually(func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && pattern.Match(data) {
			return true
		}
		select {
		case <-b.ended:
			over = true
		default:
		}
		return over
	}) {
		ts.Fatalf("%s never said %s", args[0], args[1])
	}
	if over {
		ts.Fatalf("it ended before %s said %s:\n%s%s", args[0], args[1], b.stdout.Bytes(), b.stderr.Bytes())
	}
}

func signalRunning(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "signal INT|KILL")
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	ts.Check(stateOf(ts).running.cmd.Process.Signal(signals[args[0]]))
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "ends CODE")
	b := stateOf(ts).running
	select {
	case <-b.ended:
	case <-time.After(patience):
		ts.Fatalf("it did not end within %v", patience)
	}
	fmt.Fprint(ts.Stdout(), b.stdout.String())
	fmt.Fprint(ts.Stderr(), b.stderr.String())
	if code := b.cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH WORD")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &value))
	for name := range strings.SplitSeq(args[1], ".") {
		object, _ := value.(map[string]any) // a nil map has no field either
		field, ok := object[name]
		if !ok {
			ts.Fatalf("%s: there is no %s in %s", args[0], name, args[1])
		}
		value = field
	}
	if got := fmt.Sprint(value); (got == args[2]) == neg {
		ts.Fatalf("%s: %s is %s", args[0], args[1], got)
	}
}

func results(ts *testscript.TestScript, file string) gate.Result {
	var result gate.Result
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &result))
	return result
}

// truthful holds each leak that was found against what the service says that
// it served.
func truthful(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "truthful FILE")
	res, err := http.Get(ts.Getenv("CONTROL") + "/truth")
	ts.Check(err)
	defer res.Body.Close()
	var truth fixtures.Report
	ts.Check(json.NewDecoder(res.Body).Decode(&truth))
	served := map[[2]string]bool{}
	for _, leak := range truth.Leaks {
		served[[2]string{leak.Viewer, leak.Owner}] = true
	}
	// What carries a list, in the page or by itself, and what it leaks.
	surfaces := map[string]bool{"text": true, "body": true, "stream": true}
	items := map[string]bool{"": true, "subject": true, "letter": true, "memo": true, "#list tr": true}
	leaks := 0
	for _, f := range results(ts, args[0]).Findings {
		if f.Level != "leak" {
			continue
		}
		leaks++
		switch {
		case f.Viewer == f.Owner || !served[[2]string{f.Viewer, f.Owner}]:
			ts.Fatalf("never served: %s shows %s what is %s's: %s", f.Check, f.Viewer, f.Owner, f.Message)
		case f.View != "inbox":
			ts.Fatalf("view %s: %s", f.View, f.Message)
		case !surfaces[f.Surface], !items[f.Item]:
			ts.Fatalf("%s in %s: %s", f.Item, f.Surface, f.Message)
		}
	}
	if leaks == 0 {
		ts.Fatalf("no leak in %s", args[0])
	}
}

func findings(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "findings FILE")
	var file struct{ Findings json.RawMessage }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	fmt.Fprintf(ts.Stdout(), "%s\n", file.Findings)
}

// nothingLeft waits for the end of the browsers that the script's notmine
// started, and of their folders.
func nothingLeft(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0, "nothing-left")
	folders := filepath.Join(ts.Getenv("TMPDIR"), "notmine-browser-*")
	var left []string
	if !eventually(func() bool {
		left, _ = filepath.Glob(folders) // the pattern is well-formed
		for _, line := range commandLines() {
			if strings.Contains(line, filepath.Join(ts.Getenv("TMPDIR"), "notmine-browser-")) {
				left = append(left, line)
			}
		}
		return len(left) == 0
	}) {
		ts.Fatalf("left behind: %q", left)
	}
}
