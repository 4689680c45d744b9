# libs.awk - the libraries that our sources include: `awk -f libs.awk LOCK FILE...`
#
# A record of the lock names its doors; a library is built and linked when some
# header behind one of them is included.  Whether that room may is another
# question: src/LAYERS answers it, and `make layers` asks.
FILENAME == ARGV[1] {
	if ($1 == "library")
		name = $2
	else if ($1 == "door")
		for (i = 2; i <= NF; i++)
			library[$i] = name
	next
}
# A header is behind door `d` when it is called d or goes on with . / or _
$1 == "#include" {
	header = substr($2, 2, length($2) - 2)
	for (door in library)
		if (header == door || index(header, door) == 1 &&
		    substr(header, length(door) + 1, 1) ~ /[.\/_]/)
			used[library[door]] = 1
}
END {
	# In the order of the lock, so that the flags do not depend on awk's.
	while ((getline line <ARGV[1]) > 0) {
		split(line, word, " ")
		if (word[1] == "library" && word[2] in used)
			print word[2]
	}
}
