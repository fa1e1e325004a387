package plan

import (
	"fmt"
	"strings"
)

// Expand replaces every {{key}} in text by what lookup gives for the key, with
// spaces around the key taken off. What was put in is not expanded again. It
// fails for a key that lookup does not know and for {{ without }}.
func Expand(text string, lookup func(key string) (string, bool)) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var b strings.Builder
	for {
		before, key, after, found, err := cutKey(text)
		if err != nil {
			return "", err
		}
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		value, ok := lookup(key)
		if !ok {
			return "", fmt.Errorf("nothing is known as {{%s}}", key)
		}
		b.WriteString(value)
		text = after
	}
}

// Keys returns the keys of all {{key}} in text, in their order. It fails for {{
// without }}.
func Keys(text string) ([]string, error) {
	var keys []string
	for {
		_, key, after, found, err := cutKey(text)
		if err != nil || !found {
			return keys, err
		}
		keys = append(keys, key)
		text = after
	}
}

// cutKey cuts text around its first {{key}}. Without one, all of it is before.
func cutKey(text string) (before, key, after string, found bool, err error) {
	before, rest, found := strings.Cut(text, "{{")
	if !found {
		return text, "", "", false, nil
	}
	key, after, closed := strings.Cut(rest, "}}")
	if !closed {
		return "", "", "", false, fmt.Errorf("{{ without }}")
	}
	return before, strings.TrimSpace(key), after, true, nil
}
