package plan

// Secret is a value that must not be written anywhere: a password, a key of
// staging's own door. It prints and marshals as dots; only [Secret.Reveal]
// gives the value.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of other packages'
	// structs without asking their methods: it then prints an address.
	kept *kept
}

// kept is a text that was resolved, with how the plan has it where that is known:
// with its references. [Plan.YAML] writes it so.
type kept struct{ value, written string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&kept{value: value}} }

// writtenSecret wraps a value that a plan has as written.
func writtenSecret(value, written string) Secret { return Secret{&kept{value, written}} }

// Reveal returns the value, for the one place that sends it to the target.
func (s Secret) Reveal() string {
	if s.kept == nil {
		return ""
	}
	return s.kept.value
}

// written returns how the plan has the value, and false when that is not known.
func (s Secret) written() (string, bool) {
	if s.kept == nil || s.kept.written == "" {
		return "", s.Reveal() == ""
	}
	return s.kept.written, true
}

const dots = "•••"

// String returns dots.
func (s Secret) String() string { return dots }

// GoString returns dots, so that %#v does not show the value either.
func (s Secret) GoString() string { return dots }

// MarshalText returns dots.
func (s Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }
