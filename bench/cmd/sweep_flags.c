/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of a sweep. Values of parameters are kept as text, since words in
 * braces are put into them later; so flags_parse() does not serve. */
#include "bench/cmd/sweep_flags.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/run/sweep_store.h"
#include "netem/value.h"

/* clang-format off */
static const struct flag own_flags[] = {
    {"parameter-list", "NAME A,B,...",
     "or -L: it varies over a list; a comma within a value is written \\,"},
    {"parameter-scan", "NAME FROM TO",
     "or -P: it varies over a range, both ends included"},
    {"parameter-step-size", "STEP",
     "or -D: of the range before it, such as 10ms; x2 doubles"},
    {"shard", "K/N", "run the K-th of N parts; `turnaround merge` joins them"},
    {"warmup", "N", "or -w: runs before the first, thrown away (default 0)"},
    {"at-once", "N",
     "runs that go on at once (default: found by itself, from how late the "
     "road is)"},
    {"skip-meaningless", NULL,
     "leave out combinations without meaning, rather than refuse the sweep"},
    {"saves", "TIME",
     "from where on does one save so much against another? With --between, "
     "and a range"},
    {"between", "SLOW,FAST", "two values of what varies; of modes by default"},
    {"over", "NAME", "along what --saves looks (default: the range)"},
    {"out", "DIR", "a new folder (default: one in results/)"},
    {"resume", "DIR",
     "go on with the sweep of a folder, or begin it there; without parameters, "
     "with what the folder says"},
    {"captures", NULL, "keep each run's captures in the folder"},
    {"no-plots", NULL, "draw none at the end"},
    {"dry-run", NULL, "print the cells, and how long it would take"},
    {"json", "[FILE]", "print the summary as JSON, or write it to a file"},
    {NULL, NULL, NULL},
};
/* clang-format on */

enum { OPTIONS_MAX = 120, OF_SCENARIO = 1000, OWN = 2000, HELP = 3000 };

static void help(FILE *to)
{
    fputs("usage: turnaround sweep [SCENARIO.yaml] [FLAG]...\n"
          "       turnaround sweep --resume DIR\n\n"
          "Runs a scenario for every combination of what varies, as many at\n"
          "once as stay out of each other's way, in an order drawn by the\n"
          "seed; keeps every row, and tells medians with their intervals.\n"
          "\nWhat varies, and how it is told:\n",
          to);
    flags_print(to, own_flags);
    fputs(
        "\nWhat is run: every parameter of `turnaround run`, as a flag, as a "
        "key of the\nfile, and as a NAME that may vary. A NAME that is no "
        "parameter is a word:\n{NAME} in any parameter stands for its value.\n"
        "\nExamples:\n"
        "  turnaround sweep -L mode lockstep,pipelining,early \\\n"
        "      -P rtt 10ms 600ms -D 10ms --recipients 20 --repeat 5\n"
        "  turnaround sweep -L mode lockstep,early -P rtt 20ms 400ms -D 20ms "
        "\\\n"
        "      -L loss 0%,1%,3% --uplink 'loss {loss}' --repeat 10 --out "
        "lossy\n"
        "  turnaround sweep --saves 1s --between lockstep,early \\\n"
        "      -P rtt 10ms 600ms -D 10ms --uplink 'loss 1%' --recipients 20 "
        "--repeat 5\n"
        "  turnaround sweep --resume lossy\n\n"
        "Exit status: 0 every run counts; 1 some were not delivered; 2 usage;\n"
        "3 some are INVALID, or it could not be run to its end; 127 a world "
        "is\n"
        "not on this host.\n",
        to);
}

static int argument_of(const char *value)
{
    if (!value)
        return no_argument;
    return value[0] == '[' ? optional_argument : required_argument;
}

static void fill_options(struct option o[OPTIONS_MAX])
{
    for (int i = 0; parameters[i].name; i++)
        *o++ = (struct option){parameters[i].name,
                               argument_of(parameters[i].value), NULL,
                               OF_SCENARIO + i};
    for (int i = 0; own_flags[i].name; i++)
        *o++ = (struct option){own_flags[i].name,
                               argument_of(own_flags[i].value), NULL, OWN + i};
    *o++ = (struct option){"help", no_argument, NULL, HELP};
    *o = (struct option){0};
}

struct parsing {
    struct sweep_flags *f;
    int argc;
    char **argv;
    char why[SWEEP_WHY];
};

static int refuse(struct parsing *p, const char *flag, const char *wanted)
{
    snprintf(p->why, sizeof p->why, "--%s: found \"%.80s\", wanted %s", flag,
             optarg, wanted);
    return -1;
}

/* The further words of a flag that takes more than one. */
static int further(struct parsing *p, const char *flag, const char *wanted,
                   char **word, int count)
{
    for (int i = 0; i < count; i++) {
        if (optind >= p->argc) {
            snprintf(p->why, sizeof p->why, "%s: wanted %s", flag, wanted);
            return -1;
        }
        word[i] = p->argv[optind++];
    }
    return 0;
}

static int take_list(struct parsing *p)
{
    char *name = optarg, *values;

    p->f->planned = true;
    if (further(p, "-L", "NAME A,B,...", &values, 1) < 0)
        return -1;
    return sweep_list(&p->f->sweep, name, values, SWEEP_OF_FLAGS, p->why);
}

static int take_scan(struct parsing *p)
{
    char *name = optarg, *end[2];

    p->f->planned = true;
    if (further(p, "-P", "NAME FROM TO", end, 2) < 0)
        return -1;
    return sweep_scan(&p->f->sweep, name, end[0], end[1], NULL, SWEEP_OF_FLAGS,
                      p->why);
}

static int take_step(struct parsing *p)
{
    return sweep_step(&p->f->sweep, optarg, p->why);
}

static int take_shard(struct parsing *p)
{
    p->f->planned = true;
    return sweep_shard(&p->f->sweep, optarg, p->why);
}

static int take_count(struct parsing *p, const char *flag, int64_t least,
                      int64_t most, int64_t *to)
{
    char wanted[80];

    if (!value_count(optarg, strlen(optarg), least, most, to))
        return 0;
    snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld",
             (long long)least, (long long)most);
    return refuse(p, flag, wanted);
}

static int take_saves(struct parsing *p)
{
    int64_t ns;

    if (value_time(optarg, strlen(optarg), &ns) || ns <= 0)
        return refuse(p, "saves", VALUE_TIME);
    p->f->saving.ms = (double)ns / 1e6;
    p->f->saves = optarg;
    return 0;
}

static int take_between(struct parsing *p)
{
    char *comma;

    snprintf(p->f->between, sizeof p->f->between, "%s", optarg);
    comma = strchr(p->f->between, ',');
    if (!comma || comma == p->f->between || !comma[1] || strchr(comma + 1, ','))
        return refuse(p, "between", "two values parted by a comma");
    *comma = '\0';
    p->f->saving.slow = p->f->between;
    p->f->saving.fast = comma + 1;
    return 0;
}

static void take_folder(struct parsing *p, bool resume)
{
    snprintf(p->f->out, sizeof p->f->out, "%s", optarg);
    p->f->resume = resume;
}

/* The command's own flags but those for what varies. */
static int take_rest(struct parsing *p, const char *name)
{
    struct sweep_flags *f = p->f;

    if (strcmp(name, "warmup") == 0)
        return take_count(p, name, 0, 1000000, &f->warm_up);
    if (strcmp(name, "at-once") == 0)
        return take_count(p, name, 1, 1000, &f->at_once);
    if (strcmp(name, "saves") == 0)
        return take_saves(p);
    if (strcmp(name, "between") == 0)
        return take_between(p);
    if (strcmp(name, "over") == 0)
        f->over = optarg;
    else if (strcmp(name, "out") == 0 || strcmp(name, "resume") == 0)
        take_folder(p, *name == 'r');
    else if (strcmp(name, "captures") == 0)
        f->captures = true;
    else if (strcmp(name, "no-plots") == 0)
        f->plots = false;
    else if (strcmp(name, "dry-run") == 0)
        f->dry_run = true;
    else if (strcmp(name, "skip-meaningless") == 0)
        f->planned = f->sweep.skip_meaningless = true;
    else {
        f->json = true;
        f->json_file = optarg;
    }
    return 0;
}

static int take_own(struct parsing *p, const char *name)
{
    static const struct {
        const char *name;
        int (*take)(struct parsing *);
    } takes[] = {{"parameter-list", take_list},
                 {"parameter-scan", take_scan},
                 {"parameter-step-size", take_step},
                 {"shard", take_shard}};

    for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++)
        if (strcmp(takes[i].name, name) == 0)
            return takes[i].take(p);
    return take_rest(p, name);
}

static int take_option(struct parsing *p, int c)
{
    static const struct {
        char letter;
        const char *name;
    } letters[] = {{'L', "parameter-list"},
                   {'P', "parameter-scan"},
                   {'D', "parameter-step-size"},
                   {'w', "warmup"}};

    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (c == letters[i].letter)
            return take_own(p, letters[i].name);
    if (c >= OWN)
        return take_own(p, own_flags[c - OWN].name);
    if (c < OF_SCENARIO) {
        snprintf(p->why, sizeof p->why, "see `turnaround sweep --help`");
        return -1;
    }
    p->f->planned = true;
    return sweep_set(&p->f->sweep, parameters[c - OF_SCENARIO].name,
                     optarg ? optarg : "on", SWEEP_OF_FLAGS, p->why);
}

static int usage(const struct parsing *p)
{
    fprintf(stderr, "sweep: %s\n", p->why);
    return EXIT_USAGE;
}

static int take_options(struct parsing *p)
{
    struct option options[OPTIONS_MAX];
    int c;

    fill_options(options);
    optind = 0;
    while ((c = getopt_long(p->argc, p->argv, "hL:P:D:w:", options, NULL)) !=
           -1) {
        if (c == HELP || c == 'h') {
            help(stdout);
            return EXIT_GOOD;
        }
        if (take_option(p, c) < 0)
            return usage(p);
    }
    if (p->argc - optind > 1) {
        snprintf(p->why, sizeof p->why,
                 "\"%.80s\" is no flag, and one scenario is enough; see "
                 "`turnaround sweep --help`",
                 p->argv[optind + 1]);
        return usage(p);
    }
    return -1;
}

/* The axis that has both values of --between. */
static const struct sweep_axis *between_axis(const struct sweep_flags *f)
{
    for (size_t i = 0; i < f->sweep.axes; i++) {
        const struct sweep_axis *a = &f->sweep.axis[i];
        int found = 0;

        for (size_t v = 0; v < a->values; v++)
            found += strcmp(a->value[v], f->saving.slow) == 0 ||
                     strcmp(a->value[v], f->saving.fast) == 0;
        if (found == 2)
            return a;
    }
    return NULL;
}

/* --between of what does not vary yet varies the mode. */
static int add_between(struct parsing *p)
{
    struct sweep_flags *f = p->f;
    char *values[2] = {(char *)f->saving.slow, (char *)f->saving.fast};

    if (!f->saving.fast || between_axis(f) || sweep_axis(&f->sweep, "mode"))
        return 0;
    return sweep_values(&f->sweep, "mode", values, 2, SWEEP_OF_FLAGS, p->why);
}

/* What --saves looks between and along. */
static int settle_saving(struct parsing *p)
{
    struct sweep_flags *f = p->f;
    const struct sweep_axis *between = f->saving.fast ? between_axis(f) : NULL;
    const struct sweep_axis *over = NULL;

    if (!f->saves && !f->saving.fast)
        return 0;
    for (size_t i = 0; i < f->sweep.axes && !f->over; i++)
        if (f->sweep.axis[i].from && &f->sweep.axis[i] != between)
            over = over ? over : &f->sweep.axis[i];
    if (f->over)
        over = sweep_axis(&f->sweep, f->over);
    if (!f->saves || !f->saving.fast)
        snprintf(p->why, sizeof p->why,
                 "--saves and --between go together: --saves 1s --between "
                 "lockstep,early");
    else if (!between)
        snprintf(p->why, sizeof p->why,
                 "--between: nothing varies over both \"%s\" and \"%s\"",
                 f->saving.slow, f->saving.fast);
    else if (!over || over == between)
        snprintf(p->why, sizeof p->why,
                 "--saves: along what? wanted a range, such as -P rtt 10ms "
                 "600ms -D 10ms, or --over NAME of what varies");
    else {
        f->saving.between = between->name;
        f->saving.over = over->name;
        f->saving.seed = (uint64_t)f->sweep.seed;
        return 0;
    }
    return -1;
}

/* results/sweep-YYYYMMDD-HHMMSS, which is new: a second sweep of the same
 * second has a number behind it. */
static void default_out(struct sweep_flags *f)
{
    time_t now = time(NULL);
    char stamp[32];

    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime(&now));
    snprintf(f->out, sizeof f->out, "results/sweep-%s", stamp);
    for (int n = 2; n < 1000 && access(f->out, F_OK) == 0; n++)
        snprintf(f->out, sizeof f->out, "results/sweep-%s-%d", stamp, n);
}

/* What is swept: by flags and file, or as the folder says. */
static int settle(struct parsing *p, const char *file)
{
    struct sweep_flags *f = p->f;
    struct sweep there;

    if (f->resume && !f->planned && !file) {
        if (store_read(f->out, &there, p->why) != 0)
            return -1;
        sweep_release(&f->sweep);
        f->sweep = there;
        return 0;
    }
    if (file && sweep_file(&f->sweep, file, p->why) < 0)
        return -1;
    if (add_between(p) < 0)
        return -1;
    if (f->sweep.axes == 0) {
        snprintf(p->why, sizeof p->why,
                 "nothing varies: wanted -L NAME A,B,... or -P NAME FROM TO, "
                 "or a list or range in the file");
        return -1;
    }
    return sweep_finish(&f->sweep, p->why);
}

int sweep_flags_parse(struct sweep_flags *f, int argc, char **argv)
{
    struct parsing p = {.f = f, .argc = argc, .argv = argv};
    int status;

    *f = (struct sweep_flags){.plots = true};
    sweep_init(&f->sweep);
    status = take_options(&p);
    if (status >= 0)
        return status;
    if (settle(&p, optind < argc ? argv[optind] : NULL) < 0 ||
        settle_saving(&p) < 0)
        return usage(&p);
    if (!*f->out)
        default_out(f);
    return -1;
}

void sweep_flags_release(struct sweep_flags *f)
{
    sweep_release(&f->sweep);
}
