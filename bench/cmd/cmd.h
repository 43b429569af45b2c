/* SPDX-License-Identifier: BSD-2-Clause */
/* What main.c and the subcommands share: their functions, and what their
 * exit statuses mean. Each X_main() is given its own name as argv[0]. */
#ifndef BENCH_CMD_CMD_H
#define BENCH_CMD_CMD_H

enum exit_status {
    EXIT_GOOD = 0,
    EXIT_CHECK_FAILED = 1, /* a check or a claim does not hold */
    EXIT_USAGE = 2,
    EXIT_INVALID = 3, /* the run could not be done, or counts for nothing */
    EXIT_SKIPPED = 77,
    EXIT_TIMED_OUT = 124,
    EXIT_UNSUPPORTED = 127, /* not on this host */
};

int run_main(int argc, char **argv);
int analyze_main(int argc, char **argv);
int sweep_main(int argc, char **argv);
int merge_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int reproduce_main(int argc, char **argv);
int plot_main(int argc, char **argv);
int report_main(int argc, char **argv);
int link_main(int argc, char **argv);
int bench_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int send_main(int argc, char **argv);
int mx_main(int argc, char **argv);
int capability_main(int argc, char **argv);
int doctor_main(int argc, char **argv);

#endif
