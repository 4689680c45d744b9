# layers.awk - who may include whom: `awk -f layers.awk src/LAYERS FILE...`
#
# LAYERS     room : rooms it may include    its own is always allowed; a row may
#                                           name only rows above it
#            +name                          the door of a vendored library
#            .                              src/*.c itself
# -v doors=  the doors that vendor/sources.lock knows, those of one library joined
#            by commas: naming one opens all.  A header is behind door `d` when it
#            is called d, or goes on after it with . / or _: +ares opens <ares.h>
#            and <ares_dns.h>, +mbedtls <mbedtls/ssl.h> and <psa/crypto.h>.
# -v generated=  headers that the build writes; any room may read these facts.
#
# Prints one line for each wrong include and exits 1 if there was one.
BEGIN {
	library_count = split(doors, library, " ")
	for (i = 1; i <= library_count; i++) {
		count = split(library[i], word, ",")
		for (j = 1; j <= count; j++) {
			door[++door_count] = word[j]
			main_door[word[j]] = word[1]
		}
	}
	split("", word)
	split(generated, word, " ")
	for (i in word)
		is_generated[word[i]] = 1
}

function wrong(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	wrong_count++
}

# The door that a header is behind, or "".
function door_of(header,    i, rest) {
	for (i = 1; i <= door_count; i++) {
		if (header == door[i])
			return door[i]
		rest = substr(header, length(door[i]) + 1, 1)
		if (index(header, door[i]) == 1 && rest ~ /[.\/_]/)
			return door[i]
	}
	return ""
}

FNR == 1 {
	file_count++
	# src/net/tls.c is in room net, src/main.c in room "."
	part_count = split(FILENAME, part, "/")
	room = part_count >= 3 ? part[part_count - 1] : "."
	if (file_count > 1 && !(room in row))
		wrong("room " room " has no row in " layers)
}

# The first file is LAYERS.
file_count <= 1 {
	layers = FILENAME
	sub(/#.*/, "")
	if (NF == 0)
		next
	if ($2 != ":") {
		wrong("not `room : rooms`: " $0)
		next
	}
	if ($1 in row)
		wrong("a second row for " $1)
	for (i = 3; i <= NF; i++) {
		if (substr($i, 1, 1) == "+") {
			if (door_count && door_of(substr($i, 2)) == "")
				wrong($i " is no door in vendor/sources.lock")
		} else if (!($i in row)) {
			wrong($1 " names " $i ", which has no row above it")
		}
		may[$1, $i] = 1
		if (substr($i, 1, 1) == "+")
			may[$1, "+" main_door[door_of(substr($i, 2))]] = 1
	}
	row[$1] = 1
	next
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
	header = $0
	sub(/^[^"<]*["<]/, "", header)
	sub(/[">].*/, "", header)
	quoted = $0 ~ /^[^<]*"/
	if (header in is_generated)
		next
	name = door_of(header)
	if (name != "") {
		if (!((room, "+" main_door[name]) in may))
			wrong(room " includes " header ", but its row has no +" main_door[name])
		next
	}
	if (!quoted)
		next
	if (index(header, "/") == 0) {
		# Written from src/: a file of the top room, or a forgotten folder.
		if (room != ".")
			wrong(room " includes \"" header "\"; write it from src/")
		next
	}
	other = header
	sub(/\/.*/, "", other)
	if (other == room)
		next
	if (!(other in row))
		wrong(room " includes " header ", and " other " has no row in " layers)
	else if (!((room, other) in may))
		wrong(room " includes " header ", but its row does not name " other)
}

END {
	if (wrong_count)
		exit 1
}
