package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/record"
)

//go:embed notify.js
var notifyJS string

//go:embed passing.js
var passingJS string

//go:embed deep.js
var deepJS string

const (
	// hearLimit is how long a visit waits for windows that load, files that are
	// written and objects that are read.
	hearLimit = 2 * time.Second
	// maxSaid is how many things that a page said are kept between two looks.
	maxSaid = 5000
	// maxDeep is how many things that it wrote to its console are read to their depth.
	maxDeep = 200
)

// talk is what a session's pages said since they were last looked at: what they
// wrote to the console or threw, their dialogs and notifications.
type talk struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when an object has been read
	said    []shown
	size    int64
	missed  []record.Missed
	reading int                       // objects that are being read
	deep    int                       // objects that were read or are being read
	keeps   map[target.SessionID]bool // whose console keeps objects alive
}

// heard returns what came up beside the page itself since the last visit was
// looked at, and what of it could not be kept.
func (s *Session) heard(ctx context.Context) ([]shown, []record.Missed) {
	waiting, late := withDeadline(ctx, hearLimit)
	defer late.stop()
	all, missed := s.popups(ctx, waiting)
	files, more := s.downloads(waiting)
	all, missed = append(all, files...), append(missed, more...)
	said, more := s.takeTalk(waiting)
	return append(all, said...), append(missed, more...)
}

// tell notes what a page said, as far as there is room.
func (s *Session) tell(sh shown) {
	if sh.Text == "" {
		return
	}
	limit := s.pageLimit()
	s.talk.mu.Lock()
	defer s.talk.mu.Unlock()
	t := &s.talk
	if room := limit - t.size; int64(len(sh.Text)) > room || len(t.said) >= maxSaid {
		t.miss(record.Missed{Surface: sh.Surface, Why: "more than is kept of one visit"})
		if len(t.said) >= maxSaid || room <= 0 {
			return
		}
		sh.Text = sh.Text[:room]
	}
	t.size += int64(len(sh.Text))
	t.said = append(t.said, sh)
}

// miss notes something that is not kept, once. The caller holds the lock.
func (t *talk) miss(m record.Missed) {
	if !slices.Contains(t.missed, m) {
		t.missed = append(t.missed, m)
	}
}

// takeTalk takes what was said, once the objects among it have been read.
func (s *Session) takeTalk(ctx context.Context) ([]shown, []record.Missed) {
	t := &s.talk
	t.mu.Lock()
	for t.reading > 0 && ctx.Err() == nil {
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		t.mu.Lock()
	}
	said, missed, keeps := t.said, t.missed, t.keeps
	t.said, t.missed, t.keeps, t.size, t.deep = nil, nil, nil, 0, t.reading
	t.mu.Unlock()

	// What a console was given stays alive for whoever listens to it, until told
	// otherwise.
	var b batch
	for id := range keeps {
		add(ctx, &b, s.process.client, id, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: "console"})
	}
	b.wait() // what is gone keeps nothing
	return said, missed
}

// dialog notes what a dialog said.
func (s *Session) dialog(ev page.EventJavascriptDialogOpening) {
	s.tell(shown{Surface: record.Dialog, Path: string(ev.Type), Text: strings.TrimSpace(ev.Message + "\n" + ev.DefaultPrompt)})
}

// console notes what was written to the console, and the notifications that
// notify.js tells of there.
func (s *Session) console(id target.SessionID, ev runtime.EventConsoleAPICalled) {
	if len(ev.Args) == 3 && primitive(ev.Args[0]) == s.driver.token {
		s.tell(shown{Surface: record.Notification, Path: primitive(ev.Args[1]), Text: primitive(ev.Args[2])})
		return
	}
	s.say(id, string(ev.Type), ev.Args)
}

// thrown notes an error that nobody caught, or a rejection.
func (s *Session) thrown(id target.SessionID, ex *runtime.ExceptionDetails) {
	text := &runtime.RemoteObject{Description: ex.Text}
	if ex.Exception == nil {
		s.say(id, "uncaught", []*runtime.RemoteObject{text})
		return
	}
	s.say(id, "uncaught", []*runtime.RemoteObject{text, ex.Exception})
}

// say notes some values as one thing that was said. Texts are there whole;
// objects are read to their depth while the page goes on.
func (s *Session) say(id target.SessionID, level string, values []*runtime.RemoteObject) {
	var plain []string
	var objects []runtime.RemoteObjectID
	for _, value := range values {
		if value == nil {
			continue
		}
		plain = append(plain, primitive(value))
		if value.ObjectID != "" {
			objects = append(objects, value.ObjectID)
			plain = append(plain, previewed(value.Preview)...)
		}
	}
	sh := shown{Surface: record.Console, Path: level, Text: strings.Join(plain, " ")}
	if len(objects) == 0 {
		s.tell(sh)
		return
	}
	s.talk.mu.Lock()
	if s.talk.keeps == nil {
		s.talk.keeps = map[target.SessionID]bool{}
	}
	s.talk.keeps[id] = true
	read := s.talk.deep < maxDeep
	if read {
		s.talk.deep++
		s.talk.reading++
	} else {
		s.talk.miss(record.Missed{Surface: record.Console, Why: fmt.Sprintf("more than %d objects; of the rest, only the beginning was read", maxDeep)})
	}
	s.talk.mu.Unlock()
	if !read {
		s.tell(sh)
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), hearLimit)
		defer cancel()
		text, cut, err := s.depth(ctx, id, objects)
		if err == nil {
			sh.Text += "\n" + text
		}
		s.tell(sh)
		s.talk.mu.Lock()
		defer s.talk.mu.Unlock()
		if cut {
			s.talk.miss(record.Missed{Surface: record.Console, Path: level, Why: "an object was not read to its end"})
		}
		s.talk.reading--
		close(s.talk.changed)
		s.talk.changed = make(chan struct{})
	}()
}

// depth reads objects to their depth, without running anything of the page: its
// getters are left alone, and what would change something is not done.
func (s *Session) depth(ctx context.Context, id target.SessionID, objects []runtime.RemoteObjectID) (text string, cut bool, err error) {
	yes := true
	var rest []*runtime.CallArgument
	for _, object := range objects {
		rest = append(rest, &runtime.CallArgument{ObjectID: object})
	}
	got, err := call(ctx, s.process.client, id, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: deepJS, ObjectID: objects[0], Arguments: rest,
		ReturnByValue: &yes, ThrowOnSideEffect: &yes, Silent: &yes,
	})
	if err != nil {
		return "", false, err
	}
	if got.ExceptionDetails != nil || got.Result == nil {
		return "", false, pageError("the object cannot be read")
	}
	var read struct {
		Text string `json:"text"`
		Cut  bool   `json:"cut"`
	}
	if err := json.Unmarshal(got.Result.Value, &read); err != nil {
		return "", false, fmt.Errorf("decoding an object of the console: %w", err)
	}
	return read.Text, read.Cut, nil
}

// primitive returns a value that is no object, or what describes one.
func primitive(o *runtime.RemoteObject) string {
	var text string
	switch {
	case len(o.Value) > 0 && json.Unmarshal(o.Value, &text) == nil:
		return text
	case len(o.Value) > 0:
		return string(o.Value)
	case o.UnserializableValue != "":
		return string(o.UnserializableValue)
	}
	return o.Description
}

// previewed lists what the browser tells of an object by itself.
func previewed(p *runtime.ObjectPreview) (texts []string) {
	if p == nil {
		return nil
	}
	for _, property := range p.Properties {
		if property != nil {
			texts = append(texts, property.Name+": "+property.Value)
			texts = append(texts, previewed(property.ValuePreview)...)
		}
	}
	for _, entry := range p.Entries {
		for _, side := range []*runtime.ObjectPreview{entry.Key, entry.Value} {
			if side != nil {
				texts = append(texts, side.Description)
				texts = append(texts, previewed(side)...)
			}
		}
	}
	return texts
}
