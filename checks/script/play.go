package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/wire"
)

const (
	maxAnswer = 1 << 20 // bytes of an answer in which captures are looked for
	atOnce    = 6       // requests of one session under way at most, as browsers have it over HTTP/1
)

// agent is how sessions call themselves: some targets answer nobody without a name.
const agent = "Mozilla/5.0 (compatible; notmine)"

// played is what playing a part of the script came upon.
type played struct {
	mu       sync.Mutex
	document string              // address of the last document, cleaned
	identity string              // the name that was shown
	hosts    map[string]*url.URL // one address of each host and path that was asked
}

// outError says that somebody who was logged in is asked to log in.
type outError struct{ status int }

func (e *outError) Error() string {
	return fmt.Sprintf("answered with %d: the session is logged in no more", e.status)
}

// play makes the requests of a part, each after those before it, unless they go
// beside each other.
func (s *Session) play(ctx context.Context, part string, requests []Request, vars crowd.Vars) (*played, error) {
	all := &played{hosts: map[string]*url.URL{}}
	for i := 0; i < len(requests); {
		n := i + 1
		for n < len(requests) && requests[n].Beside {
			n++
		}
		if err := s.beside(ctx, part, requests, i, n, vars, all); err != nil {
			return all, err
		}
		i = n
	}
	return all, nil
}

// beside makes some of the requests at the same time.
func (s *Session) beside(ctx context.Context, part string, requests []Request, from, to int, vars crowd.Vars, all *played) error {
	errs := make([]error, to-from)
	one := func(i int) {
		if err := s.ask(ctx, part, &requests[i], vars, all); err != nil {
			errs[i-from] = fmt.Errorf("%s, request %d: %w", part, i+1, err)
		}
	}
	if to-from == 1 {
		one(from)
		return errs[0]
	}
	room := make(chan struct{}, atOnce)
	var busy sync.WaitGroup
	for i := from; i < to; i++ {
		room <- struct{}{}
		busy.Go(func() {
			defer func() { <-room }()
			one(i)
		})
	}
	busy.Wait()
	return errors.Join(errs...)
}

// ask makes one request and takes from the answer what others want of it.
func (s *Session) ask(ctx context.Context, part string, r *Request, vars crowd.Vars, all *played) error {
	request, err := s.driver.request(r, s.vars(vars))
	if err != nil {
		return err
	}
	if cookies := s.keeps.jar.header(request.URL); cookies != "" {
		request.Header.Set("Cookie", cookies)
	}
	ctx, end := withPatience(ctx, s.driver.plan.Timeout)
	defer end()
	answer, err := s.line.Ask(ctx, request, maxAnswer)
	if answer != nil { // its cookies came with the head, also when the rest did not
		s.keeps.jar.set(request.URL, answer.Header)
	}
	if err != nil {
		return err
	}
	g := newGiven(answer.Header, string(answer.Text))
	s.keeps.capture(r.Captures, g)
	name, named := "", false
	if place, ok := r.Captures[identityCapture]; ok {
		name, named = place.of(g)
	}
	all.mu.Lock()
	if r.Dest == "" {
		all.document = wire.Clean(request.URL)
	}
	if named {
		all.identity = strings.Join(strings.Fields(name), " ")
	}
	all.hosts[request.URL.Host+request.URL.Path] = request.URL
	all.mu.Unlock()
	return s.expected(part, r, request.URL, answer)
}

// expected says whether an answer is of the class that is expected. A login form in
// its place, or the way to one, is another thing than an error.
func (s *Session) expected(part string, r *Request, asked *url.URL, answer *wire.Answer) error {
	class := r.Expect
	if class == "" {
		class = "2xx"
	}
	if strconv.Itoa(answer.Status/100)+"xx" == class {
		return nil
	}
	inside := strings.HasPrefix(part, partView)
	to, err := asked.Parse(answer.Header.Get("Location"))
	sentAway := answer.Status/100 == 3 && err == nil && len(s.driver.script.Login) > 0 && s.driver.isLogin(to)
	if inside && (answer.Status == http.StatusUnauthorized || sentAway) {
		return &outError{answer.Status}
	}
	return fmt.Errorf("answered with %d, and %s is expected", answer.Status, class)
}

// isLogin reports whether an address is where the login begins.
func (d *Driver) isLogin(u *url.URL) bool {
	path, _, _ := cutQuery(d.script.Login[0].URL)
	return u.EscapedPath() == path || u.Scheme+"://"+u.Host+u.EscapedPath() == path
}

// vars gives the values of placeholders: what the session captured, what the
// target's address says, and what the plan knows.
func (s *Session) vars(of crowd.Vars) crowd.Vars {
	return func(key string) (string, bool) {
		if name, ok := strings.CutPrefix(key, captureKey); ok {
			return s.keeps.captured(name)
		}
		switch key {
		case originKey:
			return s.driver.target.Scheme + "://" + s.driver.target.Host, true
		case nowKey:
			return strconv.FormatInt(time.Now().UnixMilli(), 10), true
		}
		return of(key)
	}
}

// request makes a request of the script with its values.
func (d *Driver) request(r *Request, vars crowd.Vars) (*http.Request, error) {
	address, err := expandURL(r.URL, vars)
	if err != nil {
		return nil, err
	}
	u, err := d.target.Parse(address)
	if err != nil {
		return nil, errors.New("what was put into the address makes none of it")
	}
	body, contentType, err := r.body(vars)
	if err != nil {
		return nil, err
	}
	request := &http.Request{
		Method: r.method(), URL: u, Host: u.Host, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	if body == "" {
		request.Body = http.NoBody
	}
	request.Header.Set("User-Agent", agent)
	dest, mode := r.Dest, "cors"
	if dest == "" {
		dest, mode = "document", "navigate"
		request.Header.Set("Upgrade-Insecure-Requests", "1")
	}
	request.Header.Set("Sec-Fetch-Dest", dest)
	request.Header.Set("Sec-Fetch-Mode", mode)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range r.Header { // which may say it better
		value, err := expand(value, plain, vars)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, fmt.Errorf("what was put into the header %s cannot stand there", name)
		}
		request.Header.Set(name, value)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	return request, nil
}

// same reports whether two lists of steps are the same.
func same(a, b []plan.Step) bool { return len(a) == len(b) && reflect.DeepEqual(a, b) }
