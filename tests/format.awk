# format.awk - what a tool can judge of our layout: `awk -f format.awk FILE...`
#
# Not clang-format: it cannot keep a table in columns, a struct on one line or a
# condition broken where its meaning breaks, and we write for readers.  Checked:
# a head line that names the file and says why it exists, tabs, width, trailing
# blanks, the return type on its own line, braces and keywords.
#
# Prints one line for each finding and exits 1 if there was one.  Needs LC_ALL=C.
BEGIN {
	width_max = 108 # 80 is the aim; a message or a table may need more
	table_width_max = 170 # tests are tables of messages and what they must give
}

function wrong(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	wrong_count++
}

# Columns that the line takes: a tab goes to the next multiple of 8, a character
# of several bytes counts once.
function columns(line,    i, at, n, part) {
	gsub(/[\200-\277]/, "", line)
	n = split(line, part, "\t")
	for (i = 1; i < n; i++) {
		at += length(part[i])
		at += 8 - at % 8
	}
	return at + length(part[n])
}

FNR == 1 {
	head = top = ""
	name = FILENAME
	sub(/.*\//, "", name)
	# A test may begin with its goal, which is what it is for.
	if (index($0, "/* " name " - ") != 1 && !(FILENAME ~ /^tests/ && /^\/\* Goal/))
		wrong("the first line should be `/* " name " - what it is for`")
}

/[ \t\r]$/ { wrong("blanks at the end of the line") }
/^\t* +\t/ { wrong("a blank before a tab in the indentation") }
columns($0) > (FILENAME ~ /^tests/ ? table_width_max : width_max) {
	wrong(columns($0) " columns, at most " (FILENAME ~ /^tests/ ? table_width_max : width_max))
}
/^[ \t]*\/\// { wrong("a comment is /* like this */") }
/^[ \t]*(} )?(if|for|while|switch)\(/ { wrong("a blank between the keyword and (") }
/^[ \t]*else/ && before ~ /^[ \t]*}$/ { wrong("`} else` is one line") }

# A function body opens with { in the first column; what came before it, from
# the first column on, is its head: the name, since its type has its own line.
/^{$/ {
	if (top ~ /^[A-Za-z_].*\(/ && top !~ /^[A-Za-z_][A-Za-z0-9_]*\(/ && before ~ /\)$/)
		wrong("the return type has its own line")
}
/^[^ \t{}#\/*]/ { top = $0 }
{ before = $0 }

END {
	if (wrong_count)
		exit 1
}
