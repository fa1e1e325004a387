package wire

import (
	"net/http"
	"testing"

	"notmine/checks/record"
	"notmine/checks/sight"
)

func TestSurfaces(t *testing.T) {
	const (
		png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
		jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00"
		gif  = "GIF89a\x30\x00\x30\x00\x80\x00\x00\x00\x00\x00"
		webp = "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00"
		zip  = "PK\x03\x04\x14\x00\x08\x00\x08\x00\x00\x00\x00\x00\x00\x00"
		pdf  = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1"
		page = "<!doctype html><html>"
	)
	for _, test := range []struct {
		why, media, disposition, dest, first string
		surface, as                          string
	}{
		{"a page", "Text/HTML; charset=euc-kr", "", "", page, record.Body, "Text/HTML; charset=euc-kr"},
		{"an API's answer", "application/problem+json", "", "", `{"detail":"no"}`, record.Body, "application/problem+json"},
		{"no type", "", "", "", page, record.Body, ""},
		{"a font", "font/woff2", "", "", "wOF2\x00\x01\x00\x00", record.Body, "font/woff2"},
		{"an old font", "application/vnd.ms-fontobject", "", "", "\x00\x01", record.Body, "application/vnd.ms-fontobject"},
		{"a film's list", "application/vnd.apple.mpegurl", "", "", "#EXTM3U\n#EXTINF:9", record.Body, "application/vnd.apple.mpegurl"},

		{"a picture", "image/png", "", "", png, record.Picture, "image/png"},
		{"a picture of a new kind", "image/avif", "", "", "\x00\x00\x00\x20ftypavif", record.Picture, "image/avif"},
		{"a picture without a type", "", "", "", jpeg, record.Picture, "image/jpeg"},
		{"a picture that is bytes", "application/octet-stream", "", "", webp, record.Picture, "image/webp"},
		{"a picture under a wrong type", "text/plain", "", "", gif, record.Picture, "image/gif"},
		{"an error page that calls itself a picture", "image/png", "", "", page, record.Picture, ""},
		{"a drawing is text", "image/svg+xml", "", "", `<svg xmlns="http://www.w3.org/2000/svg">`, record.Body, "image/svg+xml"},
		{"a text that begins like a bitmap", "text/plain", "", "", "BMW and others are cars", record.Body, "text/plain"},
		{"a bitmap without a type", "", "", "", "BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00", record.Picture, "image/bmp"},

		{"kept as a file", "text/html", `Attachment; filename="a.html"`, "", page, record.Download, "text/html"},
		{"a picture kept as a file", "image/png", "attachment", "", png, record.Download, "image/png"},
		{"one that a page shows all the same", "image/png", "attachment", "image", png, record.Picture, "image/png"},
		{"shown in place", "text/html", `inline; filename="attachment"`, "", page, record.Body, "text/html"},
		{"a table", "text/csv; charset=euc-kr", "", "", "name,mail\n", record.Download, "text/csv; charset=euc-kr"},
		{"an archive", "application/zip", "", "", zip, record.Download, "application/zip"},
		{"an archive without a type", "", "", "", zip, record.Download, ""},
		{"a document without a type", "", "", "", pdf, record.Download, ""},
		{"bytes without a type", "", "", "", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", record.Body, ""},
		{"a document", "application/pdf", "", "", pdf, record.Download, "application/pdf"},
		{"bytes", "application/octet-stream", "", "", "\x00\x01", record.Download, "application/octet-stream"},
		{"a sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "", "", zip, record.Download, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"an older sheet", "application/vnd.ms-excel", "", "", "\xd0\xcf\x11\xe0", record.Download, "application/vnd.ms-excel"},
		{"a free text", "application/vnd.oasis.opendocument.text", "", "", zip, record.Download, "application/vnd.oasis.opendocument.text"},
		{"a Korean text", "application/x-hwp", "", "", "\xd0\xcf\x11\xe0", record.Download, "application/x-hwp"},
		{"an appointment", "text/calendar", "", "", "BEGIN:VCALENDAR", record.Download, "text/calendar"},

		{"events", "text/event-stream;charset=utf-8", "", "", "data: hello\n\n", record.Stream, "text/event-stream;charset=utf-8"},
		{"lines of JSON", "application/x-ndjson", "", "", "{}\n{}\n", record.Stream, "application/x-ndjson"},
		{"calls", "application/grpc-web+proto", "", "", "\x00\x00\x00\x00\x05", record.Stream, "application/grpc-web+proto"},

		{"nothing came", "image/png", "", "", "", record.Picture, "image/png"},
	} {
		answer := http.Header{}
		if test.media != "" {
			answer.Set("Content-Type", test.media)
		}
		if test.disposition != "" {
			answer.Set("Content-Disposition", test.disposition)
		}
		surface, as := kindOf(http.Header{"Sec-Fetch-Dest": {test.dest}}, answer).surface([]byte(test.first))
		if surface != test.surface || as != test.as {
			t.Errorf("%s: %s read as %q, want %s as %q", test.why, surface, as, test.surface, test.as)
		}
	}
}

func TestSightingKeepsThePicture(t *testing.T) {
	if s := Sighting(sight.Match{Shown: []byte("a picture")}, record.Picture); string(s.Shown) != "a picture" {
		t.Errorf("it has %q", s.Shown)
	}
}
