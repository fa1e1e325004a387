package wire

import (
	"net/http"
	"slices"
	"strings"

	"notmine/checks/record"
)

// sniffed is how many bytes of a body are awaited before it is said what it is:
// as many as tell pictures and archives from text.
const sniffed = 16

// kind is what the head of an answer says of its body.
type kind struct {
	declared   string // Content-Type as it came
	media      string // the same in lower case and without parameters
	attachment bool   // is to be kept as a file
	shown      bool   // was asked for by something that shows pictures
}

func kindOf(asked, answer http.Header) kind {
	disposition, _, _ := strings.Cut(answer.Get("Content-Disposition"), ";")
	declared := answer.Get("Content-Type")
	return kind{
		declared: declared, media: mediaOf(declared),
		attachment: strings.EqualFold(strings.TrimSpace(disposition), "attachment"),
		shown:      asked.Get("Sec-Fetch-Dest") == "image",
	}
}

func mediaOf(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// surface names where a body stands that begins so, and the content type under
// which it is read; "" tries everything. A picture is told by its first bytes as
// well, since browsers show one whatever its type says, and what calls itself a
// picture and is text is read as text.
func (k kind) surface(first []byte) (surface, as string) {
	var looks string
	if len(first) > 0 {
		looks = mediaOf(http.DetectContentType(first))
	}
	untyped := k.media == "" || k.media == "unknown/unknown" || k.media == "application/unknown"
	picture := isPicture(k.media)
	switch {
	case picture && strings.HasPrefix(looks, "text/"):
		as = ""
	case picture || k.media == svg:
		as = k.declared
	case isPicture(looks) && (looks != "image/bmp" || untyped || isFile(k.media)): // of which two letters are no proof
		picture, as = true, looks
	case !untyped:
		as = k.declared
	}
	switch {
	case isStream(k.media):
		return record.Stream, as
	case k.attachment && !(picture && k.shown):
		return record.Download, as
	case picture:
		return record.Picture, as
	case isFile(k.media), untyped && isFile(looks) && looks != octets:
		return record.Download, as
	default:
		return record.Body, as
	}
}

const (
	svg    = "image/svg+xml" // a picture that is text
	octets = "application/octet-stream"
)

// isPicture reports whether a media type is that of a picture made of pixels.
func isPicture(media string) bool {
	return strings.HasPrefix(media, "image/") && media != svg
}

// isStream reports whether bodies of a media type are messages one after the
// other.
func isStream(media string) bool {
	return slices.Contains(streams, media) || strings.HasPrefix(media, "application/grpc") || strings.HasPrefix(media, "application/connect+")
}

var streams = []string{
	eventStream, "multipart/x-mixed-replace",
	"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines",
	"application/json-seq", "application/stream+json",
}

// eventStream is the type of what an EventSource reads, which never ends by
// itself.
const eventStream = "text/event-stream"

// isFile reports whether a media type is one that no page shows, so that people
// get it as a file: archives, documents of offices, tables, calendars and
// whatever is bytes to the target.
func isFile(media string) bool {
	return slices.Contains(files, media) || slices.ContainsFunc(offices, func(prefix string) bool {
		return strings.HasPrefix(media, prefix)
	}) && !slices.Contains(notFiles, media)
}

var files = []string{
	octets, "binary/octet-stream", "application/x-download", "application/force-download", "application/pdf",
	"application/zip", "application/x-zip", "application/x-zip-compressed", "application/gzip", "application/x-gzip",
	"application/x-tar", "application/x-bzip2", "application/x-7z-compressed", "application/vnd.rar", "application/x-rar-compressed",
	"application/zstd", "application/epub+zip", "application/msword", "application/rtf", "text/rtf",
	"application/x-hwp", "application/haansofthwp", "application/hwp+zip",
	"text/csv", "application/csv", "text/tab-separated-values", "text/calendar", "text/vcard", "text/x-vcard", "message/rfc822",
}

// offices are what the types of office documents begin with.
var offices = []string{
	"application/vnd.openxmlformats-", "application/vnd.oasis.opendocument", "application/vnd.ms-", "application/vnd.hancom.",
	"application/vnd.apple.",
}

// notFiles begin so as well: a font, and a list of pieces of a film.
var notFiles = []string{"application/vnd.ms-fontobject", "application/vnd.apple.mpegurl"}
