package plan

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// written sizes: digits, perhaps a fraction, and a unit.
var sizeForm = regexp.MustCompile(`^([0-9]{1,18}(?:\.[0-9]{1,9})?) ?(B|kB|KB|KiB|MB|MiB|GB|GiB)?$`)

// units are the bytes of each unit, of powers of 1000 and, as IEC 80000-13 has
// them, of 1024.
var units = map[string]float64{
	"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

// sizeBetween is the kind of a number of bytes within bounds, such as 64MiB.
func sizeBetween(low, high int64) kind[int64] {
	return kind[int64]{&shape{name: "size such as " + sizeWord(1<<20), json: "string integer", pattern: sizeForm.String()}, func(r *reader, n ast.Node) int64 {
		written, _ := scalar(n)
		size, ok := parseSize(written)
		if !ok || size < float64(low) || size > float64(high) {
			r.mistake(r.start(n), "this has to be a size from %s to %s, such as 500kB or 1MiB", sizeWord(low), sizeWord(high))
			return 0
		}
		return int64(size)
	}}
}

// parseSize returns the bytes of a written size.
func parseSize(written string) (float64, bool) {
	m := sizeForm.FindStringSubmatch(written)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n * units[m[2]], err == nil
}

// sizeWord writes a size that is a whole number of some unit of 1024.
func sizeWord(n int64) string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if of := int64(units[unit]); n%of == 0 {
			return fmt.Sprintf("%d%s", n/of, unit)
		}
	}
	return fmt.Sprintf("%dB", n)
}
