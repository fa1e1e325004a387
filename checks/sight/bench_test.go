package sight

import (
	"bytes"
	"fmt"
	"testing"

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

// BenchmarkStream compares looking at a page with copying it.
func BenchmarkStream(b *testing.B) {
	body := page()
	const chunk = 16 << 10 // what a connection gives at once
	look := func(b *testing.B, l *marker.Ledger) {
		f, err := NewFinder(l)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			s := f.Stream("text/html; charset=utf-8")
			for i := 0; i < len(body); i += chunk {
				s.write(body[i:min(i+chunk, len(body))])
			}
			s.Flush()
		}
	}
	b.Run("declared=20000", func(b *testing.B) { look(b, many(b)) })
	b.Run("declared=0", func(b *testing.B) { look(b, marker.NewLedger(thisRun, nil)) })
	b.Run("copy", func(b *testing.B) {
		to := make([]byte, len(body))
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			copy(to, body)
		}
	})
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
