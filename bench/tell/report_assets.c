/* SPDX-License-Identifier: BSD-2-Clause */
/* C11 has no way to put a file into a program; the assembler does. */
#include "bench/tell/report_assets.h"

#define ASSET(name, file)                                                      \
    __asm__(".pushsection .rodata\n.global " #name "\n" #name ":\n"            \
            ".incbin \"" file "\"\n.byte 0\n.popsection\n")

ASSET(report_css, "bench/tell/report.css");
ASSET(report_js, "bench/tell/report.js");
