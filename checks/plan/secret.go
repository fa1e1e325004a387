package plan

// Secret is a value that must not be written anywhere: a password, a key of
// staging's own door. It prints and marshals as dots; only [Secret.Reveal]
// gives the value.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of other packages'
	// structs without asking their methods: it then prints an address.
	value *string
}

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value, for the one place that sends it to the target.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

const dots = "•••"

// String returns dots.
func (s Secret) String() string { return dots }

// GoString returns dots, so that %#v does not show the value either.
func (s Secret) GoString() string { return dots }

// MarshalText returns dots.
func (s Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }
