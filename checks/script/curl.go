package script

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"notmine/checks/plan"
)

// Curl writes a view of the script as a shell script for somebody's desk: two
// roles, the viewer and the owner, log in with cookies of their own, plant what is
// theirs, and ask for the view at the same moment, again and again, until one is
// given the other's. Names and passwords come from its environment, and bodies go
// to curl by its input, so that no password is in the list of processes. Where the
// script plants nothing, the environment has to give a text of each as well,
// VIEWER_OWN and OWNER_OWN, that only they may see.
//
// It needs curl 7.55, what POSIX has (a shell, awk, grep, od, sed, tr), mktemp,
// base64 where a file is sent, and jq where something is captured from JSON.
//
// It is no proof that nothing comes: it overlaps far less sharply than notmine, and
// makes requests that notmine makes beside each other one after the other.
func Curl(s *Script, p *plan.Plan, view string) string {
	c := &curl{script: s, plan: p, names: map[string]string{}, wanted: map[string]bool{}}
	first, each := c.parts(view)
	var body strings.Builder
	for _, r := range roles {
		for _, part := range slices.Concat(first, each) {
			c.function(&body, r, part, s.list(part))
		}
	}
	c.tell(view)
	if p.TLS.CA != "" && !p.TLS.Insecure {
		c.wanted["CA_FILE"] = true
	}
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Two sessions ask for " + comment(view) + " at the same moment, until one is given the other's.\n")
	b.WriteString("set -u\nTARGET_ORIGIN=${TARGET_ORIGIN:-" + quote(origin(p.Target)) + "}\nROUNDS=${ROUNDS:-100}\n")
	fmt.Fprintf(&b, "TIMEOUT=%d\nAGENT=%s\n", max(1, int(p.Timeout.Seconds())), quote(agent))
	b.WriteString("BOUNDARY=notmine-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')\n")
	b.WriteString("dir=$(mktemp -d) || exit 2\ntrap 'wait; rm -rf \"$dir\"' EXIT\ntrap 'exit 130' HUP INT TERM\n")
	for _, name := range slices.Sorted(maps.Keys(c.wanted)) {
		fmt.Fprintf(&b, ": \"${%s:?}\"\n", name)
	}
	for _, t := range c.canaries {
		fmt.Fprintf(&b, "%s=${%s:-%s$$}\n", t.name, t.name, quote("notmine-"+strings.ToLower(strings.ReplaceAll(t.name, "_", "-"))+"-"))
	}
	b.WriteString("fetch() { curl -sS -g --path-as-is --compressed -H 'Accept-Encoding:'" + c.trust() + " \"$@\"; }\n")
	b.WriteString(tools)
	b.WriteString(body.String())
	b.WriteString("\n# Who logs in, and what is theirs.\n")
	for _, r := range roles {
		for _, part := range first {
			fmt.Fprintf(&b, "%s >\"$dir/out\" || { echo %s >&2; exit 2; }\n", c.name(r, part), quote(string(r)+" could not "+part))
		}
	}
	b.WriteString("\nround=0 answered=0\nwhile [ \"$round\" -lt \"$ROUNDS\" ]; do\n\tround=$((round + 1))\n")
	for _, way := range each[:len(each)-1] {
		for _, r := range roles {
			fmt.Fprintf(&b, "\t%s >\"$dir/out\"\n", c.name(r, way))
		}
	}
	for _, r := range roles {
		fmt.Fprintf(&b, "\t%s >\"$dir/%s.out\" & %s=$!\n", c.name(r, partView+view), r, r)
	}
	b.WriteString("\twait \"$viewer\"; failed=$?\n\twait \"$owner\" && [ \"$failed\" -eq 0 ] && answered=$((answered + 1))\n")
	for _, t := range c.tellings {
		fmt.Fprintf(&b, "\tif %s; then echo \"round $round: the %s was given the %s's $%s\"; exit 1; fi\n", t.condition, t.role.other(), t.role, t.name)
	}
	b.WriteString("done\n[ \"$answered\" -gt 0 ] || { echo \"in none of $round rounds were both answered as expected\" >&2; exit 2; }\n")
	b.WriteString("echo \"not in $answered rounds\"\n")
	return b.String()
}

// role is who acts in the shell script.
type role string

const (
	viewerRole role = "viewer"
	ownerRole  role = "owner"
)

func (r role) other() role {
	if r == viewerRole {
		return ownerRole
	}
	return viewerRole
}

var roles = []role{viewerRole, ownerRole}

// curl writes a shell script.
type curl struct {
	script   *Script
	plan     *plan.Plan
	names    map[string]string // of variables, functions and files, by what they are for
	wanted   map[string]bool   // variables that the environment has to give
	canaries []own             // what each role plants
	tellings []telling
}

// own is a variable with something of a role.
type own struct {
	role role
	name string
}

// telling says when what is a role's was given to the other.
type telling struct {
	own
	condition string
}

// list returns the requests of a part.
func (s *Script) list(part string) []Request {
	for name, requests := range s.parts() {
		if name == part {
			return requests
		}
	}
	return nil
}

// parts returns the parts that come first, and those of each round: the view last,
// before it the views that it comes after, and before these what gives something
// that one of them takes.
func (c *curl) parts(view string) (first, each []string) {
	for _, part := range []string{partLogin, partPlant} {
		if len(c.script.list(part)) > 0 {
			first = append(first, part)
		}
	}
	v := plan.View{Name: view}
	if i := slices.IndexFunc(c.plan.Views, func(of plan.View) bool { return of.Name == view }); i >= 0 {
		v = c.plan.Views[i]
	}
	for _, way := range c.plan.Before(v) {
		each = append(each, partView+way.Name)
	}
	each = append(each, partView+view)
	for {
		giving := c.giving(slices.Concat(first, each))
		if giving == "" {
			return first, each
		}
		each = slices.Insert(each, 0, giving)
	}
}

// giving returns a part that captures what one of some parts takes and none of them
// captures; "" when they have all that there is.
func (c *curl) giving(parts []string) string {
	have, takes := map[string]bool{}, map[string]bool{}
	for _, part := range parts {
		for _, r := range c.script.list(part) {
			for name := range r.Captures {
				have[name] = true
			}
			for text := range r.texts() {
				keys, _ := plan.Keys(text) // a script with a mistake in it is not played either
				for _, key := range keys {
					name, _ := cutCoding(key, plain)
					if capture, ok := strings.CutPrefix(name, captureKey); ok {
						takes[capture] = true
					}
				}
			}
		}
	}
	for part, requests := range c.script.parts() {
		for _, r := range requests {
			for name := range r.Captures {
				if takes[name] && !have[name] && !slices.Contains(parts, part) {
					return part
				}
			}
		}
	}
	return ""
}

// tell says how it is seen that a role was given what is the other's.
func (c *curl) tell(view string) {
	of := slices.Clone(c.canaries)
	for _, r := range c.script.list(partView + view) {
		if _, ok := r.Captures[identityCapture]; !ok {
			continue
		}
		for _, role := range roles {
			shows := c.variable(string(role), "shows")
			c.wanted[shows] = true
			c.tellings = append(c.tellings, telling{own{role, shows}, fmt.Sprintf("[ \"$(captured %s)\" = \"$%s\" ]", c.captureFile(role.other(), identityCapture), shows)})
		}
		break
	}
	if len(of) == 0 && len(c.tellings) == 0 {
		for _, role := range roles {
			name := c.variable(string(role), "own")
			c.wanted[name] = true
			of = append(of, own{role, name})
		}
	}
	for _, o := range of {
		c.tellings = append(c.tellings, telling{o, fmt.Sprintf("grep -q -F -e \"$%s\" \"$dir/%s.out\"", o.name, o.role.other())})
	}
}

// trust is what curl has to be told of certificates.
func (c *curl) trust() string {
	switch {
	case c.plan.TLS.Insecure:
		return " --insecure"
	case c.plan.TLS.CA != "":
		return ` --cacert "${CA_FILE:?}"`
	}
	return ""
}

// function writes a part as a function of a role. It prints what answers bring, and
// fails when the class of a status is not what is expected.
func (c *curl) function(b *strings.Builder, r role, part string, requests []Request) {
	fmt.Fprintf(b, "\n%s() {\n", c.name(r, part))
	for i, request := range requests {
		kept := fmt.Sprintf("%s.%d", c.name(r, part), i)
		file := fmt.Sprintf("\"$dir/%s\"", kept)
		class := request.Expect
		if class == "" {
			class = "2xx"
		}
		b.WriteString("\t")
		options := c.body(b, r, &request)
		fmt.Fprintf(b, "ask %s %s %c", r, kept, class[0])
		if request.method() == http.MethodHead {
			b.WriteString(" -I") // with -X, curl would wait for a body
		} else {
			b.WriteString(" -X " + word(request.method()))
		}
		c.headers(b, r, &request)
		b.WriteString(options)
		address := request.URL
		if strings.HasPrefix(address, "/") {
			b.WriteString(" --url \"$TARGET_ORIGIN\"")
		} else {
			b.WriteString(" --url ")
		}
		path, query, more := cutQuery(address)
		b.WriteString(c.text(r, path, percent))
		if more {
			b.WriteString("'?'" + c.text(r, query, form))
		}
		b.WriteString(" || return 1\n")
		for _, capture := range slices.Sorted(maps.Keys(request.Captures)) {
			fmt.Fprintf(b, "\t%s >\"$dir/%s\"\n", extract(request.Captures[capture], r, file), c.captureFile(r, capture))
		}
	}
	b.WriteString("}\n")
}

// headers writes the headers of a request.
func (c *curl) headers(b *strings.Builder, r role, request *Request) {
	for _, name := range slices.Sorted(maps.Keys(c.plan.Headers)) {
		own := c.variable("HEADER", name)
		c.wanted[own] = true
		fmt.Fprintf(b, " -H %s\"$%s\"", quote(name+": "), own)
	}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		switch {
		case len(request.Parts) > 0 && strings.EqualFold(name, "Content-Type"):
		case request.Header[name] == "":
			b.WriteString(" -H " + quote(name+";")) // which is how curl sends an empty one
		default:
			b.WriteString(" -H " + quote(name+": ") + c.text(r, request.Header[name], plain))
		}
	}
}

// body writes a command that writes the body of a request, and returns what curl is
// to be told of it.
func (c *curl) body(b *strings.Builder, r role, request *Request) (options string) {
	typed := request.typed()
	switch {
	case len(request.Parts) > 0:
		b.WriteString("{\n")
		for _, p := range request.Parts {
			c.part(b, r, &p)
		}
		b.WriteString("\t\tline \"--$BOUNDARY--\"\n\t} | ")
		return " -H " + quote("Content-Type: "+multipartType+"; boundary=") + "\"$BOUNDARY\" --data-binary @-"
	case request.Body != "":
		b.WriteString("printf %s " + c.text(r, request.Body, codingsOf(request.media())[0]) + " | ")
		options = " --data-binary @-"
	case !reads(request.method()):
		options = " --data-binary ''"
	default:
		return ""
	}
	if !typed {
		options += " -H 'Content-Type:'" // curl would make a form of it
	}
	return options
}

// part writes commands that write a part of a form with files, as [Part.write] does.
func (c *curl) part(b *strings.Builder, r role, p *Part) {
	b.WriteString("\t\tline \"--$BOUNDARY\"\n\t\tline 'Content-Disposition: form-data; name=\"'" + c.text(r, p.Name, inName))
	if p.isFile() {
		b.WriteString("'\"; filename=\"'" + c.text(r, p.File, inName))
	}
	b.WriteString("'\"'\n")
	if p.Type != "" {
		b.WriteString("\t\tline 'Content-Type: '" + c.text(r, p.Type, plain) + "\n")
	}
	b.WriteString("\t\tline ''\n")
	switch {
	case p.Picture != "":
		own := c.variable(string(r), "PICTURE", p.Picture)
		c.wanted[own] = true
		fmt.Fprintf(b, "\t\tcat \"$%s\"\n", own)
	case p.Data != "":
		fmt.Fprintf(b, "\t\tprintf %%s %s | base64 -d\n", quote(p.Data))
	default:
		b.WriteString("\t\tprintf %s " + c.text(r, p.Value, plain) + "\n")
	}
	b.WriteString("\t\tline ''\n")
}

// inName is how a name stands in the head of a part of a form; see [inQuotes].
const inName coding = "name"

// text writes a text as a word of the shell, with its placeholders.
func (c *curl) text(r role, text string, own coding) string {
	var b strings.Builder
	for {
		literally, rest, found := strings.Cut(text, "{{")
		if own == inName {
			literally = inQuotes.Replace(literally)
		}
		if literally != "" || !found && b.Len() == 0 {
			b.WriteString(quote(literally))
		}
		if !found {
			return b.String()
		}
		key, after, _ := strings.Cut(rest, "}}")
		b.WriteString(c.placeholder(r, strings.TrimSpace(key), own))
		text = after
	}
}

// placeholder writes what stands for a placeholder.
func (c *curl) placeholder(r role, key string, at coding) string {
	switch key {
	case braces:
		return quote("{{")
	case brace:
		return quote("{")
	}
	key, coding := cutCoding(key, at)
	word := ""
	item, isCanary := strings.CutPrefix(key, canaryKey)
	capture, isCapture := strings.CutPrefix(key, captureKey)
	column, isPeer := strings.CutPrefix(key, peerKey)
	switch {
	case isCapture:
		word = fmt.Sprintf("$(captured %s)", c.captureFile(r, capture))
	case key == originKey:
		word = "$TARGET_ORIGIN"
	case key == nowKey:
		word = "$(date +%s)000"
	case isCanary:
		canary := own{r, c.variable(string(r), "CANARY", item)}
		if !slices.Contains(c.canaries, canary) {
			c.canaries = append(c.canaries, canary)
		}
		word = "$" + canary.name
	default:
		name := c.variable(string(r), key)
		switch {
		case strings.HasPrefix(key, secretKey):
			name = c.variable(key)
		case isPeer:
			name = c.variable(string(r.other()), column)
		}
		c.wanted[name] = true
		word = "$" + name
	}
	switch coding {
	case form, percent:
		return `"$(percent "` + word + `")"`
	case inJSON:
		return `"$(json "` + word + `")"`
	case inName:
		return `"$(inquotes "` + word + `")"`
	}
	return `"` + word + `"`
}

// extract writes a command that prints what stands in a place of an answer.
func extract(p Place, r role, file string) string {
	switch {
	case p.Cookie != "":
		return fmt.Sprintf("NAME=%s cookie \"$dir/%s.jar\"", quote(p.Cookie), r)
	case p.JSON != "":
		filter := "."
		for _, name := range strings.Split(p.JSON[1:], "/") {
			step := "." + `"` + inJSON.encode(fromPointer.Replace(name)) + `"`
			if index.MatchString(name) {
				step = fmt.Sprintf(`(if type == "array" then .[%s] else %s end)`, name, step)
			}
			filter += " | " + step
		}
		return fmt.Sprintf("jq -j %s %s.body", quote(filter+" | (strings, numbers)"), file)
	case p.Field != "":
		return fmt.Sprintf("NAME=%s BEGIN= page %s.body", quote(p.Field), file)
	case p.Link != "":
		return fmt.Sprintf("NAME= BEGIN=%s page %s.body", quote(p.Link), file)
	case p.Header != "" && p.After == "" && p.Before == "":
		return fmt.Sprintf("NAME=%s header %s.head", quote(p.Header), file)
	case p.Header != "":
		return fmt.Sprintf("{ NAME=%s header %s.head >%s.value; AFTER=%s BEFORE=%s between %s.value; }",
			quote(p.Header), file, file, quote(p.After), quote(p.Before), file)
	}
	return fmt.Sprintf("AFTER=%s BEFORE=%s between %s.body | plainly %s.head", quote(p.After), quote(p.Before), file, file)
}

// index is a place in an array, as a JSON Pointer has it.
var index = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,8})$`)

// quote writes a text as one word of the shell, whatever is in it.
func quote(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "'", `'\''`) + "'"
}

// word writes a text that is mostly a plain word, which needs no quotes.
func word(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return quote(text)
}

var plainWord = regexp.MustCompile(`^[A-Za-z]+$`)

// comment writes a text so that it stays within its comment.
func comment(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
}

// named returns the name of something in the shell script: as wished, unless
// something else has that already. Names in other letters than these would all be
// the same.
func (c *curl) named(what, wish string) string {
	if name, ok := c.names[what]; ok {
		return name
	}
	name := wish
	for n := 2; slices.Contains(slices.Collect(maps.Values(c.names)), name); n++ {
		name = wish + strconv.Itoa(n)
	}
	c.names[what] = name
	return name
}

// variable makes the name of a variable.
func (c *curl) variable(parts ...string) string {
	return c.named("variable "+strings.ToUpper(parts[0])+" "+strings.Join(parts[1:], " "), strings.ToUpper(plainly(parts...)))
}

// name makes the name of a function of the shell.
func (c *curl) name(r role, part string) string {
	return c.named("function "+string(r)+" "+part, strings.ToLower(plainly(string(r), part)))
}

// captureFile is the name of the file that holds what was captured.
func (c *curl) captureFile(r role, capture string) string {
	return c.named("capture "+string(r)+" "+capture, "capture."+strings.ToLower(plainly(string(r), capture)))
}

// plainly writes a name in letters and digits of ASCII.
func plainly(parts ...string) string {
	return strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && alphanumeric(byte(c)) {
			return c
		}
		return '_'
	}, strings.Join(parts, "_"))
}

// origin is scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
