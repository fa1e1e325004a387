package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// names are the browsers that are looked for, the lightest first:
// chromium-headless-shell needs a sixth of chromium's processor time and less
// than half of its memory for the same pages.
var names = []string{
	"chromium-headless-shell", "chrome-headless-shell",
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
}

// ErrNoBrowser says that no browser was found.
var ErrNoBrowser = errors.New("no browser found (looked for " + strings.Join(names, ", ") + ")")

// Find returns the path of the browser to use: path itself when it is given,
// else the first that is installed and, if headed, can show a window.
func Find(path string, headed bool) (string, error) {
	if path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("looking for the browser %s: %w", path, err)
		}
		return found, nil
	}
	for _, name := range names {
		if headed && strings.HasSuffix(name, "headless-shell") {
			continue
		}
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", ErrNoBrowser
}

// flags of every browser process. The first group keeps the browser to itself,
// the second keeps hidden pages at full speed, the third leaves out work that no
// check needs.
var flags = []string{
	"--remote-debugging-pipe",
	"--no-first-run", "--no-default-browser-check", "--no-startup-window",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-default-apps", "--disable-extensions", "--disable-breakpad",
	"--disable-client-side-phishing-detection", "--disable-domain-reliability",
	"--metrics-recording-only", "--no-pings", "--password-store=basic", "--use-mock-keychain",
	// QUIC and WebRTC would go past the wire.
	"--disable-quic", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",

	"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
	"--disable-renderer-backgrounding", "--disable-hang-monitor", "--disable-ipc-flooding-protection",
	"--disable-prompt-on-repost", "--disable-popup-blocking",

	"--in-process-gpu", "--disable-gpu", "--mute-audio", "--hide-scrollbars",
}

// featuresOff are the browser's features that are left out.
const featuresOff = "RenderDocument,ProactivelySwapBrowsingInstances," +
	"SpareRendererForSitePerProcess,Translate,MediaRouter,OptimizationHints,AutofillServerCommunication," +
	"DialMediaRouteProvider,CertificateTransparencyComponentUpdater,AcceptCHFrame"

// keepsPages is the feature that keeps a page alive for Back. It costs memory
// and time for every page that is left, so it is on for plans that go Back only.
// chromium-headless-shell never keeps one: its windows refuse to
// (BackForwardCacheDisabledForDelegate in Page.backForwardCacheNotUsed).
const keepsPages = "BackForwardCache"

// keeper starts the browser and removes its folder when the browser has ended.
// It outlives notmine: when notmine is gone, even by a panic or kill -9, the
// pipes to the browser close, the browser ends by itself, and the folder goes.
const keeper = `"$@"; code=$?; rm -rf -- "$0"; exit $code`

// process is one running browser with its connection.
type process struct {
	*client
	cmd      *exec.Cmd
	dir      string
	output   *tail
	contexts contexts
	exited   chan struct{} // closed when the browser has ended and its folder is gone
	close    sync.Once
}

// launch starts the browser at path, with what else it is to be told.
func launch(path string, headed bool, more ...string) (*process, error) {
	dir, err := os.MkdirTemp("", "notmine-browser-")
	if err != nil {
		return nil, fmt.Errorf("making the browser's folder: %w", err)
	}
	args := slices.Concat([]string{path}, flags, more, []string{"--user-data-dir=" + dir})
	if !isShell(path) && !headed {
		args = append(args, "--headless=new")
	}
	if os.Geteuid() == 0 {
		// Chromium's sandbox refuses to work for root; for anybody else it stays on.
		args = append(args, "--no-sandbox")
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, dir}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is notmine's to handle
	output := &tail{max: 8 << 10}
	cmd.Stdout, cmd.Stderr = output, output
	// The browser writes after sh has closed its ends; do not wait for ever for
	// a stray child that holds them.
	cmd.WaitDelay = 5 * time.Second

	fromUs, toBrowser, err := os.Pipe()
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("making the browser's pipe: %w", err)
	}
	fromBrowser, toUs, err := os.Pipe()
	if err != nil {
		fromUs.Close()
		toBrowser.Close()
		os.RemoveAll(dir)
		return nil, fmt.Errorf("making the browser's pipe: %w", err)
	}
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4, as --remote-debugging-pipe wants them
	err = cmd.Start()
	fromUs.Close()
	toUs.Close()
	if err != nil {
		toBrowser.Close()
		fromBrowser.Close()
		os.RemoveAll(dir)
		return nil, fmt.Errorf("starting the browser %s: %w", path, err)
	}
	p := &process{
		client: newClient(chromedp.NewPipeConn(fromBrowser, toBrowser)),
		cmd:    cmd, dir: dir, output: output, exited: make(chan struct{}),
		contexts: contexts{sessions: map[cdp.BrowserContextID]*Session{}, attached: map[target.SessionID]*Session{}},
	}
	go func() {
		cmd.Wait() // how it ended says nothing that its output does not say better
		close(p.exited)
	}()
	return p, nil
}

// isShell reports whether the browser at path is one without windows.
func isShell(path string) bool { return strings.Contains(filepath.Base(path), "headless-shell") }

// version asks for the product, such as HeadlessChrome/156.0.8078.79.
func (p *process) version(ctx context.Context, limit time.Duration) (string, error) {
	ctx, late := withDeadline(ctx, limit)
	defer late.stop()
	v, err := call(ctx, p.client, "", cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return "", fmt.Errorf("starting the browser: %w%s", err, p.output.says())
	}
	return v.Product, nil
}

// stop ends the browser: it is asked to, then its pipes are closed, then it is
// killed. It returns when the browser and its folder are gone.
func (p *process) stop() error {
	p.close.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		call(ctx, p.client, "", cdpbrowser.Close, cdp.Empty{}) // a browser that is gone is what is wanted
		cancel()
		p.conn.Close()
		select {
		case <-p.exited:
		case <-time.After(5 * time.Second):
			syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // its own group: sh, the browser and its children
			<-p.exited
		}
	})
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("removing the browser's folder: %w", err)
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	max int
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - t.max; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

// says returns what the browser said last, for an error.
func (t *tail) says() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(bytes.ToValidUTF8(t.buf, nil)))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "; it said: " + strings.Join(lines[max(0, len(lines)-3):], " / ")
}
