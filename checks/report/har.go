package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// Archive is an exchange that carried somebody else's data, with the owner's own
// beside it.
type Archive struct {
	Tool   string // version of the tool
	Leak   isolation.Finding
	Viewer ArchivedVisit
	Owner  *ArchivedVisit // nil when there is none at hand
}

// ArchivedVisit is an exchange, cleaned, and the visit that it belongs to.
type ArchivedVisit struct {
	Account string
	Start   time.Time // of the visit
	Copy    record.Copy
}

// Bounds of texts in an archive, in characters. What a wire keeps is shorter.
const (
	mostArchivedName  = 200
	mostArchivedValue = 8 << 10
	mostArchivedText  = 256 << 10
)

// HAR writes an HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/),
// as the network panels of browsers import it. Each side is a page of its own.
// The same archive gives the same bytes.
func HAR(w io.Writer, a Archive) error {
	log := harLog{Version: "1.2", Creator: harCreator{"notmine", visible(cmp.Or(a.Tool, "?"), mostArchivedName)}, Entries: []harEntry{}}
	add := func(id, title string, v ArchivedVisit) {
		log.Pages = append(log.Pages, harPage{harTime(v.Start), id, visible(title, 2*mostArchivedName), struct{}{}})
		log.Entries = append(log.Entries, newHAREntry(id, title, v.Copy))
	}
	add("viewer", fmt.Sprintf("what %s was given on %s", a.Viewer.Account, a.Leak.View), a.Viewer)
	if a.Owner != nil {
		add("owner", fmt.Sprintf("what %s, the owner, was given", a.Owner.Account), *a.Owner)
	}
	log.Comment = visible(fmt.Sprintf("%s was given %s's %s.", a.Viewer.Account, orSomebody(a.Leak.Owner), cmp.Or(a.Leak.Item, "data")), 3*mostArchivedName)
	if a.Viewer.Copy.Covered {
		log.Comment += " Every letter and digit that did not leak is covered, and so are credentials."
	} else {
		log.Comment += " Credentials are covered."
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(harFile{log}); err != nil {
		return fmt.Errorf("writing an HTTP archive: %w", err)
	}
	return nil
}

// What an archive holds. Names are those of the specification; those that begin
// with an underscore are of browsers, which the specification leaves room for.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Pages   []harPage  `json:"pages"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harPage struct {
		StartedDateTime string   `json:"startedDateTime"`
		ID              string   `json:"id"`
		Title           string   `json:"title"`
		PageTimings     struct{} `json:"pageTimings"`
	}
	harEntry struct {
		PageRef         string       `json:"pageref"`
		StartedDateTime string       `json:"startedDateTime"`
		Time            float64      `json:"time"` // ms, as all of them
		Request         harRequest   `json:"request"`
		Response        harResponse  `json:"response"`
		Cache           struct{}     `json:"cache"`
		Timings         harTimings   `json:"timings"`
		Connection      string       `json:"connection,omitempty"`
		Comment         string       `json:"comment,omitempty"`
		ResourceType    string       `json:"_resourceType,omitempty"`
		Messages        []harMessage `json:"_webSocketMessages,omitempty"`
	}
	harRequest struct {
		Method      string     `json:"method"`
		URL         string     `json:"url"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harField `json:"cookies"`
		Headers     []harField `json:"headers"`
		QueryString []harField `json:"queryString"`
		PostData    *harPost   `json:"postData,omitempty"`
		HeadersSize int64      `json:"headersSize"` // -1: not known
		BodySize    int64      `json:"bodySize"`
	}
	harPost struct {
		MimeType string     `json:"mimeType"`
		Params   []harField `json:"params"`
		Text     string     `json:"text"`
		Comment  string     `json:"comment,omitempty"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harField `json:"cookies"`
		Headers     []harField `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int64      `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	harContent struct {
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harTimings struct {
		Blocked float64 `json:"blocked"` // until it was sent: at the barrier, mostly
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harField struct {
		Name     string `json:"name"`
		Value    string `json:"value"`
		Domain   string `json:"domain,omitempty"`
		HTTPOnly bool   `json:"httpOnly,omitempty"`
	}
	harMessage struct {
		Type   string  `json:"type"`
		Time   float64 `json:"time"` // s since 1970
		Opcode int     `json:"opcode"`
		Data   string  `json:"data"`
	}
)

func newHAREntry(page, comment string, x record.Copy) harEntry {
	version := visible(cmp.Or(x.Proto, "HTTP/1.1"), mostArchivedName)
	e := harEntry{
		PageRef: page, StartedDateTime: harTime(x.Start), Connection: visible(x.Conn, mostArchivedName),
		Comment: visible(comment, 2*mostArchivedName),
		Request: harRequest{
			Method: visible(x.Method, mostArchivedName), URL: visible(x.URL, mostArchivedValue), HTTPVersion: version,
			Cookies: harCookies(x.Cookies), Headers: harFields(x.Request.Headers), QueryString: harQuery(x.URL),
			HeadersSize: -1, BodySize: -1,
		},
		Response: harResponse{
			Status: max(0, x.Status), StatusText: http.StatusText(x.Status), HTTPVersion: version,
			Cookies: harCookies(x.SetCookies), Headers: harFields(x.Answer.Headers),
			Content: harContent{
				Size: x.Seen, MimeType: visible(cmp.Or(x.Answer.Type, "x-unknown"), mostArchivedName),
				Text: archivedText(x.Answer.Text), Comment: visible(x.Answer.Note, mostArchivedName),
			},
			HeadersSize: -1, BodySize: x.Bytes, Error: visible(x.Error, 2*mostArchivedName),
		},
		Timings: harTimingsOf(x.Exchange),
	}
	e.Time = e.Timings.Blocked + e.Timings.Send + e.Timings.Wait + e.Timings.Receive
	if x.Request.Text != "" || x.Request.Note != "" {
		e.Request.PostData = &harPost{
			MimeType: visible(cmp.Or(x.Request.Type, "x-unknown"), mostArchivedName), Params: []harField{},
			Text: archivedText(x.Request.Text), Comment: visible(x.Request.Note, mostArchivedName),
		}
	}
	for _, h := range x.Answer.Headers {
		if strings.EqualFold(h.Name, "Location") {
			e.Response.RedirectURL = visible(h.Value, mostArchivedValue)
		}
	}
	for _, m := range x.Messages {
		message := harMessage{Type: "receive", Time: float64(m.At.UnixMicro()) / 1e6, Opcode: 1, Data: archivedText(m.Text)}
		if m.Sent {
			message.Type = "send"
		}
		e.Messages, e.ResourceType = append(e.Messages, message), "websocket"
	}
	if left := x.Request.Left + x.Answer.Left; left > 0 {
		e.Comment += fmt.Sprintf("; %s left out", counted(left, "header field", "header fields"))
	}
	return e
}

// harTime is a time as the specification writes it, ISO 8601.
func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// harTimingsOf splits the time that an exchange took, as far as it came.
func harTimingsOf(x record.Exchange) harTimings {
	between := func(from, to time.Time) float64 {
		if from.IsZero() || to.IsZero() {
			return 0
		}
		return max(0, float64(to.Sub(from).Microseconds())/1000)
	}
	t := harTimings{Blocked: between(x.Start, x.Sent), Wait: between(x.Sent, x.Answered), Receive: between(x.Answered, x.End)}
	if x.Answered.IsZero() {
		t.Wait = between(x.Sent, x.End)
	}
	return t
}

// harCookies are names of cookies; a record does not know their values.
func harCookies(cookies []record.Cookie) []harField {
	fields := []harField{}
	for _, c := range cookies {
		fields = append(fields, harField{
			Name: visible(c.Name, mostArchivedName), Value: "***", Domain: visible(c.Domain, mostArchivedName), HTTPOnly: c.HTTPOnly,
		})
	}
	return fields
}

func harFields(headers []record.HeaderField) []harField {
	fields := []harField{}
	for _, h := range headers {
		fields = append(fields, harField{Name: visible(h.Name, mostArchivedName), Value: visible(h.Value, mostArchivedValue)})
	}
	return fields
}

// harQuery are the parameters of a URL as they were before they were escaped.
func harQuery(address string) []harField {
	fields := []harField{}
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	if query == "" {
		return fields
	}
	plain := func(text string) string {
		if of, err := url.QueryUnescape(text); err == nil {
			text = of
		}
		return visible(text, mostArchivedValue)
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		fields = append(fields, harField{Name: plain(name), Value: plain(value)})
	}
	return fields
}

// archivedText is a body as it stands in an archive. Panels show it as text, with
// its line ends; JSON escapes what is none.
func archivedText(text string) string {
	n := 0
	for i := range text {
		if n++; n > mostArchivedText {
			return strings.ToValidUTF8(text[:i], "�")
		}
	}
	return strings.ToValidUTF8(text, "�")
}
