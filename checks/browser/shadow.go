package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/record"
)

// Bounds of closed shadow trees: how many of a document are looked into, and
// how deep inside each other.
const (
	maxShadows     = 500
	maxShadowDepth = 16
)

// shadows looks into the closed shadow trees of a document that was looked at,
// hosts of whose elements may have one. No script can tell which do, not even
// in a world of its own, and nothing in a page is a sign of them that could not
// be missing; so the browser is asked, about these elements alone. That is a
// sixth of the cost of having it describe the whole document.
func (s *Session) shadows(ctx context.Context, id target.SessionID, world runtime.ExecutionContextID, hosts int) (all held) {
	for depth := 0; hosts > 0; depth++ {
		roots, err := s.closedRoots(ctx, id, world)
		if err != nil {
			all.miss("closed shadow trees could not be read")
			break
		}
		if len(roots) == 0 {
			break
		}
		if depth == maxShadowDepth {
			all.miss(fmt.Sprintf("closed shadow trees deeper than %d inside each other", maxShadowDepth))
			break
		}
		if len(roots) > maxShadows {
			all.miss(fmt.Sprintf("more than %d closed shadow trees", maxShadows))
			roots = roots[:maxShadows]
		}
		got, err := s.lookInto(ctx, id, world, roots)
		if err != nil {
			all.miss("closed shadow trees could not be read")
			break
		}
		all.Shown, all.Missed = append(all.Shown, got.Shown...), append(all.Missed, got.Missed...)
		all.Closed += got.Closed
		hosts = got.Hosts
	}
	return all
}

func (h *held) miss(why string) {
	h.Missed = append(h.Missed, record.Missed{Surface: record.Text, Why: why})
}

// element is an element as the browser serialises it.
type element struct {
	Value struct {
		ShadowRoot *struct {
			Value struct {
				Node cdp.BackendNodeID `json:"backendNodeId"`
				Mode string            `json:"mode"`
			} `json:"value"`
		} `json:"shadowRoot"`
	} `json:"value"`
}

// closedRoots asks which of the elements that were found last are hosts of
// closed shadow roots.
func (s *Session) closedRoots(ctx context.Context, id target.SessionID, world runtime.ExecutionContextID) (roots []cdp.BackendNodeID, err error) {
	depth := int64(1) // the elements of the list
	got, err := call(ctx, s.process.client, id, runtime.Evaluate, runtime.EvaluateParams{
		Expression: "notmine.hosts", ContextID: world,
		SerializationOptions: &runtime.SerializationOptions{
			Serialization: runtime.SerializationOptionsSerializationDeep, MaxDepth: &depth,
			AdditionalParameters: []byte(`{"maxNodeDepth":0,"includeShadowTree":"all"}`),
		},
	})
	if err != nil {
		return nil, err
	}
	if got.Result == nil || got.Result.DeepSerializedValue == nil {
		return nil, errors.New("the browser did not describe the elements")
	}
	list := []byte(got.Result.DeepSerializedValue.Value)
	if !bytes.Contains(list, []byte(`"mode":"closed"`)) {
		return nil, nil // as nearly always; decoding would cost more than all the rest
	}
	var elements []element
	if err := json.Unmarshal(list, &elements); err != nil {
		return nil, err
	}
	for _, e := range elements {
		if root := e.Value.ShadowRoot; root != nil && root.Value.Mode == "closed" {
			roots = append(roots, root.Value.Node)
		}
	}
	return roots, nil
}

// lookInto has page.js read closed shadow roots.
func (s *Session) lookInto(ctx context.Context, id target.SessionID, world runtime.ExecutionContextID, roots []cdp.BackendNodeID) (got held, err error) {
	const group = "notmine"
	defer call(ctx, s.process.client, id, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: group})
	limit, err := json.Marshal(s.pageLimit())
	if err != nil {
		return got, err
	}
	args := []*runtime.CallArgument{{Value: limit}}
	for _, root := range roots {
		node, err := call(ctx, s.process.client, id, dom.ResolveNode, dom.ResolveNodeParams{
			BackendNodeID: root, ExecutionContextID: world, ObjectGroup: group,
		})
		if err != nil {
			return got, err
		}
		args = append(args, &runtime.CallArgument{ObjectID: node.Object.ObjectID})
	}
	yes := true
	res, err := call(ctx, s.process.client, id, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: "(...args) => notmine.lookInto(...args)", ExecutionContextID: world, Arguments: args,
		AwaitPromise: &yes, ReturnByValue: &yes,
	})
	if err != nil {
		return got, err
	}
	return got, returned(res.Result, res.ExceptionDetails, &got)
}
