package sight

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/marker"
)

// A marker is found wherever the chunks of a body part it.
func TestStreamAcrossChunks(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	f := finder(t, people(t))
	for _, body := range []string{
		"<b>" + alice + "</b>",
		"<b>" + alice[:15] + "…</b>",
		"<p>김민수님, Kim Leeds</p>",
		`"\ud83d\ude00\uc218 \\nKim \nKim"`,
		"&lt;R&amp;D&gt; &quot;A&quot; &#44608;&#48124;",
		`"{\"name\":\"\\uae40\\ubbfc\"}"` + strings.Repeat(" ", 200) + "&amp;" + strings.Repeat(" ", 100) + "김민수&quot;",
	} {
		whole := f.Find("", []byte(body))
		if len(whole) == 0 {
			t.Errorf("%s: nothing found", body)
		}
		for i := range len(body) {
			for j := i; j <= len(body); j += 1 + len(body)/20 {
				s := f.Stream("")
				for _, chunk := range []string{body[:i], body[i:j], body[j:]} {
					if n, err := s.Write([]byte(chunk)); n != len(chunk) || err != nil {
						t.Fatalf("Write = %d, %v", n, err)
					}
				}
				s.Flush()
				if diff := cmp.Diff(sorted(whole), sorted(s.Take())); diff != "" {
					t.Fatalf("%s cut at %d and %d (-whole +cut):\n%s", body, i, j, diff)
				}
			}
		}
	}
}

// What is found in pieces comes in another order: layer by layer of each piece.
func sorted(matches []Match) []Match {
	return slices.SortedFunc(slices.Values(matches), func(a, b Match) int {
		return strings.Compare(order(a), order(b))
	})
}

func order(m Match) string {
	return m.Text + "\x00" + strings.Join(append(m.Wrapping, m.Owner, m.Item), "\x00")
}

func TestStreamTake(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	s := finder(t, people(t)).Stream("text/html")
	write := func(text string) {
		if _, err := s.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(why string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, show(s.Take()), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", why, diff)
		}
	}
	write(alice + strings.Repeat(" ", 2*block))
	expect("found while the body flows", "alice's subject")
	expect("taken already")
	write("again " + alice + strings.Repeat(" ", 100))
	expect("found before")
	write("김민")
	expect("held back: it may go on")
	s.Flush()
	expect("judged at the end of a visit", "bob's name")
	write("수, Kim")
	s.Flush()
	expect("it went on after all", "alice's name", "alice's given")
	s.Flush()
	expect("flushed again")
}

// A marker that a flush parts is still found, as events of a stream may come in
// pieces and visits end at any time.
func TestStreamFlushInTheMiddle(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	f := finder(t, people(t))
	for i := range len(alice) {
		s := f.Stream("text/event-stream")
		for _, chunk := range []string{alice[:i], alice[i:]} {
			if _, err := s.Write([]byte(chunk)); err != nil {
				t.Fatal(err)
			}
			s.Flush()
		}
		got := show(s.Take())
		if len(got) == 0 || got[len(got)-1] != "alice's subject" {
			t.Errorf("flushed at %d: %q, want alice's subject at last", i, got)
		}
	}
}

// Markers far from each other are found at chunks of any size, and what is kept
// does not grow with the body.
func TestStreamLong(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	f := finder(t, people(t))
	filler := strings.Repeat(`<li>"\u003c&amp;Qq\n`+"가나다", 600)
	body := []byte(filler + alice + filler + `김민수` + filler + `\uae40\ubbfc` + filler)
	want := []string{"alice's subject", "alice's name", "bob's name (json)"}
	for _, size := range []int{1, 7, 100, 4096, 40_000, len(body)} {
		s := f.Stream("text/html")
		for chunk := range slices.Chunk(body, size) {
			if _, err := s.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		s.Flush()
		if diff := cmp.Diff(want, show(s.Take())); diff != "" {
			t.Errorf("chunks of %d (-want +got):\n%s", size, diff)
		}
		if n := cap(s.kept) + cap(s.long.values) + cap(s.long.decoded); n > 2*(block+mostBehind) {
			t.Errorf("chunks of %d: %d bytes are kept", size, n)
		}
	}
}

func TestStreamConcurrently(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	s := finder(t, people(t)).Stream("text/html")
	var group sync.WaitGroup
	group.Go(func() {
		for range 200 {
			if _, err := s.Write([]byte("&amp;" + alice)); err != nil {
				t.Error(err)
			}
		}
	})
	found := 0
	for range 200 {
		s.Flush()
		for _, m := range s.Take() {
			if !m.Cut {
				found++
			}
		}
	}
	group.Wait()
	s.Flush()
	if found += len(s.Take()); found != 1 {
		t.Errorf("found %d times, want once", found)
	}
}

// FuzzStream holds that no body makes a stream fail or hang, and that it makes no
// difference how the body is cut into chunks. The body is repeated, so that it
// comes to lie across blocks as well.
func FuzzStream(f *testing.F) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	add := func(body string, times uint16) { f.Add([]byte(body), times, uint16(5), uint16(9)) }
	add("<b>"+alice+"</b> Kim Lee", 1)
	add(alice[:13]+`… \uae40\ubbfc`, 3000)
	add("&lt;R&amp;D&gt; \\\"A\\\" &amp;#44608;민수", 1)
	add(`\ud83d\ud83d\ude00\uc218 \u{1f600}수 \x4bim`, 1)
	add(`\u0026#000000000000044608;&#92;ubbfc`, 20)
	add(b64(alice)+"\n", 4000)
	add(b64(b64(b64(b64(alice)))), 30)
	add(hexed("김민수")+"%25%45", 500)
	add(wideLE("김민수 Kim")+"\x00\x00", 5000)
	add(korea("김민수 님")+"\x01", 9000)
	add("=?euc-kr?B?"+b64(korea("김민수"))+"?= =C2=B1=\r\n", 300)
	add("김<wbr>민&shy;수 <<<b <!-- ", 2000)
	add("&amp;amp;amp;amp;amp;amp;", 4000)
	add("\x0e1h9N1h\x0f", 900)
	add("A", 65535)
	find := finder(f, people(f))
	f.Fuzz(func(t *testing.T, part []byte, times, first, second uint16) {
		const most = 3 * block
		body := bytes.Repeat(part, min(1+int(times), 1+most/max(1, len(part))))
		whole := find.Find("", body)
		s := find.Stream("")
		rest := body
		for _, size := range []uint16{first, second, first, second, first} {
			n := min(int(size), len(rest))
			s.write(rest[:n])
			rest = rest[n:]
		}
		s.write(rest)
		s.Flush()
		if diff := cmp.Diff(sorted(whole), sorted(s.Take())); diff != "" {
			t.Errorf("%.200q × %d cut behind %d and %d (-whole +cut):\n%s", part, times, first, second, diff)
		}
		for _, m := range whole {
			if m.Offset < 0 || m.Offset >= int64(len(body)) {
				t.Errorf("%.200q × %d: offset %d is outside", part, times, m.Offset)
			}
			if m.Wrapping == nil && !strings.ContainsAny(m.Text, " \n") && !bytes.HasPrefix(body[m.Offset:], []byte(m.Text)) {
				t.Errorf("%.200q × %d: %q is not at %d", part, times, m.Text, m.Offset)
			}
		}
	})
}
