# shellcheck shell=sh disable=SC2154 # src, out, work ... are build.sh's
# cjson: one file.  Its heap is set at run time (cJSON_InitHooks).
compile "" cJSON.c
header "$src/cJSON.h"
