package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"notmine/checks/plan"
)

// do does an event: it runs its command in the plan's folder, or sends its
// request. What a command says is told only when it fails, and of a URL, which
// may hold a token, nothing at all.
func do(ctx context.Context, p *plan.Plan, e plan.Event) error {
	if e.HTTP == nil {
		return command(ctx, filepath.Dir(p.File), e.Run)
	}
	request, err := http.NewRequestWithContext(ctx, e.HTTP.Method, e.HTTP.URL.Reveal(), nil)
	if err != nil {
		return errors.New("making the request: the URL is none")
	}
	for name, value := range e.HTTP.Headers {
		request.Header.Set(name, value.Reveal())
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		if of := (*url.Error)(nil); errors.As(err, &of) {
			err = of.Err
		}
		return fmt.Errorf("sending the request: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the answer was %s", answer.Status)
	}
	return nil
}

// lastWords is how many bytes of what a failed command said are told.
const lastWords = 300

// command runs a command for the shell, with all that it starts, until it ends
// or ctx does.
func command(ctx context.Context, dir, line string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("running the command: %w", context.Cause(ctx))
	}
	if err != nil {
		said := strings.TrimSpace(output.String())
		return fmt.Errorf("running the command: %w: %s", err, said[max(0, len(said)-lastWords):])
	}
	return nil
}
