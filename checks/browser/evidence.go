package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/page"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// shotQuality is the quality of screenshots, of 100: texts can be read, and less than
// half of what PNG takes lets a report with many of them be sent to somebody.
const shotQuality = 70

// Evidence takes a picture, in WebP, of the page as it stands, with the texts
// marked, and the pictures that came from paths among them. Unless the plan wants
// it in full, everything else that can be read is covered, but the viewer's name.
func (s *Session) Evidence(ctx context.Context, mark []string) ([]byte, error) {
	ctx, late := withDeadline(ctx, 10*time.Second)
	defer late.stop()
	cover := s.driver.plan.Evidence != plan.Full
	if err := s.run(ctx, nil, "mark", mark, cover, []string{s.account.Load().Shows}); err != nil {
		return nil, fmt.Errorf("marking the page: %w", err)
	}
	quality := int64(shotQuality)
	shot, err := call(ctx, s.process.client, s.id, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatWebp, Quality: &quality,
	})
	if err != nil {
		err = fmt.Errorf("taking a picture of the page: %w", err)
	}
	if off := s.run(ctx, nil, "unmark"); off != nil {
		err = errors.Join(err, fmt.Errorf("taking the marks off the page: %w", off))
	}
	return shot.Data, err
}

// copies are those of a visit, which had one or more parts on the wire. The plan's
// secrets are masked in them as well.
type copies struct {
	driver *Driver
	parts  []*wire.Copies
}

// add adds what is kept of a part of the visit.
func (c *copies) add(passed wire.Seen) {
	if passed.Copies != nil {
		c.parts = append(c.parts, passed.Copies)
	}
}

// Copy is as of [crowd.Copies].
func (c *copies) Copy(id int, shown []string) (record.Copy, bool) {
	for _, part := range slices.Backward(c.parts) {
		if x, ok := part.Copy(id, shown); ok {
			c.driver.maskCopy(&x)
			return x, true
		}
	}
	return record.Copy{}, false
}

// of returns copies for the crowd, which is told of none by nil.
func (c *copies) of() crowd.Copies {
	if c == nil || len(c.parts) == 0 {
		return nil
	}
	return c
}

// maskCopy masks the plan's secrets wherever the target may have said them again.
func (d *Driver) maskCopy(x *record.Copy) { crowd.MaskCopy(x, d.Mask) }

// Copies are of the visit that ended last.
func (s *Session) Copies() crowd.Copies { return s.copies.of() }

// Rest leaves the page that is open.
func (s *Session) Rest(ctx context.Context) error {
	ctx, late := withDeadline(ctx, s.driver.plan.Timeout)
	defer late.stop()
	s.at, s.status = "", 0
	if err := s.open(ctx, blank); err != nil {
		return s.explain(ctx, fmt.Errorf("leaving the page: %w", err))
	}
	return nil
}
