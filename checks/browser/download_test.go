package browser

import (
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// scattered is a body that does not compress, with a place at the beginning,
// at the end, and across every multiple of a number of bytes in between. It
// returns the places, too.
func scattered(size, every, first int) (body []byte, owners []string) {
	body = make([]byte, size)
	mathrand.NewChaCha8([32]byte{}).Read(body) // never fails
	copy(body, places[first]+"\n")
	last := first + 1
	for ; (last-first)*every < size-every; last++ {
		copy(body[(last-first)*every-10:], "\n"+places[last]+"\n")
	}
	copy(body[size-len(places[last])-1:], "\n"+places[last])
	return body, placeNames(first, last+1)
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestLargeDownload(t *testing.T) {
	body, seen := scattered(50_000_000, 64<<10, 0)
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			var before, most uint64
			send := func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/octet-stream")
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				i := 0
				for piece := range slices.Chunk(body, 100_000) {
					w.Write(piece)
					if i++; i%50 == 0 {
						most = max(most, heap())
					}
				}
			}
			s.mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { send(w) })
			s.mux.HandleFunc("/download", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Disposition", `attachment; filename="large.bin"`)
				send(w)
			})
			d := drive(t, s, nil)
			alice := enter(t, d, "alice")
			alice.visit(t, goTo("/"))
			before = heap()

			places := map[string]bool{}
			follow := func(path string, o *record.Observation) record.Exchange {
				clear(places)
				for {
					for _, owner := range found(o, record.Download, path) {
						places[owner] = true
					}
					e := exchange(t, o, path)
					if len(o.Missed) > 0 {
						t.Errorf("%s was not seen whole: %q", path, o.Missed)
					}
					if !e.End.IsZero() {
						return e
					}
					// It goes on in the next visit, which lists it again.
					for o = alice.visit(t); !slices.ContainsFunc(o.Exchanges, func(n record.Exchange) bool { return n.ID == e.ID }); {
						o = alice.visit(t)
					}
				}
			}
			check := func(path string, o *record.Observation) {
				t.Helper()
				e := follow(path, o)
				if e.Error != "" || e.Bytes != int64(len(body)) || e.Seen != e.Bytes {
					t.Errorf("%s is recorded as %+v", path, e)
				}
				var owners []string
				for owner := range places {
					owners = append(owners, owner)
				}
				slices.Sort(owners)
				same(t, "places seen in "+path, seen, owners)
			}

			o := alice.visit(t, does("get('/large')"))
			var got came
			alice.told(t, &got)
			same(t, "what the page fetched", asSent(200, body), got)
			check("/large", o)

			kept := keeping(t, alice.folder)
			o = alice.visit(t, plan.Step{Verb: plan.Click, Arg: "#save"})
			check("/download", o)
			if sum(saved(t, kept, len(body))) != sum(body) {
				t.Error("the file that was saved is not the one that was sent")
			}
			alice.sawAll(t, s)
			if most > before+16<<20 {
				t.Errorf("memory grew by %d bytes while %d passed", most-before, len(body))
			}
		})
	}
}

// keeping links every file that appears in a folder into one of the test's own,
// where it stays when the session removes it.
func keeping(t *testing.T, folder string) (kept string) {
	t.Helper()
	kept = t.TempDir()
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			files, _ := os.ReadDir(folder) // the browser makes it when it needs it
			for _, file := range files {
				os.Link(filepath.Join(folder, file.Name()), filepath.Join(kept, file.Name())) // once; it is renamed when it is whole
			}
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(ended); <-stopped })
	return kept
}

// saved returns a file of a length that was kept.
func saved(t *testing.T, kept string, size int) (content []byte) {
	t.Helper()
	eventually(t, "the file is there", func() bool {
		files, err := os.ReadDir(kept)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if info, err := file.Info(); err == nil && info.Size() == int64(size) {
				content, err = os.ReadFile(filepath.Join(kept, file.Name()))
				return err == nil
			}
		}
		return false
	})
	return content
}
