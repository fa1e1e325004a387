package main

import (
	"strings"
	"testing"

	"notmine/checks/plan"
)

// The README's accepted findings are such a file.
func TestReadmeAccepted(t *testing.T) {
	for _, b := range readme(t) {
		if b.language != "yaml" || !strings.HasPrefix(b.text, "- fingerprint:") {
			continue
		}
		accepted, err := plan.ParseAccepted("accept.yaml", []byte(b.text))
		if err != nil {
			t.Fatal(err)
		}
		if len(accepted) != 1 || accepted[0].Owner == "" {
			t.Errorf("accepted: %+v", accepted)
		}
		return
	}
	t.Error("the README accepts nothing")
}
