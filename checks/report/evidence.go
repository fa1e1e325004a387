package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// What is embedded in a page is bounded, so that it opens at once and can be
// sent to somebody.
const (
	mostPictures     = 30
	mostArchives     = 3       // named on a card; a visit has one for each finding
	mostPictureBytes = 2 << 20 // of all pictures together, before encoding
)

// evidenceName returns the name within the evidence folder of a file that a
// record names, and whether it is one: anything that is not a plain file right
// in that folder is not.
func evidenceName(file string) (name string, ok bool) {
	name, ok = strings.CutPrefix(file, evidenceFolder+"/")
	if !ok || !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `/\|[]`) {
		return "", false
	}
	return name, true
}

// side is one of the pictures that are compared.
type side struct {
	Of bilingual // whose it is
	picture
}

// addPictures adds a finding's evidence: screenshots, beside the owner's page if
// there is one, both sides when a picture was shown to the wrong one, and the
// names of archives.
func (c *card) addPictures(s *story, f *isolation.Finding, pics *pictures) {
	of := map[string]record.Evidence{}
	for _, n := range f.Witness {
		for _, e := range s.run.Evidence[n] {
			of[e.File] = e
		}
	}
	var own, shown, owners, viewers []side
	for _, file := range f.Evidence[:min(len(f.Evidence), mostPictures)] {
		switch e := of[file]; {
		case isArchive(file):
			if len(c.Archives) < mostArchives {
				c.Archives = append(c.Archives, visible(file, 200))
			}
		case e.Marker == 0 && e.Own:
			owners = append(owners, side{inBoth(ownersSide(f.Owner), 200), pics.show(file, c.N)})
		case e.Marker == 0:
			viewers = append(viewers, side{inBoth(viewersSide(f.Viewer), 200), pics.show(file, c.N)})
		case e.Own:
			own = append(own, side{inBoth(phrase.New("%s's own", orSomebody(visible(f.Owner, 60))), 200), pics.show(file, c.N)})
		default:
			shown = append(shown, side{inBoth(viewersSide(f.Viewer), 200), pics.show(file, c.N)})
		}
	}
	c.Sides = append(own, shown...)
	if len(owners) > 0 {
		c.Pages = append(owners, viewers...)
		return
	}
	for _, viewer := range viewers {
		c.Pictures = append(c.Pictures, viewer.picture)
	}
}

// ownersSide is over what the owner was shown, and viewersSide over the other.
func ownersSide(owner string) phrase.Text {
	return phrase.New("what %s, the owner, sees", orSomebody(visible(owner, 60)))
}

func viewersSide(viewer string) phrase.Text {
	return phrase.New("what %s was shown", visible(viewer, 60))
}

// isArchive reports whether a file of evidence is an HTTP Archive, which no page
// can show.
func isArchive(file string) bool { return strings.HasSuffix(file, record.ArchiveEnd) }

// pictures embeds evidence in a page, each file once.
type pictures struct {
	folder fs.FS // nil when there is none
	left   int64 // bytes that may still be embedded
	cards  map[string]int
}

func newPictures(folder fs.FS) *pictures {
	return &pictures{folder: folder, left: mostPictureBytes, cards: map[string]int{}}
}

// picture is one file of evidence as a card shows it.
type picture struct {
	File string       // as the record names it
	Src  template.URL // data URL; "" when it is not shown here
	Card int          // number of the card that shows it; 0 when none does
	Gone bilingual    // why it is not shown at all
}

// show returns the picture for the card of that number.
func (p *pictures) show(file string, card int) picture {
	pic := picture{File: visible(file, 200)}
	name, ok := evidenceName(file)
	if !ok || p.folder == nil {
		pic.Gone = inBoth(phrase.New("not in the evidence folder"), mostSaid)
		return pic
	}
	if earlier, ok := p.cards[name]; ok {
		pic.Card = earlier
		return pic
	}
	if len(p.cards) == mostPictures {
		pic.Gone = inBoth(phrase.New("left out: this page shows at most %s. It is in the evidence folder", phrase.New("%d pictures", mostPictures)), mostSaid)
		return pic
	}
	content, err := p.read(name)
	switch {
	case err != nil:
		pic.Gone = inBoth(phrase.New("could not be read"), mostSaid)
		return pic
	case int64(len(content)) > p.left:
		pic.Gone = inBoth(phrase.New("left out, so that this page can be sent to somebody: it has at most %d MB of pictures. It is in the evidence folder", mostPictureBytes>>20), mostSaid)
		return pic
	}
	kind := http.DetectContentType(content)
	switch kind {
	case "image/png", "image/jpeg", "image/webp":
	default:
		pic.Gone = inBoth(phrase.New("not a picture"), mostSaid)
		return pic
	}
	p.left -= int64(len(content))
	p.cards[name] = card
	// Kind is one of three constants and base64 has nothing to escape.
	pic.Src = template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content))
	return pic
}

// read returns a regular file's content, or one byte more than may still be
// embedded.
func (p *pictures) read(name string) ([]byte, error) {
	info, err := fs.Stat(p.folder, name) // before opening, for a pipe would never open
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading %s: not a regular file", name)
	}
	f, err := p.folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, p.left+1))
}
