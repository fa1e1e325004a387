package plan

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostRows bounds the rows of one CSV file.
const mostRows = 1_000_000

// table reads a CSV file row by row. Its first line names the columns.
type table struct {
	r      *reader
	src    *source
	csv    *csv.Reader
	header []text
}

// openTable opens a CSV file that the plan names; nil after a mistake.
func (r *reader) openTable(path text) *table {
	if holdsReference(path.value) || strings.Contains(path.value, "{{") {
		r.mistake(path.spot, "a path must not hold ${…} or {{…}}")
		return nil
	}
	data, err := r.read(path.value, largestTable)
	if err != nil {
		r.mistake(path.spot, "reading %s: %v", path.value, err)
		return nil
	}
	return r.newTable(path.value, data)
}

// newTable begins to read a CSV file that is in memory; nil after a mistake.
func (r *reader) newTable(file string, data []byte) *table {
	written := withoutMark(data)
	t := &table{r: r, src: newSource(file, written)}
	if i := firstInvalid(written); i >= 0 {
		line := 1 + strings.Count(written[:i], "\n")
		r.mistake(spot{src: &source{file: file}, line: line, col: 1}, "the file is not UTF-8")
		return nil
	}
	t.csv = csv.NewReader(strings.NewReader(written))
	t.csv.ReuseRecord = true
	t.header = t.next()
	if t.header == nil {
		r.mistake(spot{src: t.src}, "the file is empty; its first line names the columns")
		return nil
	}
	seen := map[string]bool{}
	for i := range t.header {
		h := &t.header[i]
		h.value = strings.TrimSpace(h.value)
		if seen[h.value] {
			r.mistake(h.spot, "the column %q is given twice", h.value)
		}
		seen[h.value] = true
	}
	return t
}

func firstInvalid(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return len(s)
}

// next returns the next row, or nil at the end. A row with too many or too few
// cells is a mistake, and passed over; after any other mistake reading ends.
func (t *table) next() []text {
	for {
		cells, err := t.csv.Read()
		if err == io.EOF {
			return nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			at := spot{t.src, wrong.Line, 1}
			if errors.Is(err, csv.ErrFieldCount) {
				t.src.mask(at.line, span{0, -1})
				t.r.mistake(at, "%d cells, but the first line has %d", len(cells), t.csv.FieldsPerRecord)
				continue
			}
			at.col = t.column(wrong.Line, wrong.Column)
			t.src.mask(at.line, span{0, -1})
			t.r.mistake(at, "not CSV: %v", wrong.Err)
			return nil
		}
		row := make([]text, len(cells))
		for i, cell := range cells {
			line, col := t.csv.FieldPos(i)
			row[i] = text{cell, spot{t.src, line, t.column(line, col)}}
		}
		return row
	}
}

// column turns the place of a byte in a line into that of a character.
func (t *table) column(line, byteColumn int) int {
	if line < 1 || line > len(t.src.lines) {
		return 1
	}
	before := t.src.lines[line-1]
	return utf8.RuneCountInString(before[:min(len(before), max(0, byteColumn-1))]) + 1
}

// hide hides a cell from messages.
func (t *table) hide(row []text, i int) {
	cell := row[i]
	if cell.value == "" || onlyReferences(cell.value) {
		return
	}
	end := -1
	if i+1 < len(row) && row[i+1].spot.line == cell.spot.line {
		end = row[i+1].spot.col - 2
	}
	t.src.mask(cell.spot.line, span{cell.spot.col - 1, end})
	for line := range strings.Count(cell.value, "\n") {
		t.src.mask(cell.spot.line+1+line, span{0, -1})
	}
}

// find returns the index of a column, or -1.
func (t *table) find(names ...string) int {
	return slices.IndexFunc(t.header, func(h text) bool { return slices.Contains(names, h.value) })
}

// accountsOf adds the accounts of a CSV file; t is nil after a mistake.
func (r *resolver) accountsOf(t *table) {
	if t == nil {
		return
	}
	if t.find("name") < 0 {
		r.mistake(t.header[0].spot, "the first line names the columns, and %q has to be one of them", "name")
		return
	}
	before := len(r.mistakes) + r.unlisted
	for _, h := range t.header {
		if !columnName.MatchString(h.value) {
			r.mistake(h.spot, "%q cannot be the name of a column; a letter and then letters, digits, _ and - can", h.value)
		}
	}
	if before != len(r.mistakes)+r.unlisted {
		return // the same mistake would follow for each row
	}
	for row := t.next(); row != nil; row = t.next() {
		f := accountFields{at: row[0].spot}
		for i, cell := range row {
			column := t.header[i]
			if secretName.MatchString(column.value) {
				t.hide(row, i)
			}
			switch column.value {
			case "name":
				f.name = cell
			case "login":
				f.login = cell
			case "password":
				f.password = cell
			case "shows":
				f.shows = cell
			case "group", "groups":
				f.groups = append(f.groups, cell)
			default:
				f.columns = append(f.columns, pair[text]{column, cell})
			}
		}
		if len(r.plan.Accounts) == mostAccounts {
			r.mistake(f.at, "more than %d accounts", mostAccounts)
			return
		}
		r.addAccount(f, nil)
	}
}
