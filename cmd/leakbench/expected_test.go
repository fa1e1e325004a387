package main

import (
	"testing"

	"notmine/checks/cause"
	"notmine/fixtures/catalog"
)

// Every fault of the corpus is expected, and nothing else.
func TestExpectedIsWhatThereIs(t *testing.T) {
	there := map[string]bool{}
	for _, s := range catalog.Services {
		if s.Name == "surfaces" {
			continue
		}
		for _, f := range s.Faults {
			name := s.Name + "/" + f.Name
			there[name] = true
			e := expected[name]
			if len(e.causes) == 0 {
				t.Errorf("%s: no cause is right for it", name)
			}
			if (len(e.causes) > 1) != (e.why != "") {
				t.Errorf("%s: right are %v, because %q", name, e.causes, e.why)
			}
			if f.Window == 0 && e.timing {
				t.Errorf("%s has no window, and cannot be of timing", name)
			}
		}
	}
	for name := range expected {
		if !there[name] {
			t.Errorf("%s: no service has such a fault", name)
		}
	}
}

func TestCauseNamed(t *testing.T) {
	e := either(cause.LastWriter, cause.SharedAtOnce, nearlyAtOnce)
	for _, test := range []struct {
		causes []string
		want   string
		wrong  int
	}{
		{nil, "", 0},
		{[]string{cause.Unknown}, unknownCause, 0},
		{[]string{cause.Unknown, cause.SharedAtOnce}, rightCause, 0},
		{[]string{cause.LastWriter, cause.Unknown, cause.SharedAtOnce}, rightCause, 0},
		{[]string{cause.LastWriter, cause.SharedCache}, wrongCause, 1},
		{[]string{cause.Unknown, cause.Swapped, cause.SharedCache}, wrongCause, 2},
	} {
		if got := e.named(test.causes); got != test.want || len(e.wrong(test.causes)) != test.wrong {
			t.Errorf("%q: %q with %q wrong, want %q with %d", test.causes, got, e.wrong(test.causes), test.want, test.wrong)
		}
	}
}
