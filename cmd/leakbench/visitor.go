package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"notmine/checks/plan"
)

// visitor logs in as a plan says, without a browser: it runs no script, and
// knows elements by their id alone.
type visitor struct {
	plan    *plan.Plan
	account *plan.Account // nil for somebody who does not log in
	client  *http.Client

	at     *url.URL // of the page
	page   *html.Node
	filled map[string]string // name → value of the fields that were filled
}

func newVisitor(p *plan.Plan, account *plan.Account) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("making a cookie jar: %w", err)
	}
	// With a transport of its own it shares no connection with anybody.
	return &visitor{plan: p, account: account, client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}, nil
}

// request is a request to the target with the headers that the plan wants.
func (v *visitor) request(ctx context.Context, method, at string, form url.Values) (*http.Request, error) {
	if !strings.HasPrefix(at, "http") {
		at = v.plan.Target + at
	}
	request, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.account == nil {
		return request, nil
	}
	headers, err := v.plan.HeadersOf(v.account)
	if err != nil {
		return nil, err
	}
	for name, value := range headers {
		request.Header.Set(name, value.Reveal())
	}
	return request, nil
}

// logIn goes through the plan's steps. The last should be the proof that it
// worked.
func (v *visitor) logIn(ctx context.Context) error {
	vars := v.plan.Vars(v.account, nil, nil)
	for _, step := range v.plan.Login {
		if err := v.step(ctx, step, vars); err != nil {
			return fmt.Errorf("%s in line %d: %w", step.Verb, step.Line, err)
		}
	}
	return nil
}

func (v *visitor) step(ctx context.Context, step plan.Step, vars func(string) (string, bool)) error {
	arg, err := plan.Expand(step.Arg, vars)
	if err != nil {
		return err
	}
	switch step.Verb {
	case plan.Goto:
		return v.load(ctx, http.MethodGet, arg, nil)
	case plan.Click:
		return v.click(ctx, arg)
	case plan.Wait:
		_, err := v.find(arg)
		return err
	case plan.Fill, plan.See:
	default:
		return fmt.Errorf("it needs a browser")
	}
	for _, field := range step.Fields {
		value, err := plan.Expand(field.Value, vars)
		if err != nil {
			return err
		}
		node, err := v.find(field.Selector)
		if err != nil {
			return err
		}
		if step.Verb == plan.Fill {
			v.filled[attribute(node, "name")] = value
		} else if !strings.Contains(textOf(node), value) {
			return fmt.Errorf("%s does not show it", field.Selector)
		}
	}
	return nil
}

// load loads a page, and follows redirects.
func (v *visitor) load(ctx context.Context, method, at string, form url.Values) error {
	request, err := v.request(ctx, method, at, form)
	if err != nil {
		return err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return fmt.Errorf("loading a page: %w", err)
	}
	defer response.Body.Close()
	v.at, v.filled = response.Request.URL, map[string]string{}
	if v.page, err = html.Parse(io.LimitReader(response.Body, largestAnswer)); err != nil {
		return fmt.Errorf("reading a page: %w", err)
	}
	return nil
}

// click ticks a box, or sends the form that a button stands in.
func (v *visitor) click(ctx context.Context, selector string) error {
	node, err := v.find(selector)
	if err != nil {
		return err
	}
	if attribute(node, "type") == "checkbox" {
		v.filled[attribute(node, "name")] = cmp.Or(attribute(node, "value"), "on")
		return nil
	}
	form := node
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		return fmt.Errorf("%s stands in no form", selector)
	}
	to, err := v.at.Parse(attribute(form, "action"))
	if err != nil {
		return fmt.Errorf("reading where the form goes: %w", err)
	}
	if to.Host != v.at.Host {
		return fmt.Errorf("the form goes to another host")
	}
	values := url.Values{}
	for field := range form.Descendants() {
		name, kind := attribute(field, "name"), attribute(field, "type")
		if field.Type != html.ElementNode || field.Data != "input" || name == "" {
			continue
		}
		if filled, ok := v.filled[name]; ok {
			values.Set(name, filled)
		} else if kind != "checkbox" && kind != "radio" {
			values.Set(name, attribute(field, "value"))
		}
	}
	return v.load(ctx, http.MethodPost, to.String(), values)
}

// find returns the element of the page that "#id" stands for.
func (v *visitor) find(selector string) (*html.Node, error) {
	id, ok := strings.CutPrefix(selector, "#")
	if !ok || strings.ContainsAny(id, " .:[>,#") {
		return nil, fmt.Errorf("%s is no plain #id", selector)
	}
	if v.page != nil {
		for node := range v.page.Descendants() {
			if node.Type == html.ElementNode && attribute(node, "id") == id {
				return node, nil
			}
		}
	}
	return nil, fmt.Errorf("no %s on the page", selector)
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is the text inside an element.
func textOf(node *html.Node) string {
	var b strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}
