package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// fullFolder has a picture for every finding of the crowded run, more of them
// than a page takes.
func fullFolder() fstest.MapFS {
	folder := fstest.MapFS{}
	for i := range 500 {
		data := append([]byte(pixel), make([]byte, mostPictureBytes/mostPictures-len(pixel)-1)...)
		folder[fmt.Sprintf("%d.png", i)] = &fstest.MapFile{Data: data}
	}
	return folder
}

func pageOf(t *testing.T, told told, most amounts) string {
	t.Helper()
	s, err := newStory(told.run, told.result)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, newPage(s, fullFolder(), most)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The page keeps what it says about its size, with as much as there can be on it.
func TestPageIsBounded(t *testing.T) {
	crowded := crowdedRun()
	var out bytes.Buffer
	if err := HTML(&out, crowded.run, crowded.result, fullFolder()); err != nil {
		t.Fatal(err)
	}
	if out.Len() > mostPageBytes {
		t.Errorf("the page has %d bytes, and says that it has %d at most", out.Len(), mostPageBytes)
	}
	root, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	cards, pictures := 0, 0
	for node := range root.Descendants() {
		switch {
		case node.Data == "article":
			cards++
		case node.Data == "img":
			pictures++
		}
	}
	if pictures < 3 || cards < 20 {
		t.Errorf("%d findings and %d pictures are left on the page", cards, pictures)
	}
	text := textOf(root)
	for _, want := range []string{
		"one file of at most 5 MB",
		fmt.Sprintf("%d more findings are in results.json", 500-cards),
		"more phases are in results.json",
		"more rows are not shown",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// However much a page has to leave out, it comes below the bound in the end.
func TestLeastPageIsSmall(t *testing.T) {
	least := fullPage
	for least != least.half() {
		least = least.half()
	}
	if n := len(pageOf(t, crowdedRun(), least)); n > mostPageBytes {
		t.Errorf("the least that a page tells takes %d bytes", n)
	}
}

// A large run of ordinary texts is told whole.
func TestLargePageIsWhole(t *testing.T) {
	large := largeRun()
	var out bytes.Buffer
	if err := HTML(&out, large.run, large.result, fullFolder()); err != nil {
		t.Fatal(err)
	}
	if n := out.Len(); n > mostPageBytes {
		t.Errorf("%d bytes", n)
	}
	if n := strings.Count(out.String(), "<article "); n != 500 {
		t.Errorf("%d findings on the page, want all 500", n)
	}
	if strings.Contains(out.String(), "are not drawn") {
		t.Error("visits are missing on the time line")
	}
}

// largeRun is 200 accounts, 10,000 visits and 500 findings as services have them.
func largeRun() told {
	const accounts, visits = 200, 10_000
	t := leakRun()
	run, r := t.run, t.result
	for i := len(run.Header.Plan.Accounts); i < accounts; i++ {
		a := run.Header.Plan.Accounts[0]
		a.Name = fmt.Sprintf("user%03d", i)
		run.Header.Plan.Accounts = append(run.Header.Plan.Accounts, a)
	}
	for i := len(run.Observations); i < visits; i++ {
		o := *run.Observations[17]
		o.N, o.Account, o.Round = i+1, run.Header.Plan.Accounts[i%accounts].Name, i/accounts
		o.Start, o.End = ms(2_000+i*7), ms(2_060+i*7)
		o.Exchanges = []record.Exchange{o.Exchanges[0]}
		x := &o.Exchanges[0]
		x.Start, x.Sent, x.Answered, x.End = o.Start, o.Start, o.Start.Add(20*time.Millisecond), o.End
		run.Observations = append(run.Observations, &o)
	}
	finding := r.Findings[0]
	r.Findings = nil
	for i := range 500 {
		f := finding
		viewer := run.Observations[visits/2+i]
		f.Viewer, f.At, f.Witness = viewer.Account, viewer.Start, []int{viewer.N, 1}
		f.Fingerprint, f.Evidence = fmt.Sprintf("%016x", i), []string{fmt.Sprintf("evidence/%d.png", i)}
		f.Message = phrase.Verbatim(fmt.Sprintf("%s was shown alice's subject on inbox (body as well)", f.Viewer))
		r.Findings = append(r.Findings, f)
	}
	r.Coverage.Rate95 = &gate.Rate{Observed: 0.9, Low: 0.8, High: 1}
	r.Leaks = gate.Leaks{New: 500}
	r.Findings[0].Level = isolation.Leak
	return t
}
