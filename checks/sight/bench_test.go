package sight

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"notmine/checks/marker"
)

// many returns a ledger of 20,000 declared markers as accounts have them: names,
// addresses, phone numbers.
func many(b *testing.B) *marker.Ledger {
	b.Helper()
	l := marker.NewLedger(thisRun, nil)
	syllables := []rune("가강건경고관광구권규근금기길김나남노다도동라류리마명문미민박배백범병보복봉상서석선성세소손송수숙순승시신심아안양연영예오옥완용우운원유윤은의이인일임자장재전정제조종주준중지진찬창채천철초최충태하한해향허현형혜호홍화환황효훈휘희")
	for i := range 5000 {
		n := len(syllables)
		owner := fmt.Sprint("user", i)
		for _, text := range []string{
			string([]rune{syllables[i%n], syllables[i/n%n], syllables[(i*7+i/n)%n]}) + fmt.Sprint(i%10),
			fmt.Sprintf("user%d@mail%d.example.test", i, i%50),
			fmt.Sprintf("010-%04d-%04d", i*7919%10000, i*104729%10000),
			fmt.Sprintf("서울특별시 강남구 테헤란로 %d번길 %d", i/10, i%10),
		} {
			if _, err := l.Add(marker.Entry{Owner: owner, Item: "declared", Text: text, Declared: true}); err != nil {
				b.Fatal(err)
			}
		}
	}
	return l
}

// page is an inbox of 100 kB with Korean text, references and an inline script.
func page() []byte {
	var p bytes.Buffer
	p.WriteString("<!doctype html><html><head><title>받은편지함</title></head><body><table id=\"list\">\n")
	for i := 0; p.Len() < 90_000; i++ {
		fmt.Fprintf(&p, "<tr class=\"row unread\" data-id=\"%d\"><td><a href=\"/mail/read?folder=inbox&amp;id=%d\">회의 자료를 보내 드립니다 &lt;%d&gt;</a></td>"+
			"<td>user%d@mail%d.example.test</td><td>2026-11-22 01:45</td><td>quarterly report, please answer soon</td></tr>\n", i, i, i, i*31%9000, i%60)
	}
	p.WriteString("</table><script>window.state = {")
	for i := 0; p.Len() < 100_000; i++ {
		fmt.Fprintf(&p, `"mail%d":"line one\nline two \"quoted\"",`, i)
	}
	p.WriteString("}</script></body></html>\n")
	return p.Bytes()
}

// bundle is a script as it is shipped: names of one letter, few spaces, strings.
func bundle() []byte {
	random := rand.New(rand.NewPCG(3, 4))
	var p bytes.Buffer
	p.WriteString(`"use strict";(()=>{var e={`)
	for i := 0; p.Len() < 500_000; i++ {
		a, b := random.IntN(26)+'a', random.IntN(26)+'a'
		switch random.IntN(6) {
		case 0:
			fmt.Fprintf(&p, `%d:(%c,%c,n)=>{n.d(%c,{A:()=>r,default:()=>createElementWithProps%d});`, i*37, a, b, b, i)
		case 1:
			fmt.Fprintf(&p, `if(!(%c instanceof Error)&&%c%%2==0||%c<e.length>>>1)return %c?"\u003cdiv class=\\"row-%d\\"\u003e":'\n';`, a, b, a, b, i)
		case 2:
			fmt.Fprintf(&p, `const %c=/^[a-z0-9+/=\s]{2,}$/i,%c="receiveNotification/settings";`, a, b)
		case 3:
			fmt.Fprintf(&p, `return o().jsxs("span",{className:"Text-module__label--%x",children:[%c&&"받은 편지함",%c]})`, random.Uint32(), a, b)
		case 4:
			fmt.Fprintf(&p, `for(let %c=0;%c<t.length;%c++)this._handlers[%c]?.(t[%c],%d);`, a, a, a, b, a, i)
		default:
			fmt.Fprintf(&p, `},%d:(e,t,n)=>{"object"==typeof %c?Object.assign({},%c):void 0},`, i*41, a, b)
		}
	}
	p.WriteString(`}})();`)
	return p.Bytes()
}

// answer is what an API sends for a long list.
func answer() []byte {
	random := rand.New(rand.NewPCG(5, 6))
	var p bytes.Buffer
	p.WriteString(`{"total":4200,"items":[`)
	for i := 0; p.Len() < 1_000_000; i++ {
		fmt.Fprintf(&p, `{"id":"%08x-%04x-4%03x-a%03x-%012x","subject":"회의 자료 %d","from":{"name":"\uae40\ucca0%d","email":"user%d@mail%d.example.test"},`+
			`"snippet":"안녕하세요.\n%d번째 \"보고서\"를 보내 드립니다. See https:\/\/mail.example.test\/m\/%d?f=inbox","at":"2026-11-22T01:%02d:00Z","size":%d,"read":%t},`,
			random.Uint32(), i%65536, i%4096, i%4096, random.Uint64N(1<<48), i, i%10, i*31%9000, i%60, i, i, i%60, random.IntN(1<<20), i%2 == 0)
	}
	p.WriteString(`{}]}`)
	return p.Bytes()
}

// picturesInPage is a page in which the pictures stand as data: URLs.
func picturesInPage() []byte {
	random := rand.New(rand.NewPCG(7, 8))
	var p bytes.Buffer
	for i := 0; p.Len() < 1_000_000; i++ {
		picture := append([]byte("\x00\x01webfont"), randomBytes(random, 2000+random.IntN(60_000))...)
		fmt.Fprintf(&p, `<li><img alt="사진 %d" src="data:application/octet-stream;base64,%s"></li>`+"\n", i, base64.StdEncoding.EncodeToString(picture))
	}
	return p.Bytes()
}

// randomBytes are what compressed data looks like.
func randomBytes(random *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(random.Uint32())
	}
	return p
}

// BenchmarkStream looks at bodies and says how many times as long as copying
// the same bytes it takes.
func BenchmarkStream(b *testing.B) {
	f, err := NewFinder(many(b))
	if err != nil {
		b.Fatal(err)
	}
	for _, body := range []struct {
		name, media string
		bytes       []byte
	}{
		{"inbox", "text/html; charset=utf-8", page()},
		{"script", "text/javascript", bundle()},
		{"json", "application/json", answer()},
		{"base64", "text/html", picturesInPage()},
		{"binary", "font/woff2", randomBytes(rand.New(rand.NewPCG(1, 1)), 1_000_000)},
	} {
		b.Run(body.name, func(b *testing.B) {
			b.SetBytes(int64(len(body.bytes)))
			b.ReportAllocs()
			for b.Loop() {
				streamed(f, body.media, body.bytes)
			}
			looking := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(looking)/float64(copying(body.bytes)), "x-copy")
		})
	}
}

// streamed looks at a body in chunks as a connection gives them.
func streamed(f *Finder, media string, body []byte) *Stream {
	s := f.Stream(media)
	for chunk := range slices.Chunk(body, 16<<10) {
		s.write(chunk)
	}
	s.Flush()
	return s
}

// copying is how long copying a body in chunks takes.
func copying(body []byte) time.Duration {
	const times = 200
	to := make([]byte, len(body))
	begun := time.Now()
	for range times {
		for at := 0; at < len(body); at += 16 << 10 {
			copy(to[at:], body[at:min(at+16<<10, len(body))])
		}
	}
	return max(time.Since(begun)/times, 1)
}

// BenchmarkMemory says what a finder of 20,000 markers holds and what a stream
// does in the middle of a body.
func BenchmarkMemory(b *testing.B) {
	l := many(b)
	body := page()
	for b.Loop() {
		before := heap()
		f, err := NewFinder(l)
		if err != nil {
			b.Fatal(err)
		}
		f.Find("", body)
		made := heap()
		const open = 64
		var streams [open]*Stream
		for i := range streams {
			streams[i] = f.Stream("text/html")
			streams[i].write(body)
		}
		all := heap()
		runtime.KeepAlive(&streams)
		runtime.KeepAlive(f)
		b.ReportMetric(float64(made-before), "B/finder")
		b.ReportMetric(float64(all-made)/open, "B/stream")
	}
}

// heap is how many bytes are alive.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the first one leaves what pools hold
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkNewFinder(b *testing.B) {
	l := many(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewFinder(l); err != nil {
			b.Fatal(err)
		}
	}
}
