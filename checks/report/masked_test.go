package report

import (
	"bytes"
	"strings"
	"testing"

	"notmine/checks/plan"
)

func TestMaskedAddress(t *testing.T) {
	run := newRun(nil)
	masked, full := &story{run: run}, &story{run: fullRun().run}
	for written, want := range map[string]string{
		"http://mail.example.test/inbox":              "http://mail.example.test/inbox",
		"http://mail.example.test/inbox?id=7&q=Alice": "http://mail.example.test/inbox?id=…&q=…",
		"http://mail.example.test/inbox?Alice":        "http://mail.example.test/inbox?…",
		"http://mail.example.test/inbox?a=1#Alice":    "http://mail.example.test/inbox?a=…",
		"http://mail.example.test/inbox#Alice":        "http://mail.example.test/inbox",
		"http://mail.example.test/%zz?id=Alice":       "http://mail.example.test/%zz?…",
		"":                                            "",
	} {
		if got := masked.address(written); got != want {
			t.Errorf("%s is shown as %s, want %s", written, got, want)
		}
		if got := full.address(written); got != written {
			t.Errorf("%s is shown as %s in full", written, got)
		}
	}
}

func fullRun() told {
	told := leakRun()
	told.run.Header.Plan.Evidence = plan.Full
	return told
}

// A masked report shows nothing of the target but what leaked and the names that
// the plan knows; one in full shows all.
func TestMasked(t *testing.T) {
	const secret = "Mr. Somebody's medical bill"
	told := leakRun()
	for _, o := range told.run.Observations {
		o.Title, o.Identity, o.URL = secret, secret, "http://mail.example.test/inbox?q=medical"
		o.Parts = map[string][]string{"#list": {secret}}
		for i := range o.Exchanges {
			o.Exchanges[i].URL += "?q=medical"
		}
	}
	for _, evidence := range plan.Evidences {
		told.run.Header.Plan.Evidence = evidence
		for name, write := range formats {
			var out bytes.Buffer
			if err := write(&out, told); err != nil {
				t.Fatal(err)
			}
			shows := strings.Contains(out.String(), "medical")
			if name == "html" && shows != (evidence == plan.Full) || shows && evidence != plan.Full {
				t.Errorf("%s, %s: shows what did not leak: %v", name, evidence, shows)
			}
		}
	}
	s := &story{run: newRun(nil)}
	for name, want := range map[string]string{"": "", "Welcome, alice!": "Welcome, alice!", "Mallory": "(covered)", strings.Repeat("x", 80) + "alice": "(covered)"} {
		if got := s.nameShown(name).String(); got != want {
			t.Errorf("the name %q is shown as %q", name, got)
		}
	}
}
