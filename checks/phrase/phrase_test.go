package phrase

import (
	"encoding/json"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		text            Text
		english, korean string
	}{
		{Text{}, "", ""},
		{Verbatim("100 % of %d"), "100 % of %d", "100 % of %d"},
		{New("%d visits", 1), "1 visit", "방문 1회"},
		{New("%d visits", 0), "0 visits", "방문 0회"},
		{New("%d visits", 3184), "3,184 visits", "방문 3,184회"},
		{New("a form that nobody has translated: %s", "x"), "a form that nobody has translated: x", "a form that nobody has translated: x"},
		{New("(%s)", New("%d accounts", 1)), "(1 account)", "(계정 1개)"},
		{Join([]Text{New("%d visits", 1), {}, New("%d accounts", 2)}, " % "), "1 visit % 2 accounts", "방문 1회 % 계정 2개"},
		{Join([]Text{{}}, ", "), "", ""},
		{Name("last writer"), "last writer", "공유 변수 덮어쓰기"},
		{Name("100 % of %d"), "100 % of %d", "100 % of %d"},
		{Name(""), "", ""},
		{New("%s brought a marker to somebody outside its audience", New("%d visits", 1058)),
			"1,058 visits brought a marker to somebody outside its audience", "방문 1,058회에서 공개 대상이 아닌 계정에 마커가 전달되었다"},
		{New("view %s was not reached in any of %s", "100 %", New("%d visits", 1)),
			"view 100 % was not reached in any of 1 visit", "방문 1회 모두 100 % 뷰에 도달하지 못했다"},
	} {
		if got := tt.text.String(); got != tt.english {
			t.Errorf("in English %q, want %q", got, tt.english)
		}
		if got := tt.text.In(Korean); got != tt.korean {
			t.Errorf("in Korean %q, want %q", got, tt.korean)
		}
		if tt.text.IsZero() != (tt.english == "") {
			t.Errorf("%q is zero: %v", tt.english, tt.text.IsZero())
		}
	}
}

func TestTextInJSON(t *testing.T) {
	type finding struct {
		Message Text   `json:"message"`
		Because []Text `json:"because,omitempty"`
		Cause   Text   `json:"cause,omitzero"`
	}
	was := finding{Message: New("%d visits", 2), Because: []Text{New("%d accounts", 1)}}
	b, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"message":"2 visits","because":["1 account"]}`; string(b) != want {
		t.Errorf("written as %s, want %s", b, want)
	}
	var is finding
	if err := json.Unmarshal(b, &is); err != nil {
		t.Fatal(err)
	}
	if !is.Message.Equal(was.Message) || !is.Because[0].Equal(was.Because[0]) || !is.Cause.IsZero() {
		t.Errorf("read as %v, was %v", is, was)
	}
}
