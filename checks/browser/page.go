package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
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

// install makes the functions of a world. An element of the page called
// "notmine" is a property of every world's globalThis, but not its own.
//
// Each document is given it at its beginning (see Session.prepare): to send it
// along with the first question to a document cost a twentieth of a visit.
var install = "if (!Object.hasOwn(globalThis, 'notmine')) globalThis.notmine = Object.assign(" +
	strings.Join([]string{domJS, pageJS, lookJS, storesJS}, ",") + ");"

// errNotInstalled is thrown where install has not run: in a document that was
// there before its session was prepared.
const errNotInstalled = pageError("Error: nothing of notmine's is here")

const ifInstalled = "if (!Object.hasOwn(globalThis, 'notmine')) throw new Error(\"nothing of notmine's is here\");"

// evaluateIn evaluates an expression that calls functions of notmine's.
func evaluateIn(ctx context.Context, c *client, id target.SessionID, world runtime.ExecutionContextID, expression string, into any) error {
	err := evaluate(ctx, c, id, world, ifInstalled+expression, into)
	if err == errNotInstalled {
		err = evaluate(ctx, c, id, world, install+expression, into)
	}
	return err
}

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
