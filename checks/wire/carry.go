package wire

import (
	"encoding/json"
	"fmt"
	"strings"

	"notmine/checks/record"
)

// Carry puts what passed into the observation of its visit.
func (s Seen) Carry(o *record.Observation) {
	o.Exchanges = append(o.Exchanges, s.Exchanges...)
	o.Sightings = append(o.Sightings, s.Sightings...)
	o.Blocked = append(o.Blocked, s.Blocked...)
	o.Missed = append(o.Missed, s.Missed...)
	for surface, amount := range s.Looked {
		if o.Looked == nil {
			o.Looked = map[string]record.Amount{}
		}
		add(o.Looked, surface, amount)
	}
	if s.Document != nil {
		o.Status = s.Document.Status
	}
}

// maxField is how many characters of a field are told.
const maxField = 256

// Field returns a field of a JSON answer as text, bounded; dots lead into objects.
// It is "" when there is none, or no text in it.
func Field(body []byte, field string) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return ""
	}
	for _, name := range strings.Split(field, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = object[name]
	}
	switch value := value.(type) {
	case string:
		text := []rune(strings.Join(strings.Fields(value), " "))
		if len(text) > maxField {
			return string(text[:maxField]) + "…"
		}
		return string(text)
	case float64, bool:
		return fmt.Sprint(value)
	}
	return ""
}
