package sight

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
)

// member is one of an archive.
type member struct{ name, text string }

func zipped(members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		// Create leaves the sizes to be told behind the member.
		to, err := w.Create(m.name)
		if err != nil {
			panic(err)
		}
		to.Write([]byte(m.text))
	}
	w.Close()
	return b.Bytes()
}

// stored is zipped without compression, and with sizes in front.
func stored(flags uint16, members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		to, err := w.CreateRaw(&zip.FileHeader{Name: m.name, Flags: flags, Method: zip.Store,
			CompressedSize64: uint64(len(m.text)), UncompressedSize64: uint64(len(m.text))})
		if err != nil {
			panic(err)
		}
		to.Write([]byte(m.text))
	}
	w.Close()
	return b.Bytes()
}

func TestZip(t *testing.T) {
	sheet := `<sst><si><t>` + letter + `</t></si></sst>`
	cp949, err := korean.EUCKR.NewEncoder().String("증명서_김민수.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why      string
		body     []byte
		wrapping string
		text     string
	}{
		{"a member of a workbook", zipped(member{"[Content_Types].xml", "<Types/>"}, member{"xl/sharedStrings.xml", sheet}), "zip xl/sharedStrings.xml", letter},
		{"a member's name", zipped(member{"김민수.txt", "x"}), "zip", "김민수.txt\n"},
		{"a name in CP949", stored(0, member{cp949, letter}), "zip 증명서_김민수.txt", letter},
		{"the list of names in CP949", stored(0, member{cp949, letter}), "zip", "증명서_김민수.txt"},
		{"a name of any bytes", stored(0, member{"a\x00\n\xff\u202e.txt", letter}), "zip a____.txt", letter},
		{"a long name", zipped(member{strings.Repeat("길", 300) + ".txt", letter}), "zip …" + strings.Repeat("길", 95) + ".txt", letter},
		{"a name that climbs", zipped(member{"../../etc/passwd", letter}), "zip ../../etc/passwd", letter},
		{"an archive in an archive", zipped(member{"in.zip", string(zipped(member{"letter.json", letter}))}), "zip in.zip > zip letter.json", letter},
		{"gzip in an archive", zipped(member{"log.gz", string(gzipped([]byte(letter)))}), "zip log.gz > gzip", letter},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), "application/octet-stream", test.body)
			o.wantPiece(t, test.wrapping, test.text)
			o.wantMissed(t)
		})
	}
}

// TestZipTorn cuts archives off at every kind of place: what came before is
// looked at.
func TestZipTorn(t *testing.T) {
	members := []member{{"first.json", letter}, {"second.json", strings.Repeat(letter, 20)}, {"third.json", letter}}
	for name, body := range map[string][]byte{"sizes behind": zipped(members...), "sizes in front": stored(0, members...)} {
		directory := bytes.Index(body, []byte(zipDirectory))
		o := openWhole(empty(t), "", body[:directory+10])
		for _, m := range members {
			o.wantPiece(t, "zip "+m.name, m.text)
		}
		o.wantMissed(t, "a ZIP archive breaks off")
		second := bytes.Index(body, []byte("second.json"))
		openWhole(empty(t), "", body[:second+60]).wantPiece(t, "zip first.json", letter)
		for n := range len(body) {
			openWhole(empty(t), "", body[:n])
		}
		t.Log(name, len(body), "bytes")
	}
}

func TestZipMissed(t *testing.T) {
	o := openWhole(empty(t), "", stored(zipEncrypted, member{"a", letter}, member{"b", letter}))
	o.wantMissed(t, "a member of a ZIP archive is encrypted")
	if delete(o.pieces, ""); len(o.pieces) != 1 {
		t.Errorf("there is %q, want the names alone", o.pieces)
	}

	rare := stored(0, member{"a", letter})
	for _, sign := range []struct {
		text string
		at   int
	}{{zipLocal, 8}, {zipDirectory, 10}} {
		binary.LittleEndian.PutUint16(rare[bytes.Index(rare, []byte(sign.text))+sign.at:], 99)
	}
	openWhole(empty(t), "", rare).wantMissed(t, "a member of a ZIP archive is packed in a rare way")

	var many []member
	for i := range maxMembers + 5 {
		many = append(many, member{fmt.Sprint(i), ""})
	}
	openWhole(empty(t), "", zipped(many...)).wantMissed(t, "an archive has more members than are looked at")
}

// TestZipBombs opens archives that unpack to far more than may be unpacked: one
// large member, many members over the same bytes, and archives in archives.
func TestZipBombs(t *testing.T) {
	const limit = 4 << 20
	nest := zipped(member{"deep.txt", letter})
	for range 200 {
		nest = zipped(member{"nest.zip", string(nest)})
	}
	wide := zipped(member{"zeros", string(make([]byte, limit))})
	for range 3 {
		wide = zipped(member{"a.zip", string(wide)}, member{"b.zip", string(wide)}, member{"c.zip", string(wide)})
	}
	for _, test := range []struct {
		why    string
		body   []byte
		missed []string
	}{
		{"a large member", zipped(member{"zeros", string(make([]byte, 64<<20))}), []string{"a member of an archive unpacks to more than 4 MiB"}},
		{"members over the same bytes", overlapping(2000), []string{"a member of an archive unpacks to more than 4 MiB"}},
		{"archives in archives", wide, nil},
		{"a deep nest", nest, nil},
	} {
		f := empty(t)
		f.MaxUnpacked = limit
		var o *opened
		peak := allocated(func() { o = openWhole(f, "", test.body) })
		t.Logf("%s, %d bytes: %d bytes allocated, missed %q", test.why, len(test.body), peak, o.missed)
		if test.missed != nil {
			o.wantMissed(t, test.missed...)
		}
		if peak > 32*limit {
			t.Errorf("%s: %d bytes allocated, want at most %d", test.why, peak, 32*limit)
		}
	}
}

// overlapping returns an archive whose directory lists one member of a megabyte
// again and again.
func overlapping(n int) []byte {
	one := zipped(member{"zeros", string(make([]byte, 1<<20))})
	start := bytes.Index(one, []byte(zipDirectory))
	end := bytes.Index(one, []byte(zipEmpty))
	directory := bytes.Repeat(one[start:end], n)
	body := append(append(bytes.Clone(one[:start]), directory...), one[end:]...)
	tail := body[len(body)-(len(one)-end):]
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(directory)))
	return body
}

func TestTar(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range []member{{"first.json", letter}, {"편지/김민수.json", letter}, {"in.zip", string(zipped(member{"a", letter}))}} {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.text)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(m.text))
	}
	w.Close()
	o := openWhole(empty(t), "", b.Bytes())
	for _, wrapping := range []string{"tar first.json", "tar 편지/김민수.json", "tar in.zip > zip a"} {
		o.wantPiece(t, wrapping, letter)
	}
	o.wantPiece(t, "tar", "편지/김민수.json\n")
	o.wantMissed(t)

	openWhole(empty(t), "", gzipped(b.Bytes())).wantPiece(t, "gzip > tar first.json", letter)

	torn := openWhole(empty(t), "", b.Bytes()[:512+50])
	torn.wantPiece(t, "tar first.json", letter[:50])
	torn.wantMissed(t, "a member of an archive breaks off", "a tar archive breaks off")
}
