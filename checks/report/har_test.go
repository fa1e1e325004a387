package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/martian/v3/har"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// archived is what bob was given of alice's list, with hers beside it.
func archived() Archive {
	of := func(account string, id int) ArchivedVisit {
		return ArchivedVisit{Account: account, Start: ms(1_000), Copy: record.Copy{
			Covered: true,
			Exchange: record.Exchange{
				ID: id, Method: "POST", URL: "http://127.0.0.1:8080/api/list?name=•••%20•••&token=***", Status: 200, Proto: "HTTP/1.1", Conn: account + "-1",
				Start: ms(1_001), Sent: ms(1_011), Answered: ms(1_024), End: ms(1_030), Bytes: 120, Seen: 300,
				Cookies: []record.Cookie{{Name: "sid", Digest: "d1"}}, SetCookies: []record.Cookie{{Name: "sid", HTTPOnly: true, Domain: "127.0.0.1"}},
			},
			Request: record.Half{
				Headers: []record.HeaderField{{Name: "Accept", Value: "application/json"}, {Name: "Cookie", Value: "sid=***"}},
				Type:    "application/x-www-form-urlencoded", Text: "••••=••••",
			},
			Answer: record.Half{
				Headers: []record.HeaderField{{Name: "Cache-Control", Value: "public"}, {Name: "Location", Value: "/next"}},
				Type:    "application/json", Text: "[\n  \"••••\",\n  \"편지 of alice\"\n]", Note: "what stands around the markers",
			},
		}}
	}
	alice := of("alice", 4)
	return Archive{
		Tool: "1.2.3", Leak: isolation.Finding{Viewer: "bob", Owner: "alice", Item: "subject", View: "inbox"},
		Viewer: of("bob", 9), Owner: &alice,
	}
}

func harOf(t *testing.T, a Archive) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := HAR(&out, a); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// kind is what the specification says of a field.
type kind int

const (
	text kind = iota
	number
	list
	object
	isoTime
)

// spec has the fields of HTTP Archive 1.2 by the object that they stand in, as
// the specification's page names them: http://www.softwareishard.com/blog/har-12-spec/.
var spec = map[string]struct{ required, optional map[string]kind }{
	"":            {required: map[string]kind{"log": object}},
	"log":         {map[string]kind{"version": text, "creator": object, "entries": list}, map[string]kind{"browser": object, "pages": list, "comment": text}},
	"creator":     {map[string]kind{"name": text, "version": text}, map[string]kind{"comment": text}},
	"pages":       {map[string]kind{"startedDateTime": isoTime, "id": text, "title": text, "pageTimings": object}, map[string]kind{"comment": text}},
	"pageTimings": {nil, map[string]kind{"onContentLoad": number, "onLoad": number, "comment": text}},
	"entries": {map[string]kind{"startedDateTime": isoTime, "time": number, "request": object, "response": object, "cache": object, "timings": object},
		map[string]kind{"pageref": text, "serverIPAddress": text, "connection": text, "comment": text}},
	"request": {map[string]kind{"method": text, "url": text, "httpVersion": text, "cookies": list, "headers": list, "queryString": list, "headersSize": number, "bodySize": number},
		map[string]kind{"postData": object, "comment": text}},
	"response": {map[string]kind{"status": number, "statusText": text, "httpVersion": text, "cookies": list, "headers": list, "content": object, "redirectURL": text, "headersSize": number, "bodySize": number},
		map[string]kind{"comment": text}},
	"cookies":     {map[string]kind{"name": text, "value": text}, map[string]kind{"path": text, "domain": text, "expires": isoTime, "httpOnly": -1, "secure": -1, "comment": text}},
	"headers":     {map[string]kind{"name": text, "value": text}, map[string]kind{"comment": text}},
	"queryString": {map[string]kind{"name": text, "value": text}, map[string]kind{"comment": text}},
	"postData":    {map[string]kind{"mimeType": text, "params": list, "text": text}, map[string]kind{"comment": text}},
	"content":     {map[string]kind{"size": number, "mimeType": text}, map[string]kind{"compression": number, "text": text, "encoding": text, "comment": text}},
	"cache":       {nil, map[string]kind{"beforeRequest": object, "afterRequest": object, "comment": text}},
	"timings": {map[string]kind{"send": number, "wait": number, "receive": number},
		map[string]kind{"blocked": number, "dns": number, "connect": number, "ssl": number, "comment": text}},
}

// follows holds a value against the specification.
func follows(t *testing.T, where string, value map[string]any) {
	t.Helper()
	name := where[strings.LastIndexByte(where, '.')+1:]
	of, ok := spec[name]
	if !ok {
		t.Fatalf("%s is no object of the specification", where)
	}
	for field := range of.required {
		if _, ok := value[field]; !ok {
			t.Errorf("%s has no %s", where, field)
		}
	}
	for field, v := range value {
		want, required := of.required[field]
		if !required {
			if want, ok = of.optional[field]; !ok {
				if !strings.HasPrefix(field, "_") {
					t.Errorf("%s has a field %s that the specification does not know", where, field)
				}
				continue
			}
		}
		right := want == -1
		switch v := v.(type) {
		case string:
			_, err := time.Parse(time.RFC3339, v)
			right = want == text || want == isoTime && err == nil
		case float64:
			right = want == number && !math.IsNaN(v) && v >= -1
		case bool:
			right = want == -1
		case []any:
			right = want == list
			for _, e := range v {
				follows(t, where+"."+field, e.(map[string]any))
			}
		case map[string]any:
			right = want == object
			follows(t, where+"."+field, v)
		}
		if !right {
			t.Errorf("%s.%s is %v", where, field, v)
		}
	}
}

func decoded(t *testing.T, archive []byte) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(archive, &value); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(archive) {
		t.Error("the archive is no UTF-8")
	}
	follows(t, "", value)
	return value
}

// Others read what is written: the library takes whole milliseconds alone, and
// knows neither pages nor comments.
func TestArchiveIsReadByALibrary(t *testing.T) {
	value := decoded(t, harOf(t, archived()))
	var plain func(v any)
	plain = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				plain(e)
			}
		case map[string]any:
			for _, unknown := range []string{"comment", "pages", "pageref", "connection", "blocked"} {
				delete(v, unknown)
			}
			for name, field := range v {
				if ms, ok := field.(float64); ok {
					v[name] = math.Round(ms)
				}
				plain(field)
			}
		}
	}
	plain(value)
	rewritten, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(rewritten))
	strict.DisallowUnknownFields()
	var read har.HAR
	if err := strict.Decode(&read); err != nil {
		t.Fatal(err)
	}
	if len(read.Log.Entries) != 2 || read.Log.Version != "1.2" || read.Log.Creator.Name != "notmine" {
		t.Fatalf("read %+v", read.Log)
	}
	e := read.Log.Entries[0]
	if e.Time != 29 || *e.Timings != (har.Timings{Send: 0, Wait: 13, Receive: 6}) || !e.StartedDateTime.Equal(ms(1_001)) {
		t.Errorf("it took %d ms from %v on, of which %+v", e.Time, e.StartedDateTime, e.Timings)
	}
	if e.Request.Method != "POST" || e.Request.PostData.Text != "••••=••••" ||
		!slices.Equal(e.Request.QueryString, []har.QueryString{{Name: "name", Value: "••• •••"}, {Name: "token", Value: "***"}}) {
		t.Errorf("the request is %+v", e.Request)
	}
	if e.Response.Status != 200 || e.Response.StatusText != "OK" || e.Response.RedirectURL != "/next" || e.Response.BodySize != 120 ||
		e.Response.Content.Size != 300 || e.Response.Content.MimeType != "application/json" {
		t.Errorf("the answer is %+v", e.Response)
	}
	if c := e.Response.Cookies; len(c) != 1 || c[0].Name != "sid" || c[0].Value != "***" || !c[0].HTTPOnly {
		t.Errorf("the cookies are %+v", c)
	}
}

func TestArchiveSaysWhoseItIs(t *testing.T) {
	a := archived()
	value := string(harOf(t, a))
	for _, want := range []string{
		"bob was given alice's subject. Every letter and digit that did not leak is covered",
		"what bob was given on inbox", "what alice, the owner, was given", `"pageref": "owner"`, `\"편지 of alice\"`,
	} {
		if !strings.Contains(value, want) {
			t.Errorf("the archive does not say %q:\n%s", want, value)
		}
	}
	if again := string(harOf(t, archived())); again != value {
		t.Error("the same archive gives other bytes")
	}
	a.Owner, a.Viewer.Copy.Covered = nil, false
	alone := string(harOf(t, a))
	if strings.Contains(alone, `"owner"`) || strings.Contains(alone, "Every letter") || !strings.Contains(alone, "Credentials are covered") {
		t.Errorf("one side alone, in full: %s", alone)
	}
}

// The messages of a WebSocket stand where Chrome reads them.
func TestArchivedMessages(t *testing.T) {
	a := archived()
	a.Viewer.Copy.Messages = []record.Message{{At: ms(1_500), Text: "one"}, {At: ms(1_600), Sent: true, Text: "two"}}
	value := decoded(t, harOf(t, a))
	entry := value["log"].(map[string]any)["entries"].([]any)[0].(map[string]any)
	messages := entry["_webSocketMessages"].([]any)
	if entry["_resourceType"] != "websocket" || len(messages) != 2 || messages[0].(map[string]any)["type"] != "receive" || messages[1].(map[string]any)["data"] != "two" {
		t.Errorf("the entry has %v", messages)
	}
}

// An exchange that never ended, and one that is hostile in every field, are still
// valid, and small.
func TestArchiveOfAnything(t *testing.T) {
	a := archived()
	a.Owner = nil
	a.Viewer.Copy.Exchange = record.Exchange{Start: ms(1_001), Status: -5, Error: "the target closed the connection too early"}
	a.Viewer.Copy.Request, a.Viewer.Copy.Answer = record.Half{}, record.Half{}
	decoded(t, harOf(t, a))

	long := hostile + strings.Repeat("한글 W ", 100_000)
	a = archived()
	a.Tool, a.Leak.View, a.Leak.Owner, a.Leak.Item, a.Viewer.Account = long, long, long, long, long
	x := &a.Viewer.Copy
	x.Method, x.URL, x.Proto, x.Conn, x.Error = long, "http://h/?"+long, long, long, long
	for i := range 500 {
		x.Answer.Headers = append(x.Answer.Headers, record.HeaderField{Name: hostile + fmt.Sprint(i), Value: hostile})
	}
	x.Answer.Type, x.Answer.Text, x.Answer.Note, x.Answer.Left, x.Request.Text = long, long, long, 70, "\xff\x00"+long
	x.Messages = []record.Message{{Text: long}}
	written := harOf(t, a)
	decoded(t, written)
	if len(written) > 4<<20 {
		t.Errorf("%d bytes, although every text is bounded", len(written))
	}
	if i := bytes.IndexFunc(written, func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("a control character stands as it is: %.40q", written[i:])
	}
	if !strings.Contains(string(written), "70 header fields left out") {
		t.Error("nobody is told what was left out")
	}
}
