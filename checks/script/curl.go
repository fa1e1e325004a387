package script

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"notmine/checks/plan"
)

// Curl writes a view of the script as a shell script for somebody's desk: two
// roles, the viewer and the owner, log in with cookies of their own, plant what is
// theirs, and ask for the view at the same moment, again and again, until one is
// given the other's. It needs a POSIX shell, curl, awk and od, and jq where something
// is captured from JSON. Names and passwords come from its environment.
//
// It is no proof that nothing comes: it overlaps far less sharply than notmine.
func Curl(s *Script, p *plan.Plan, view string) string {
	c := &curl{script: s, plan: p}
	var body strings.Builder
	for _, r := range []role{viewerRole, ownerRole} {
		for part, requests := range s.parts() {
			if c.needs(part, view) {
				c.function(&body, r, part, requests)
			}
		}
	}
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Two sessions ask for " + comment(view) + " at the same moment, until one is given the other's.\n")
	b.WriteString("set -u\nTARGET_ORIGIN=${TARGET_ORIGIN:-" + quote(origin(p.Target)) + "}\nROUNDS=${ROUNDS:-100}\n")
	fmt.Fprintf(&b, "TIMEOUT=%d\nAGENT=%s\n", max(1, int(p.Timeout.Seconds())), quote(agent))
	b.WriteString("dir=$(mktemp -d) || exit 2\ntrap 'rm -rf \"$dir\"' EXIT\n")
	for _, name := range slices.Sorted(maps.Keys(c.wanted)) {
		fmt.Fprintf(&b, ": \"${%s:?}\"\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.canaries)) {
		fmt.Fprintf(&b, "%s=${%s:-%s$$}\n", name, name, quote("notmine-"+strings.ToLower(strings.ReplaceAll(name, "_", "-"))+"-"))
	}
	b.WriteString(tools)
	b.WriteString(body.String())
	b.WriteString("\n# Who logs in, and what is theirs.\n")
	for _, r := range []role{viewerRole, ownerRole} {
		for _, part := range []string{partLogin, partPlant} {
			if len(s.list(part)) > 0 {
				fmt.Fprintf(&b, "%s >\"$dir/out\" || { echo %s >&2; exit 2; }\n", name(r, part), quote(string(r)+" could not "+part))
			}
		}
	}
	b.WriteString("\nround=0\nwhile [ \"$round\" -lt \"$ROUNDS\" ]; do\n\tround=$((round + 1))\n")
	v := plan.View{Name: view}
	for _, of := range p.Views {
		if of.Name == view {
			v = of
		}
	}
	for _, way := range p.Before(v) {
		for _, r := range []role{viewerRole, ownerRole} {
			fmt.Fprintf(&b, "\t%s >\"$dir/out\"\n", name(r, partView+way.Name))
		}
	}
	for _, r := range []role{viewerRole, ownerRole} {
		fmt.Fprintf(&b, "\t%s >\"$dir/%s.out\" &\n", name(r, partView+view), r)
	}
	b.WriteString("\twait\n")
	for _, r := range []role{viewerRole, ownerRole} {
		for _, canary := range slices.Sorted(maps.Keys(c.canaries)) {
			if strings.HasPrefix(canary, variable(string(r.other()))) {
				fmt.Fprintf(&b, "\tif grep -q -F -e \"$%s\" \"$dir/%s.out\"; then echo \"round $round: the %s was given the %s's $%s\"; exit 1; fi\n",
					canary, r, r, r.other(), canary)
			}
		}
	}
	b.WriteString("done\necho \"not in $round rounds\"\n")
	return b.String()
}

// tools are the functions that the script stands on.
const tools = `
# ask ROLE FILE STATUS …: one request of a role, with what else curl is to be told.
# What it brings is kept and printed; a status of another class is a failure.
ask() {
	role=$1 kept=$dir/$2 class=$3
	shift 3
	code=$(curl -sS -g --path-as-is --max-time "$TIMEOUT" -A "$AGENT" -b "$dir/$role.jar" -c "$dir/$role.jar" \
		-D "$kept.head" -o "$kept.body" -w '%{http_code}' "$@") || return 1
	cat "$kept.body"
	case $code in "$class"??) ;; *) return 1 ;; esac
}
# percent and json write a text as it has to stand in an address or form, and in JSON.
percent() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; }
json() { printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
# captured gives back what an answer gave.
captured() { cat "$dir/$1" 2>/dev/null; }
# between FILE: what stands behind the first AFTER and before the next of BEFORE.
between() {
	awk 'BEGIN { RS = "\001"; ORS = "" }
	NR == 1 { at = 1; if (ENVIRON["AFTER"] != "") { at = index($0, ENVIRON["AFTER"]); if (!at) exit; at += length(ENVIRON["AFTER"]) }
	t = substr($0, at); if (ENVIRON["BEFORE"] != "") { n = index(t, ENVIRON["BEFORE"]); if (!n) exit; t = substr(t, 1, n - 1) } print t }' "$1"
}
# field FILE: the value of the form field or meta element NAME.
field() {
	tr '\n' ' ' <"$1" | sed 's/</\n</g' | awk '{ if (index($0, "name=\"" ENVIRON["NAME"] "\"") && match($0, /(value|content)="[^"]*"/)) {
	t = substr($0, RSTART, RLENGTH); sub(/^[a-z]*="/, "", t); sub(/"$/, "", t); printf "%s", t; exit } }'
}
# link FILE: what stands behind BEGIN in the first address that begins so.
link() {
	tr '\n' ' ' <"$1" | awk 'BEGIN { ORS = "" } { i = index($0, "=\"" ENVIRON["BEGIN"]); if (!i) exit
	t = substr($0, i + 2 + length(ENVIRON["BEGIN"])); if (match(t, /[\/?&#"]/)) t = substr(t, 1, RSTART - 1); print t }'
}
# header FILE: the value of the header NAME.
header() { tr -d '\r' <"$1" | awk 'BEGIN { ORS = "" } tolower($1) == tolower(ENVIRON["NAME"]) ":" { sub(/^[^:]*: */, ""); print; exit }'; }
# cookie FILE: the value of the cookie NAME in a cookie jar.
cookie() { awk 'BEGIN { FS = "\t"; ORS = "" } $6 == ENVIRON["NAME"] { print $7; exit }' "$1"; }
`

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

// curl writes a shell script.
type curl struct {
	script   *Script
	plan     *plan.Plan
	wanted   map[string]bool // variables that the environment has to give
	canaries map[string]bool // variables with what each role plants
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

// needs reports whether a view needs a part.
func (c *curl) needs(part, view string) bool {
	if part == partLogin || part == partPlant || part == partView+view {
		return true
	}
	for _, v := range c.plan.Views {
		if v.Name == view {
			return slices.ContainsFunc(c.plan.Before(v), func(way plan.View) bool { return part == partView+way.Name })
		}
	}
	return false
}

// function writes a part as a function of a role. It prints what answers bring, and
// fails when the class of a status is not what is expected.
func (c *curl) function(b *strings.Builder, r role, part string, requests []Request) {
	fmt.Fprintf(b, "\n%s() {\n", name(r, part))
	for i, request := range requests {
		for _, p := range request.Parts { // of several files the last; forms mostly have one
			if p.Picture == "" && (p.Data != "" || p.File != "") {
				fmt.Fprintf(b, "\tprintf %%s %s | base64 -d >\"$dir/%s.file\"\n", quote(p.Data), r)
			}
		}
		kept := fmt.Sprintf("%s.%d", name(r, part), i)
		file := fmt.Sprintf("\"$dir/%s\"", kept)
		class := request.Expect
		if class == "" {
			class = "2xx"
		}
		fmt.Fprintf(b, "\task %s %s %c -X %s", r, kept, class[0], word(request.method()))
		c.send(b, r, &request)
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
			fmt.Fprintf(b, "\t%s >\"$dir/%s\"\n", extract(request.Captures[capture], r, file), captureFile(r, capture))
		}
	}
	b.WriteString("}\n")
}

// send writes what a request sends besides its address.
func (c *curl) send(b *strings.Builder, r role, request *Request) {
	for _, name := range slices.Sorted(maps.Keys(c.plan.Headers)) {
		own := variable("HEADER", name)
		c.want(own)
		fmt.Fprintf(b, " -H %s\"$%s\"", quote(name+": "), own)
	}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		b.WriteString(" -H " + quote(name+": ") + c.text(r, request.Header[name], plain))
	}
	if request.Body != "" {
		b.WriteString(" --data-raw " + c.text(r, request.Body, codingsOf(request.media())[0]))
	}
	for _, p := range request.Parts {
		switch {
		case p.Picture != "":
			own := variable(string(r), "PICTURE", p.Picture)
			c.want(own)
			fmt.Fprintf(b, " -F %s\"$%s\"", c.text(r, inForm.Replace(p.Name)+"=@", plain), own)
		case p.Data != "" || p.File != "":
			fmt.Fprintf(b, " -F %s\"$dir/%s.file\"';filename='%s", c.text(r, inForm.Replace(p.Name)+"=@", plain), r, c.text(r, inForm.Replace(p.File), plain))
		default:
			b.WriteString(" --form-string " + c.text(r, p.Name+"="+p.Value, plain))
		}
	}
}

// inForm takes from a name what curl's own syntax of forms would read as something
// else, such as a file of this machine.
var inForm = strings.NewReplacer("=", "", ";", "", ",", "", "@", "", "<", "", `"`, "", `\`, "")

// text writes a text as a word of the shell, with its placeholders.
func (c *curl) text(r role, text string, own coding) string {
	var b strings.Builder
	for {
		literally, rest, found := strings.Cut(text, "{{")
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
func (c *curl) placeholder(r role, key string, own coding) string {
	switch key {
	case braces:
		return quote("{{")
	case brace:
		return quote("{")
	}
	key, coding := cutCoding(key, own)
	word := ""
	item, isCanary := strings.CutPrefix(key, canaryKey)
	capture, isCapture := strings.CutPrefix(key, captureKey)
	column, isPeer := strings.CutPrefix(key, peerKey)
	switch {
	case isCapture:
		word = fmt.Sprintf("$(captured %s)", captureFile(r, capture))
	case key == originKey:
		word = "$TARGET_ORIGIN"
	case key == nowKey:
		word = "$(date +%s)000"
	case isCanary:
		name := variable(string(r), "CANARY", item)
		if c.canaries == nil {
			c.canaries = map[string]bool{}
		}
		c.canaries[name] = true
		word = "$" + name
	default:
		name := variable(string(r), key)
		switch {
		case strings.HasPrefix(key, secretKey):
			name = variable(key)
		case isPeer:
			name = variable(string(r.other()), column)
		}
		c.want(name)
		word = "$" + name
	}
	switch coding {
	case form, percent:
		return `"$(percent "` + word + `")"`
	case inJSON:
		return `"$(json "` + word + `")"`
	}
	return `"` + word + `"`
}

func (c *curl) want(name string) {
	if c.wanted == nil {
		c.wanted = map[string]bool{}
	}
	c.wanted[name] = true
}

// extract writes a command that prints what stands in a place of an answer.
func extract(p Place, r role, file string) string {
	switch {
	case p.Cookie != "":
		return fmt.Sprintf("NAME=%s cookie \"$dir/%s.jar\"", quote(p.Cookie), r)
	case p.JSON != "":
		var path []string
		for _, name := range strings.Split(p.JSON[1:], "/") {
			if _, err := strconv.Atoi(name); err == nil {
				path = append(path, "["+name+"]")
			} else {
				path = append(path, "."+strconv.Quote(fromPointer.Replace(name)))
			}
		}
		return fmt.Sprintf("jq -j %s %s.body", quote("."+strings.TrimPrefix(strings.Join(path, ""), ".")), file)
	case p.Field != "":
		return fmt.Sprintf("NAME=%s field %s.body", quote(p.Field), file)
	case p.Link != "":
		return fmt.Sprintf("BEGIN=%s link %s.body", quote(p.Link), file)
	case p.Header != "" && p.After == "" && p.Before == "":
		return fmt.Sprintf("NAME=%s header %s.head", quote(p.Header), file)
	case p.Header != "":
		return fmt.Sprintf("{ NAME=%s header %s.head >%s.value; AFTER=%s BEFORE=%s between %s.value; }",
			quote(p.Header), file, file, quote(p.After), quote(p.Before), file)
	}
	return fmt.Sprintf("AFTER=%s BEFORE=%s between %s.body", quote(p.After), quote(p.Before), file)
}

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

// variable makes the name of a variable.
func variable(parts ...string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, strings.Join(parts, "_"))
}

// name makes the name of a function of the shell.
func name(r role, part string) string { return strings.ToLower(variable(string(r), part)) }

// captureFile is the name of the file that holds what was captured.
func captureFile(r role, capture string) string {
	return "capture." + strings.ToLower(variable(string(r), capture))
}

// origin is scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
