package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// What notmine runs inside a page, in a world of its own: the page's scripts can
// neither see nor change it, and it has intrinsics of its own. Each file is an
// expression, an object of functions that return plain data; together they are
// globalThis.notmine.
var (
	//go:embed dom.js
	domJS string
	//go:embed page.js
	pageJS string
	//go:embed look.js
	lookJS string
	//go:embed stores.js
	storesJS string
)

// install is what comes before the first expression in a world. An element of
// the page called "notmine" is a property of every world's globalThis, but not
// its own.
var install = "if (!Object.hasOwn(globalThis, 'notmine')) globalThis.notmine = Object.assign(" +
	strings.Join([]string{domJS, pageJS, lookJS, storesJS}, ",") + ");"

// expressionOf calls a function of notmine's in a page.
func expressionOf(function string, args []any) (string, error) {
	list := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			return "", fmt.Errorf("encoding an argument of %s: %w", function, err)
		}
		list[i] = string(text)
	}
	return fmt.Sprintf("notmine.%s(%s)", function, strings.Join(list, ",")), nil
}
