package plan

import (
	"slices"
	"strings"
)

func (r *resolver) resolveViews() {
	index := map[string]int{}
	for i, v := range r.doc.views {
		index[v.key.value] = i
	}
	if len(r.doc.views) == 0 && r.plan.Target != "" && len(r.plan.Accounts) > 0 && len(r.mistakes) == 0 {
		r.mistake(r.doc.at, "a plan needs at least one view")
	}
	for _, v := range r.doc.views {
		if r.checkName(v.key.spot, v.key.value, "a view") {
			r.plan.Views = append(r.plan.Views, r.view(v.key, v.value, index))
		}
	}
	r.checkCycles(index)
}

func (r *resolver) view(name text, f viewFields, index map[string]int) View {
	v := View{
		Name: name.value, Line: name.spot.line, EachPeer: f.each.value != "",
		Identity: r.plain(f.identity, "identity"), After: f.after.value,
	}
	sc := scope{canary: true, peer: v.EachPeer}
	written := f.direct
	if len(f.steps) > 0 {
		written = f.steps
		if len(f.direct) > 0 {
			r.mistake(f.direct[0].at, "a view has either verbs of its own or steps; put %s among the steps", f.direct[0].verb)
		}
	}
	if f.wait.value != "" {
		written = append(slices.Clone(written), step{at: f.wait.spot, verb: Wait, arg: f.wait})
	}
	v.Steps = r.steps(written, sc)
	switch _, known := index[v.After]; {
	case v.After != "" && !known:
		r.mistake(f.after.spot, "there is no view %q%s", v.After, suggest(v.After, r.viewNames()))
	case v.After == "" && len(written) > 0 && written[0].verb != "" && written[0].verb != Goto:
		r.mistake(written[0].at, "the view %q begins with %s: it needs a goto first, or after, or nobody knows where it is", v.Name, written[0].verb)
	case len(written) == 0 && f.at.src != nil:
		r.mistake(name.spot, "the view %q has no step; say where it is with goto", v.Name)
	}
	if strings.HasPrefix(v.Identity, "/") && (strings.HasPrefix(v.Identity, "//") || strings.Index(v.Identity, "#") < 1 || strings.HasSuffix(v.Identity, "#")) {
		r.mistake(f.identity.spot, "identity is a selector, or a path and a field of its JSON answer such as /api/me#name")
	}
	if f.control.value != "" {
		v.Control = f.control.value
		if !r.isItem(v.Control) && !r.declared[v.Control] {
			r.mistake(f.control.spot, "control: %q is not among the items%s", v.Control, suggest(v.Control, r.itemNames()))
		}
	}
	for _, c := range f.compare {
		v.Compare = append(v.Compare, r.plain(c, "compare"))
	}
	v.Hold = r.holds(f.hold)
	if v.Control == "" && v.Identity == "" {
		r.warn(name.spot, "the view %q has neither control nor identity, so its visits cannot prove that a clean answer is the account's own", v.Name)
	}
	return v
}

// holds are the patterns of requests that wait.
func (r *resolver) holds(of []text) (patterns []string) {
	for _, h := range of {
		pattern := r.plain(h, "hold")
		if pattern != "" && pattern != holdFirst && pattern != holdEvery && !strings.HasPrefix(pattern, "/") &&
			!strings.HasPrefix(pattern, "http://") && !strings.HasPrefix(pattern, "https://") {
			r.mistake(h.spot, "%q is no hold; known are first, every, and patterns that begin with /, http:// or https://", pattern)
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}

// The words of a hold: a visit's first request, and each request by itself.
const (
	holdFirst = "first"
	holdEvery = "every"
)

func (r *resolver) viewNames() []string {
	names := make([]string, len(r.doc.views))
	for i, v := range r.doc.views {
		names[i] = v.key.value
	}
	return names
}

// checkCycles reports views that come after themselves, once for each cycle.
func (r *resolver) checkCycles(index map[string]int) {
	done := make([]bool, len(r.doc.views))
	for start := range r.doc.views {
		way := map[int]bool{}
		for i := start; !done[i]; {
			if way[i] {
				r.mistake(r.doc.views[i].value.after.spot, "the view %q comes after itself", r.doc.views[i].key.value)
				break
			}
			way[i] = true
			next, ok := index[r.doc.views[i].value.after.value]
			if !ok {
				break
			}
			i = next
		}
		for i := range way {
			done[i] = true
		}
	}
}

// Before returns the views that have to be visited before v when it is visited
// alone, in their order.
func (p *Plan) Before(v View) []View {
	var before []View
	for v.After != "" && len(before) < len(p.Views) {
		i := slices.IndexFunc(p.Views, func(other View) bool { return other.Name == v.After })
		if i < 0 {
			break
		}
		v = p.Views[i]
		before = append(before, v)
	}
	slices.Reverse(before)
	return before
}
