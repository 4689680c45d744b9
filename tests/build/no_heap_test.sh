#!/bin/sh
# Goal:   nothing on the way of a frame allocates: not the decoders, not the event,
#         not the pipeline, not the tape's writer and reader.
# Method: the compiled objects of these rooms call no function of the heap. The two
#         doors of libraries are left out: their memory is a pool (base/jsontree.c,
#         base/pack.c), and their tests look after that.
set -eu
objects=$(dirname "$TIDEWATCH")/src
failed=0
count=0
for object in "$objects"/base/*.o "$objects"/market/*.o "$objects"/venue/*.o "$objects"/tape/*.o \
	"$objects"/app/pipeline.o; do
	[ -e "$object" ] || continue
	case $object in */jsontree.o | */pack.o) continue ;; esac
	count=$((count + 1))
	calls=$(nm -u "$object" | grep -wE 'malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf|getline|open_memstream|aligned_alloc|posix_memalign' || true)
	if [ -n "$calls" ]; then
		echo "FAIL $object:" $calls
		failed=1
	fi
done
echo "$count objects looked at"
[ "$count" -gt 40 ] || { echo "FAIL too few: is this the right folder?"; exit 1; }
exit $failed
