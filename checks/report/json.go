package report

import (
	"encoding/json"
	"fmt"
	"io"

	"notmine/checks/gate"
)

// JSON writes the result as results.json holds it: indented, in the order of the
// result's fields, with a newline at the end. Texts stay as they are, so that
// markup and every script can be read, but for what JSON itself escapes.
func JSON(w io.Writer, r *gate.Result) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(r); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	return nil
}
