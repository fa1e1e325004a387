package crowd

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"notmine/checks/marker"
)

// pictureName is what a target is told of a picture: it may show the name, so
// the name says nothing.
const pictureName = "photo.png"

// pictures is a private folder with the picture canaries of a run.
type pictures struct {
	mu     sync.Mutex
	folder string // "" until the first picture
	count  int
}

// draw writes the picture that carries a canary and returns its path.
func (p *pictures) draw(canary string) (string, error) {
	png, err := marker.Picture(canary)
	if err != nil {
		return "", err
	}
	dir, err := p.place()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, pictureName)
	return path, os.WriteFile(path, png, 0o600)
}

// place makes a folder for one more picture, which all have the same name.
func (p *pictures) place() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.folder == "" {
		folder, err := os.MkdirTemp("", "notmine-pictures-")
		if err != nil {
			return "", err
		}
		p.folder = folder
	}
	p.count++
	dir := filepath.Join(p.folder, fmt.Sprint(p.count))
	return dir, os.Mkdir(dir, 0o700)
}

// remove takes the folder away. Whatever cannot be removed is no secret.
func (p *pictures) remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.folder != "" {
		os.RemoveAll(p.folder)
	}
}
