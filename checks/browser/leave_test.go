package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/sight"
)

// childEnv makes the test program a notmine that comes to a bad end.
const childEnv = "NOTMINE_TEST_ENDS_BY"

func TestMain(m *testing.M) {
	if how := os.Getenv(childEnv); how != "" {
		endBadly(how)
	}
	os.Exit(m.Run())
}

// endBadly drives a browser until it panics or is killed.
func endBadly(how string) {
	finder, err := sight.NewFinder(marker.NewLedger(1, nil))
	if err != nil {
		panic(err)
	}
	p := planOf("http://127.0.0.1:1")
	d, err := New(context.Background(), Config{Plan: p, Finder: finder})
	if err != nil {
		panic(err)
	}
	s, err := d.Open(context.Background(), p.Accounts[0])
	if err != nil {
		panic(err)
	}
	fmt.Println(s.(*Session).line.Addr())
	io.ReadAll(os.Stdin) // the test says when
	if how == "panic" {
		panic("on purpose")
	}
}

// ownFolder gives the test a folder for temporary files of its own.
func ownFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

// browsers returns the processes that name a folder in their command line.
func browsers(t *testing.T, dir string) (pids []int) {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range entries {
		line, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(line), dir) {
			continue // gone, or none of ours
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// mainBrowser returns the process of the browser itself: the first below the
// driver's nth keeper that is no shell, for some systems wrap it in a script.
func mainBrowser(t *testing.T, d *Driver, n int) int {
	t.Helper()
	pid := d.Processes()[n]
	for {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains([]string{"sh", "dash", "bash", "busybox"}, filepath.Base(exe)) {
			return pid
		}
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil {
			t.Fatal(err)
		}
		if pid, err = strconv.Atoi(strings.Fields(string(children))[0]); err != nil {
			t.Fatal(err)
		}
	}
}

// nothingRemains waits until no process uses the folder and nothing is in it.
func nothingRemains(t *testing.T, dir string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			files, _ := filepath.Glob(dir + "/*")
			t.Logf("processes %v, files %q", browsers(t, dir), files)
		}
	}()
	eventually(t, "the browser's processes end", func() bool { return len(browsers(t, dir)) == 0 })
	eventually(t, "the browser's folder goes", func() bool {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(left) == 0
	})
}

func refused(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	c.Close()
	return false
}

func TestNothingIsLeftAfterClose(t *testing.T) {
	dir := ownFolder(t)
	site := newSite(t, map[string]string{"/": `<p>page</p>`}, nil)
	d, err := New(t.Context(), Config{Plan: planOf(site.URL), Finder: known(t)})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for n := range 2 {
		s := opened(t, d, n)
		if err := s.do(t, plan.Goto, "/"); err != nil {
			t.Error(err)
		}
		lines = append(lines, s.line.Addr())
	}
	if len(browsers(t, dir)) == 0 || refused(lines[0]) {
		t.Fatal("the test does not see the browser and its lines")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	for _, line := range lines {
		if !refused(line) {
			t.Errorf("the line at %s still listens", line)
		}
	}
	if left := browsers(t, dir); len(left) > 0 {
		t.Logf("still ending after Close: %v", left)
	}
	nothingRemains(t, dir)
	if _, err := d.Open(t.Context(), d.plan.Accounts[0]); err == nil {
		t.Error("a closed driver opened a session")
	}
	if err := d.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestNothingIsLeftAfterAFailedStart(t *testing.T) {
	silent := filepath.Join(t.TempDir(), "silent-browser")
	if err := os.WriteFile(silent, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/bin/false", "/bin/cat", "/bin/true"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir := ownFolder(t)
			d, err := New(t.Context(), Config{Plan: planOf("http://127.0.0.1:1"), Finder: known(t), Path: path})
			if err == nil || d != nil {
				t.Fatalf("%s was a browser: %v", path, err)
			}
			if !strings.Contains(err.Error(), "starting the browser") {
				t.Errorf("the error says %q", err)
			}
			nothingRemains(t, dir)
		})
	}
	t.Run("one that says nothing", func(t *testing.T) {
		dir := ownFolder(t)
		p, err := launch(silent, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.version(t.Context(), 100*time.Millisecond); !errors.As(err, &errLate{}) {
			t.Errorf("got %v, want that it is late", err)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		nothingRemains(t, dir)
	})
	t.Run("no such file", func(t *testing.T) {
		dir := ownFolder(t)
		if _, err := New(t.Context(), Config{Plan: planOf("http://127.0.0.1:1"), Finder: known(t), Path: filepath.Join(dir, "none")}); err == nil {
			t.Error("started a browser that is not there")
		}
		nothingRemains(t, dir)
	})
}

func TestADeadBrowserIsReplaced(t *testing.T) {
	dir := ownFolder(t)
	site := newSite(t, map[string]string{"/": `<p id=text>page</p>`}, nil)
	d, err := New(t.Context(), Config{Plan: planOf(site.URL), Finder: known(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := opened(t, d, 0)
	if err := s.do(t, plan.Goto, "/"); err != nil {
		t.Fatal(err)
	}
	waits := make(chan error, 1)
	go func() {
		_, err := s.looked(context.WithoutCancel(t.Context()), plan.View{Name: "v", Steps: stepsOf(plan.Wait, "#never")})
		waits <- err
	}()
	if err := syscall.Kill(mainBrowser(t, d, 0), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var died *crowd.DiedError
	if err := <-waits; !errors.As(err, &died) {
		t.Errorf("the visit under way: got %v, want a DiedError", err)
	}
	if err := s.do(t, plan.Goto, "/"); !errors.As(err, &died) {
		t.Errorf("the next step: got %v, want a DiedError", err)
	}
	if err := s.Rest(t.Context()); !errors.As(err, &died) {
		t.Errorf("leaving the page: got %v, want a DiedError", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing the dead session: %v", err)
	}
	again := opened(t, d, 0)
	if again.process == s.process {
		t.Error("the new session is in the dead browser")
	}
	if err := again.do(t, plan.Goto, "/", plan.Wait, "#text"); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	nothingRemains(t, dir)
}

// A renderer that crashes takes its own session along, and no other.
func TestADeadPage(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<p id=text>page</p>`}, nil)
	p := planOf(site.URL)
	p.Timeout /= 10
	d := started(t, p, nil)
	s, other := opened(t, d, 0), opened(t, d, 1)
	for _, s := range []*Session{s, other} {
		if err := s.do(t, plan.Goto, "/"); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, plan.Goto, "chrome://crash") // how it fails is the browser's affair
	var died *crowd.DiedError
	if err := s.do(t, plan.Wait, "#text"); !errors.As(err, &died) {
		t.Errorf("got %v, want a DiedError", err)
	}
	if err := other.do(t, plan.Wait, "#text"); err != nil {
		t.Errorf("the other session: %v", err)
	}
}

func TestNothingIsLeftAfterABadEnd(t *testing.T) {
	for _, how := range []string{"panic", "kill"} {
		t.Run(how, func(t *testing.T) {
			dir := ownFolder(t)
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childEnv+"="+how)
			stdin, err := child.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var complaint strings.Builder
			child.Stderr, child.WaitDelay = &complaint, 10*time.Second
			stdout, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			defer child.Process.Kill()
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				child.Wait()
				t.Fatalf("the child did not start a browser: %v: %s", err, complaint.String())
			}
			line = strings.TrimSpace(line)
			pids := browsers(t, dir)
			if len(pids) == 0 || refused(line) {
				t.Fatal("the test does not see the child's browser and its line")
			}
			if how == "kill" {
				child.Process.Kill()
			}
			stdin.Close()
			if err := child.Wait(); err == nil {
				t.Error("the child came to a good end")
			}
			nothingRemains(t, dir)
			if !refused(line) {
				t.Errorf("the line at %s still listens", line)
			}
			for _, pid := range pids {
				if now := browsers(t, dir); slices.Contains(now, pid) {
					t.Errorf("process %d is still there", pid)
				}
			}
		})
	}
}

func TestDownloadsStayWithTheBrowser(t *testing.T) {
	dir := ownFolder(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Chdir(home)
	site := newSite(t, map[string]string{"/": `<a id=save href=/file>save</a>`}, map[string]http.HandlerFunc{
		"/file": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", `attachment; filename="../../escaped.txt"`)
			io.WriteString(w, "the download")
		},
	})
	d, err := New(t.Context(), Config{Plan: planOf(site.URL), Finder: known(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := opened(t, d, 0)
	if err := s.do(t, plan.Goto, "/", plan.Click, "#save"); err != nil {
		t.Fatal(err)
	}
	holding := func(root string) (files []string) {
		filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
			if err != nil || !info.Mode().IsRegular() {
				return nil // the browser tidies up meanwhile
			}
			if body, err := os.ReadFile(path); err == nil && string(body) == "the download" {
				files = append(files, path)
			}
			return nil
		})
		return files
	}
	eventually(t, "the download is there", func() bool { return len(holding(s.process.dir)) == 1 })
	for _, root := range []string{dir, home} {
		for _, file := range holding(root) {
			if !strings.HasPrefix(file, s.process.dir+"/") {
				t.Errorf("the download came to %s", file)
			}
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	nothingRemains(t, dir)
}
