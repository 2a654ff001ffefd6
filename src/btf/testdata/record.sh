#!/bin/sh
# Records sample.c as BTF and as memory images: record.sh GCC OBJCOPY NAME, e.g. record.sh gcc objcopy little;
# record.sh s390x-linux-gnu-gcc-12 s390x-linux-gnu-objcopy big. Needs GCC 12 or later and bpftool.
set -e
cd "$(dirname "$0")"
object=$(mktemp)
trap 'rm -f "$object"' EXIT
"$1" -gbtf -O0 -fdata-sections -fno-pic -c sample.c -o "$object"
"$2" --dump-section .BTF="sample.$3.btf" --dump-section .data.packet="sample.$3.packet" \
  --dump-section .data.tight="sample.$3.tight" "$object" /dev/null
bpftool btf dump file "sample.$3.btf" format raw >"sample.$3.txt"
