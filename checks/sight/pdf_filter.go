package sight

import (
	"bytes"
	stdlzw "compress/lzw"
	"encoding/ascii85"
	"errors"
	"io"

	"github.com/klauspost/compress/zlib"
	"golang.org/x/image/tiff/lzw"
)

// maxPDFFilters is how many filters may be put on each other.
const maxPDFFilters = 4

var errPDFFilter = errors.New("unknown filter")

// filters returns the filters of a stream in the order in which they are undone.
func (f *pdfFile) filters(d pdfDict) []pdfName {
	switch v := f.resolve(d["Filter"]).(type) {
	case pdfName:
		return []pdfName{v}
	case pdfArray:
		var filters []pdfName
		for _, name := range v[:min(len(v), maxPDFFilters)] {
			filters = append(filters, f.name(name))
		}
		return filters
	}
	return nil
}

// parameters returns those of the filter with that index.
func (f *pdfFile) parameters(d pdfDict, i int) pdfDict {
	switch v := f.resolve(d["DecodeParms"]).(type) {
	case pdfDict:
		return v
	case pdfArray:
		if i < len(v) {
			return f.dict(v[i])
		}
	}
	return nil
}

// isPictureFilter reports whether a filter is the format of a picture.
func isPictureFilter(name pdfName) bool {
	switch name {
	case "DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode":
		return true
	}
	return false
}

// unfilter undoes one filter (ISO 32000-1, 7.4). What it returns holds
// everything until an error.
func (f *pdfFile) unfilter(p []byte, filter pdfName, parameters pdfDict) ([]byte, error) {
	switch filter {
	case "FlateDecode", "Fl":
		r, err := zlib.NewReader(bytes.NewReader(p))
		if err != nil {
			return nil, err
		}
		p, err = f.in.unpack(r)
		return f.unpredict(p, parameters), endOfFlate(err)
	case "LZWDecode", "LZW":
		var r io.ReadCloser
		if f.number(parameters["EarlyChange"], 1) == 0 {
			r = stdlzw.NewReader(bytes.NewReader(p), stdlzw.MSB, 8)
		} else {
			r = lzw.NewReader(bytes.NewReader(p), lzw.MSB, 8)
		}
		defer r.Close()
		p, err := f.in.unpack(r)
		return f.unpredict(p, parameters), err
	case "ASCIIHexDecode", "AHx":
		p, _, _ = bytes.Cut(p, []byte(">"))
		return unhex(p), nil
	case "ASCII85Decode", "A85":
		p, _, _ = bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(p), []byte("<~")), []byte("~"))
		return f.in.unpack(ascii85.NewDecoder(bytes.NewReader(p)))
	case "RunLengthDecode", "RL":
		return f.in.unrun(p)
	case "Crypt": // without a password nothing is done by it
		return p, nil
	}
	return nil, errPDFFilter
}

// endOfFlate excuses a wrong checksum, which many writers have, and no reader
// minds.
func endOfFlate(err error) error {
	if errors.Is(err, zlib.ErrChecksum) {
		return nil
	}
	return err
}

// unrun undoes RunLengthDecode: a byte n below 128 says that n+1 bytes follow,
// one above that the next is repeated 257-n times; 128 is the end.
func (in *inside) unrun(p []byte) (unpacked []byte, err error) {
	for len(p) >= 2 && p[0] != 128 {
		n, run := int(p[0]), p[1:]
		if n < 128 {
			run = run[:min(n+1, len(run))]
			p = p[1+len(run):]
		} else {
			run = bytes.Repeat(run[:1], 257-n)
			p = p[2:]
		}
		if !in.budget.take(int64(len(run))) {
			return unpacked, errOverBudget
		}
		unpacked = append(unpacked, run...)
	}
	return unpacked, nil
}

// unpredict undoes a predictor, which leaves differences to the neighbours: 2 is
// TIFF's, 10 and above are PNG's, which name their way in front of each row.
func (f *pdfFile) unpredict(p []byte, parameters pdfDict) []byte {
	predictor := f.number(parameters["Predictor"], 1)
	if predictor < 2 {
		return p
	}
	colors := int(min(max(f.number(parameters["Colors"], 1), 1), 32))
	bits := int(min(max(f.number(parameters["BitsPerComponent"], 8), 1), 16))
	columns := int(min(max(f.number(parameters["Columns"], 1), 1), 1<<20))
	pixel := max(1, colors*bits/8)
	row := (colors*bits*columns + 7) / 8
	if predictor < 10 {
		if bits == 8 {
			for at := 0; at < len(p); at += row {
				unpredictRow(pngSub, p[at:min(at+row, len(p))], nil, pixel)
			}
		}
		return p
	}
	plain := make([]byte, 0, len(p))
	for above := []byte(nil); len(p) > 1; {
		current := p[1:min(1+row, len(p))]
		unpredictRow(p[0], current, above, pixel)
		p = p[1+len(current):]
		plain = append(plain, current...)
		above = current
	}
	return plain
}

// The ways in which PNG predicts a byte (PNG, third edition, 9.2).
const (
	pngSub     = 1 // from the pixel to the left
	pngUp      = 2 // from the one above
	pngAverage = 3 // from both
	pngPaeth   = 4 // from whichever of the neighbours is nearest to left + above - above left
)

// unpredictRow undoes the prediction in place. above is the row above, nil if
// there is none.
func unpredictRow(way byte, row, above []byte, pixel int) {
	for i := range row {
		var left, up, corner int
		if i >= pixel {
			left = int(row[i-pixel])
		}
		if i < len(above) {
			up = int(above[i])
			if i >= pixel {
				corner = int(above[i-pixel])
			}
		}
		switch way {
		case pngSub:
			row[i] += byte(left)
		case pngUp:
			row[i] += byte(up)
		case pngAverage:
			row[i] += byte((left + up) / 2)
		case pngPaeth:
			row[i] += byte(paeth(left, up, corner))
		}
	}
}

func paeth(left, up, corner int) int {
	estimate := left + up - corner
	toLeft, toUp, toCorner := abs(estimate-left), abs(estimate-up), abs(estimate-corner)
	switch {
	case toLeft <= toUp && toLeft <= toCorner:
		return left
	case toUp <= toCorner:
		return up
	}
	return corner
}

func abs(n int) int { return max(n, -n) }
