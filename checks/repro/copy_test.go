package repro

import (
	"os"
	"reflect"
	"regexp"
	"testing"

	"notmine/checks/plan"
)

// full returns a value with something in each exported field.
func full(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Slice:
		v.Set(reflect.Append(v, full(t.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(full(t.Key()), full(t.Elem()))
	case reflect.Pointer:
		v.Set(full(t.Elem()).Addr())
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(full(t.Field(i).Type))
			}
		}
	}
	return v
}

// shared tells of what two values both hold that one of them could change.
func shared(t *testing.T, at string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", at)
			return
		}
	}
	switch a.Kind() {
	case reflect.Slice:
		for i := range a.Len() {
			shared(t, at+"[]", a.Index(i), b.Index(i))
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			shared(t, at+"[]", a.MapIndex(key), b.MapIndex(key))
		}
	case reflect.Pointer:
		shared(t, at, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() {
				shared(t, at+"."+f.Name, a.Field(i), b.Field(i))
			}
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	p := full(reflect.TypeFor[plan.Plan]()).Interface().(plan.Plan)
	c := clone(&p)
	if !reflect.DeepEqual(&p, c) {
		t.Errorf("the copy is %+v, of %+v", c, p)
	}
	shared(t, "Plan", reflect.ValueOf(p), reflect.ValueOf(*c))
	if empty := clone(&plan.Plan{}); !reflect.DeepEqual(empty, &plan.Plan{}) {
		t.Errorf("the copy of nothing is %+v", empty)
	}
}

// The table in the documentation decides for each field of a plan, and for no other.
func TestEveryFieldIsDecided(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	decided := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t(\w+\.[\w*]+) +\S`).FindAllSubmatch(source, -1) {
		if decided[string(m[1])] {
			t.Errorf("%s is decided twice", m[1])
		}
		decided[string(m[1])] = true
	}
	for _, of := range []reflect.Type{
		reflect.TypeFor[plan.Plan](), reflect.TypeFor[plan.Account](), reflect.TypeFor[plan.Step](), reflect.TypeFor[plan.Marker](), reflect.TypeFor[plan.Item](),
		reflect.TypeFor[plan.Change](), reflect.TypeFor[plan.Event](), reflect.TypeFor[plan.View](), reflect.TypeFor[plan.Phase](),
	} {
		if decided[of.Name()+".*"] {
			delete(decided, of.Name()+".*")
			continue
		}
		for i := range of.NumField() {
			name := of.Name() + "." + of.Field(i).Name
			if of.Field(i).IsExported() && !decided[name] {
				t.Errorf("nobody has decided what becomes of %s", name)
			}
			delete(decided, name)
		}
	}
	for name := range decided {
		t.Errorf("%s is no field of a plan", name)
	}
}

func TestOneLine(t *testing.T) {
	for _, tt := range []struct {
		said string
		most int
		want string
	}{
		{"net\r\nreset\x1b[31m\t by  peer ", 40, "net reset [31m by peer"},
		{"시간이 다 되었다", 4, "시간이 …"},
		{"", 4, ""},
	} {
		if got := oneLine(tt.said, tt.most); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.said, got, tt.want)
		}
	}
}
