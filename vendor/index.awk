# index.awk - a Sources index as a table: one line for each file of a package.
#
# SOURCE VERSION SUITE URL FILE SHA256 SIZE; `url` and `suite` come with -v.
BEGIN { RS = ""; FS = "\n" }
{
	source = version = folder = ""
	in_hashes = count = 0
	for (i = 1; i <= NF; i++) {
		if ($i !~ /^ /)
			in_hashes = 0
		if ($i ~ /^Package: /)
			source = substr($i, 10)
		else if ($i ~ /^Version: /)
			version = substr($i, 10)
		else if ($i ~ /^Directory: /)
			folder = substr($i, 12)
		else if ($i ~ /^Checksums-Sha256:/)
			in_hashes = 1
		else if (in_hashes)
			row[count++] = $i
	}
	for (i = 0; i < count; i++) {
		split(substr(row[i], 2), part, " ")
		print source, version, suite, url folder "/" part[3], part[3], part[1], part[2]
	}
}
