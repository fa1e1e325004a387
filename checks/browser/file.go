package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	cdpbrowser "github.com/chromedp/cdproto/browser"

	"notmine/checks/record"
)

// A page is told of its downloads, and those of its frames, by events of the
// Page domain. The Browser domain has the same ones, of all sessions mixed; cdproto
// has only those.
const (
	downloadWillBegin = "Page.downloadWillBegin"
	downloadProgress  = "Page.downloadProgress"
)

// fileLimit is how many bytes of a file are read when the plan does not say.
const fileLimit = 64 << 20

// maxFiles is how many downloads of one visit are read.
const maxFiles = 100

// files are the downloads of a session. What came over the network was seen on
// the wire; what the browser made itself, of a blob: or data: address, is read
// from where the browser put it. Both are removed.
type files struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	all     map[string]*file
	count   int
	lost    bool // there were more at the same time than are kept account of
}

// file is one download.
type file struct {
	id     string // the browser's, and its name in the session's folder
	name   string // that the page gave it
	number int    // in the order in which they began
	made   bool   // by the browser itself
	ended  bool
}

func (f *files) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *files) began(ev cdpbrowser.EventDownloadWillBegin) {
	scheme, _, _ := strings.Cut(ev.URL, ":")
	f.change(func() {
		if len(f.all) >= maxFiles {
			f.lost = true
			return
		}
		f.count++
		f.all[ev.GUID] = &file{
			id: ev.GUID, name: cleanName(ev.SuggestedFilename), number: f.count,
			made: scheme == "blob" || scheme == "data" || scheme == "filesystem",
		}
	})
}

func (f *files) progressed(ev cdpbrowser.EventDownloadProgress) {
	if ev.State == cdpbrowser.DownloadProgressStateInProgress {
		return
	}
	f.change(func() {
		if known := f.all[ev.GUID]; known != nil {
			known.ended = true
		}
	})
}

// take takes out the downloads that have ended, once those that the browser
// makes itself have, or when ctx ends. late says that some had not.
func (f *files) take(ctx context.Context) (ended []*file, late, lost bool) {
	for {
		f.mu.Lock()
		ended, late = nil, false
		for _, known := range f.all {
			if known.ended {
				ended = append(ended, known)
			} else if known.made {
				late = true
			}
		}
		changed := f.changed
		if !late || ctx.Err() != nil {
			for _, known := range ended {
				delete(f.all, known.id)
			}
			lost, f.lost = f.lost, false
			f.mu.Unlock()
			slices.SortFunc(ended, func(a, b *file) int { return a.number - b.number })
			return ended, late, lost
		}
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// downloads reads the files that the browser made for the page, and removes
// what was downloaded. One that is still on its way belongs to the next visit.
func (s *Session) downloads(ctx context.Context) (all []shown, missed []record.Missed) {
	ended, late, lost := s.files.take(ctx)
	missing := func(name, why string) {
		missed = append(missed, record.Missed{Surface: record.Download, Path: name, Why: why})
	}
	if late {
		missing("", "a download was still running when the visit ended")
	}
	if lost {
		missing("", fmt.Sprintf("more than %d downloads at the same time", maxFiles))
	}
	for _, f := range ended {
		kept := filepath.Join(s.folder, f.id)
		if f.made {
			got, err := readBounded(kept, cmp.Or(s.driver.plan.Limits.Body, fileLimit))
			switch {
			case errors.Is(err, fs.ErrNotExist): // it was cancelled
			case errors.Is(err, errTooLong):
				missing(f.name, err.Error())
				fallthrough
			case err == nil:
				all = append(all,
					shown{Surface: record.Download, Path: f.name, Type: typeOf(f.name, got), Data: got},
					shown{Surface: record.Download, Path: f.name, Text: f.name})
			default:
				missing(f.name, "the file could not be read")
			}
		}
		os.Remove(kept) // one that was cancelled is not there
	}
	return all, missed
}

// errTooLong says that the rest of a file was not read.
var errTooLong = errors.New("longer than the limit of a body")

// readBounded reads a file, up to so many bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	got, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(got)) > limit {
		return got[:limit], errTooLong
	}
	return got, err
}

// typeOf tells what a file holds: by its first bytes, or else by its name.
func typeOf(name string, content []byte) string {
	sniffed := http.DetectContentType(content)
	if strings.HasPrefix(sniffed, "text/plain") || sniffed == "application/octet-stream" {
		return cmp.Or(mime.TypeByExtension(path.Ext(name)), sniffed)
	}
	return sniffed
}

// cleanName leaves of a name that a page chose what is a file's own name.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
	return bounded(path.Base(strings.ReplaceAll(name, `\`, "/")))
}
