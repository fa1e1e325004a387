package crowd

import (
	"errors"
	"slices"

	"notmine/checks/record"
)

// WasCut tells a view that was not reached because of a cut from others. A login
// form that came up is no such thing.
func WasCut(err error, exchanges []record.Exchange) error {
	var failed *TargetError
	if errors.As(err, &failed) && slices.ContainsFunc(exchanges, func(e record.Exchange) bool { return e.Aborted != "" }) {
		return &AbortedError{Err: failed.Err}
	}
	return err
}
