package script

// tools are the functions that the shell script stands on.
const tools = `
# ask ROLE FILE STATUS …: one request of a role, with what else curl is to be told.
# What it brings is kept and printed; a status of another class is a failure.
ask() {
	role=$1 kept=$dir/$2 class=$3
	shift 3
	code=$(fetch --max-time "$TIMEOUT" -A "$AGENT" -b "$dir/$role.jar" -c "$dir/$role.jar" \
		-D "$kept.head" -o "$kept.body" -w '%{http_code}' "$@") || return 1
	cat "$kept.head" "$kept.body"
	case $code in "$class"??) ;; *) return 1 ;; esac
}
# percent, json and inquotes write a text as it has to stand in an address or form, in
# JSON, and in the head of a part of a form.
percent() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; }
json() {
	printf %s "$1" | LC_ALL=C awk 'BEGIN { RS = "\001"; ORS = ""; for (i = 1; i < 32; i++) as[sprintf("%c", i)] = sprintf("\\u%04x", i); as["\""] = "\\\""; as["\\"] = "\\\\" }
	{ for (i = 1; i <= length($0); i++) { c = substr($0, i, 1); print (c in as) ? as[c] : c } }'
}
inquotes() {
	printf %s "$1" | LC_ALL=C awk 'BEGIN { RS = "\001"; ORS = "" } { gsub(/\r/, "%0D"); gsub(/\n/, "%0A"); gsub(/"/, "%22"); print }'
}
# line writes a line of a form with files.
line() { printf '%s\r\n' "$1"; }
# captured gives back what an answer gave.
captured() { cat "$dir/$1" 2>/dev/null; }
# between FILE: what stands behind the first AFTER and before the next of BEFORE.
between() {
	LC_ALL=C awk 'BEGIN { RS = "\001"; ORS = "" }
	NR == 1 { at = 1; if (ENVIRON["AFTER"] != "") { at = index($0, ENVIRON["AFTER"]); if (!at) exit; at += length(ENVIRON["AFTER"]) }
	t = substr($0, at); if (ENVIRON["BEFORE"] != "") { n = index(t, ENVIRON["BEFORE"]); if (!n) exit; t = substr(t, 1, n - 1) } print t }' "$1"
}
# Character references of HTML, of ASCII.
HTML='function number(t,  i, n) { for (i = 1; i <= length(t); i++) n = n * 16 + index("0123456789abcdef", substr(t, i, 1)) - 1; return n }
function character(e,  n) {
	if (e == "amp") return "&"; if (e == "lt") return "<"; if (e == "gt") return ">"; if (e == "quot") return "\""; if (e == "apos") return "\047"
	if (e ~ /^#[0-9]+$/) n = substr(e, 2) + 0; if (e ~ /^#x[0-9a-f]+$/) n = number(substr(e, 3))
	return n > 0 && n < 128 ? sprintf("%c", n) : ""
}
function plain(t,  out, i, n, c) {
	while (i = index(t, "&")) {
		out = out substr(t, 1, i - 1); t = substr(t, i + 1); n = index(t, ";"); c = n > 1 && n < 12 ? character(tolower(substr(t, 1, n - 1))) : ""
		if (c == "") out = out "&"; else { out = out c; t = substr(t, n + 1) }
	}
	return out t
}'
# plainly FILE: the input with its references undone, if that head is of a page.
plainly() {
	if grep -q -i -E '^content-type: *(text/html|application/xhtml)' "$1"; then
		LC_ALL=C awk "$HTML"'BEGIN { RS = "\001"; ORS = "" } { print plain($0) }'
	else
		cat
	fi
}
# page FILE: of the form field or meta element NAME the value; or with BEGIN what stands
# behind that in the first address that begins so.
page() {
	LC_ALL=C awk "$HTML"'BEGIN { RS = "\001"; ORS = ""; name = ENVIRON["NAME"]; begin = ENVIRON["BEGIN"]; linking = split("href action src formaction", link, " ") }
	{ gsub(/[\t\r\n]/, " "); n = split($0, tags, "<") }
	END { for (i = 2; i <= n; i++) {
		t = tags[i]; if (!match(t, /^[A-Za-z][A-Za-z0-9]*/)) continue
		element = tolower(substr(t, 1, RLENGTH)); t = substr(t, RLENGTH + 1); split("", has)
		while (match(t, "^[ /]*[^ />=]+")) {
			key = tolower(substr(t, 1, RLENGTH)); gsub("[ /]", "", key); t = substr(t, RLENGTH + 1); value = ""
			if (match(t, /^ *= */)) {
				t = substr(t, RLENGTH + 1); q = substr(t, 1, 1)
				if (q == "\"" || q == "\047") { t = substr(t, 2); e = index(t, q); if (!e) break; value = substr(t, 1, e - 1); t = substr(t, e + 1) }
				else { match(t, /^[^ >]*/); value = substr(t, 1, RLENGTH); t = substr(t, RLENGTH + 1) }
			}
			if (!(key in has)) has[key] = plain(value)
		}
		if (begin == "") {
			if (has["name"] != name) continue
			if (element == "meta") { print has["content"]; exit }
			if (element == "input" || element == "button") { print has["value"]; exit }
		} else for (k = 1; k <= linking; k++) if (index(has[link[k]], begin) == 1) {
			t = substr(has[link[k]], length(begin) + 1); if (match(t, "[/?&#]")) t = substr(t, 1, RSTART - 1); print t; exit
		}
	} }' "$1"
}
# header FILE: the value of the header NAME.
header() {
	tr -d '\r' <"$1" | LC_ALL=C awk 'BEGIN { ORS = "" } { i = index($0, ":") }
	i && tolower(substr($0, 1, i - 1)) == tolower(ENVIRON["NAME"]) { t = substr($0, i + 1); gsub(/^[ \t]+|[ \t]+$/, "", t); print t; exit }'
}
# cookie FILE: the value of the cookie NAME in a cookie jar.
cookie() { awk 'BEGIN { FS = "\t"; ORS = "" } $6 == ENVIRON["NAME"] { print $7; exit }' "$1"; }
`
