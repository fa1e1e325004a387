package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks/marker"
	"notmine/checks/plan"
)

// tool returns the path of a program; without it there is nothing to run.
func tool(t *testing.T, name string) (path string, ok bool) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("%s is not on this machine", name)
	}
	return path, err == nil
}

func TestCurlRuns(t *testing.T) {
	sh, ok := tool(t, "sh")
	if _, has := tool(t, "curl"); !ok || !has {
		return
	}
	for _, fixed := range []bool{false, true} {
		_, target := newMailbox(t, fixed)
		text := Curl(parse(t, byHand), mailPlan(target), "list")
		for _, secret := range []string{"pass word", "alice", "bob"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in it", secret)
			}
		}
		dir := t.TempDir()
		picture := filepath.Join(dir, "photo.png")
		png, err := marker.Picture(marker.Mint("alice", "photo", 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(picture, png, 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), sh)
		c.Stdin = strings.NewReader(text)
		c.Env = append(os.Environ(), "TMPDIR="+dir, "ROUNDS=2", "no_proxy=127.0.0.1",
			"VIEWER_LOGIN=alice", "VIEWER_PASSWORD="+passwordOf("alice"), "VIEWER_PICTURE_PHOTO="+picture,
			"OWNER_LOGIN=bob", "OWNER_PASSWORD="+passwordOf("bob"), "OWNER_PICTURE_PHOTO="+picture)
		out, err := c.CombinedOutput()
		if want := map[bool]string{false: "was given the", true: "not in 2 rounds"}[fixed]; !strings.Contains(string(out), want) || (err == nil) != fixed {
			t.Errorf("fixed: %v: %v\n%s\n%s", fixed, err, out, text)
		}
	}
}

// Whatever stands in a script, nothing of it is run.
func TestCurlQuotes(t *testing.T) {
	sh, ok := tool(t, "sh")
	if !ok {
		return
	}
	dir := t.TempDir()
	hostile := "'; touch " + dir + "/run; echo $(touch " + dir + "/run) `touch " + dir + "/run` \"\\\n# {{login}}"
	p := &plan.Plan{Target: "http://target.test", Timeout: 1, Views: []plan.View{{Name: "a\ntouch " + dir + "/run"}}}
	view := p.Views[0].Name
	s := &Script{Views: map[string][]Request{view: {{
		Method: "POST", URL: "/" + hostile, Header: map[string]string{"X-A": strings.ReplaceAll(hostile, "\n", "")}, Body: hostile,
		Captures: map[string]Place{
			hostile: {After: hostile, Before: hostile}, "b": {JSON: "/" + hostile}, "c": {Field: hostile}, "d": {Link: hostile},
			"e": {Cookie: hostile}, "f": {Header: hostile}, "g": {Header: hostile, After: hostile},
		},
	}, {
		Method: "POST", URL: "/x", Parts: []Part{{Name: hostile, Value: hostile}, {Name: hostile, File: hostile, Data: "eA=="}, {Name: "p", Picture: hostile}},
	}}}}
	text := Curl(s, p, view)
	check := exec.CommandContext(t.Context(), sh, "-n")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}
	// With a curl that does nothing, all of it can be run.
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "curl"), []byte("#!/bin/sh\nprintf 200\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), sh)
	c.Stdin = strings.NewReader(text)
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "ROUNDS=1", "TMPDIR="+dir, "VIEWER_OWN=one", "OWNER_OWN=another")
	for _, role := range []string{"VIEWER_", "OWNER_"} {
		c.Env = append(c.Env, role+"LOGIN=$(touch "+dir+"/run)", role+strings.ToUpper(plainly("PICTURE", hostile))+"=x")
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("something of it was run")
	}
}
