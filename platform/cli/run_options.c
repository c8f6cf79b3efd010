/* platform/cli/run_options.c - what `rehearse run` was asked for. */
#include "platform/cli/run_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/cli/option_values.h"

enum { RUN_JOBS_MAX = 256, RUN_SEEDS_MAX = 1000000 };

enum {
    OPTION_SEED = 1000,
    OPTION_SEEDS,
    OPTION_SET,
    OPTION_BACKEND,
    OPTION_OUT,
    OPTION_JUNIT,
    OPTION_JSON,
    OPTION_JOBS,
    OPTION_QUIET,
    OPTION_NO_COLOR,
    OPTION_REPORT,
    OPTION_WIRE,
    OPTION_POISON,
    OPTION_ALLOW,
    OPTION_DNS
};

static const struct option long_options[] = {
    { "seed", required_argument, NULL, OPTION_SEED },
    { "seeds", required_argument, NULL, OPTION_SEEDS },
    { "set", required_argument, NULL, OPTION_SET },
    { "backend", required_argument, NULL, OPTION_BACKEND },
    { "out", required_argument, NULL, OPTION_OUT },
    { "junit", required_argument, NULL, OPTION_JUNIT },
    { "json", required_argument, NULL, OPTION_JSON },
    { "jobs", required_argument, NULL, OPTION_JOBS },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "no-color", no_argument, NULL, OPTION_NO_COLOR },
    { "report", required_argument, NULL, OPTION_REPORT },
    { "wire", required_argument, NULL, OPTION_WIRE },
    { "memory-poison", required_argument, NULL, OPTION_POISON },
    { "allow", required_argument, NULL, OPTION_ALLOW },
    { "dns", required_argument, NULL, OPTION_DNS },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

void
run_options_help(void)
{
    (void)puts(
        "usage: rehearse run FILE... [options]\n"
        "\n"
        "Plays scenario files. Results go to out/<file>/<seed>/: run.db, trace.lz4,\n"
        "summary.json, junit.xml, report.html.\n"
        "\n"
        "  --seed N          play with this seed instead of the file's\n"
        "  --seeds A..B      play once with each seed from A to B\n"
        "  --set KEY=VALUE   give a variable of the file another value (again and again)\n"
        "  --backend NAME    fake (default): simulated time; docker: real engine and time\n"
        "  --allow WORDS     docker: privileged,host-volumes,parameters are refused\n"
        "                    unless they are named here\n"
        "  --dns PORT        docker: answer DNS questions about apps on loopback; 0: any\n"
        "                    port\n"
        "  --out DIR         where results go (out)\n"
        "  --json FILE       all summaries in one file; - is standard output\n"
        "  --junit FILE      all verdicts as one JUnit XML file; - is standard output\n"
        "  --report LEVEL    full, summary or none; without it full, with several runs\n"
        "                    full for failures only\n"
        "  --jobs N          play so many runs at a time (1)\n"
        "  --wire WORD       plain or encoded: how simulated messages go; same history\n"
        "  --memory-poison N fill fresh memory with this byte; same history\n"
        "  --quiet           print verdicts only\n"
        "  --no-color        no colours on a terminal\n"
        "\n"
        "Exit: 0 everything held, 1 something did not, 2 a bad scenario or usage,\n"
        "3 the environment failed.");
}

static bool
run_options_word(const char *text, const char *const *words, uint32_t count, uint32_t *ret)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* The options that take one of a few words; false when it is none of them. */
static bool
run_options_choose(int option, const char *value, struct run_options *options)
{
    static const char *const backends[] = { "fake", "docker" };
    static const char *const levels[] = { "full", "summary", "none" };
    static const char *const wires[] = { "plain", "encoded" };
    uint32_t word = 0;
    bool good = false;
    if (option == OPTION_BACKEND) {
        good = run_options_word(value, backends, COUNT_OF(backends), &word);
        options->backend = backends[word];
    } else if (option == OPTION_REPORT) {
        good = run_options_word(value, levels, COUNT_OF(levels), &word);
        options->report = (enum report_level)(word + REPORT_FULL);
    } else if (option == OPTION_WIRE) {
        good = run_options_word(value, wires, COUNT_OF(wires), &word);
        options->wire = (enum run_wire)(word + WIRE_PLAIN);
    }
    return good;
}

/* Words of --allow, separated by commas. */
static bool
run_options_allow(const char *text)
{
    static const char *const words[] = { "privileged", "host-volumes", "parameters" };
    bool good = true;
    for (const char *at = text; good; at++) {
        const size_t len = strcspn(at, ",");
        good = false;
        for (uint32_t i = 0; i < COUNT_OF(words); i++) {
            good = good || (strlen(words[i]) == len && strncmp(at, words[i], len) == 0);
        }
        at += len;
        if (*at == '\0') {
            break;
        }
    }
    return good;
}

/* The options that take a text; false with what was expected of it. */
static bool
run_options_keep(int option, const char *value, struct run_options *options,
                 const char **ret_expected)
{
    if (option == OPTION_ALLOW) {
        options->allow = value;
        *ret_expected = "--allow takes privileged, host-volumes, parameters, separated by commas";
        return run_options_allow(value);
    }
    *ret_expected = "--out, --json and --junit take a path";
    if (option == OPTION_OUT) {
        options->out = value;
    } else if (option == OPTION_JUNIT) {
        options->junit = value;
    } else {
        options->json = value;
    }
    return value[0] != '\0';
}

/* The options that take a number of their own; false with what was expected of it. */
static bool
run_options_count(int option, const char *value, struct run_options *options,
                  const char **ret_expected)
{
    uint64_t number = 0;
    bool good = false;
    if (option == OPTION_JOBS) {
        good = option_number(value, RUN_JOBS_MAX, &number) && number > 0;
        options->jobs = (uint32_t)number;
        *ret_expected = "--jobs takes a number from 1 to 256";
    } else if (option == OPTION_POISON) {
        good = option_number(value, 255, &number);
        options->poison = (uint8_t)number;
        *ret_expected = "--memory-poison takes a number from 0 to 255";
    } else {
        good = option_number(value, UINT16_MAX, &number);
        options->dns_port = (uint16_t)number;
        options->dns = good;
        *ret_expected = "--dns takes a port, or 0 for any that is free";
    }
    return good;
}

/* One option; false with what was expected. */
static bool
run_options_take(int option, const char *value, struct run_options *options,
                 const char **ret_expected)
{
    bool good = true;
    *ret_expected = "";
    switch (option) {
    case OPTION_SEED:
        good = option_number(value, UINT64_MAX, &options->seed_first);
        options->seed_last = options->seed_first;
        options->has_seeds = true;
        *ret_expected = "--seed takes a whole number";
        break;
    case OPTION_SEEDS:
        options->has_seeds = true;
        good = option_seeds(value, UINT64_MAX, RUN_SEEDS_MAX, &options->seed_first,
                            &options->seed_last);
        *ret_expected = "--seeds takes A..B, two whole numbers, at most a million seeds";
        break;
    case OPTION_SET:
        *(const char **)vec_push(&options->sets) = value;
        good = strchr(value, '=') != NULL;
        *ret_expected = "--set takes KEY=VALUE";
        break;
    case OPTION_BACKEND:
        good = run_options_choose(option, value, options);
        *ret_expected = "--backend takes fake or docker";
        break;
    case OPTION_OUT:
    case OPTION_JUNIT:
    case OPTION_JSON:
    case OPTION_ALLOW:
        good = run_options_keep(option, value, options, ret_expected);
        break;
    case OPTION_JOBS:
    case OPTION_POISON:
    case OPTION_DNS:
        good = run_options_count(option, value, options, ret_expected);
        break;
    case OPTION_QUIET:
        options->quiet = true;
        break;
    case OPTION_NO_COLOR:
        options->color = false;
        break;
    case OPTION_REPORT:
        good = run_options_choose(option, value, options);
        *ret_expected = "--report takes full, summary or none";
        break;
    case OPTION_WIRE:
        good = run_options_choose(option, value, options);
        *ret_expected = "--wire takes plain or encoded";
        break;
    default:
        good = false; /* getopt has said what is wrong */
        break;
    }
    return good;
}

static bool
run_options_is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

FILE *
run_options_console(const struct run_options *options)
{
    const bool taken =
        run_options_is_stdout(options->json) || run_options_is_stdout(options->junit);
    return taken ? stderr : stdout;
}

enum status
run_options_parse(int argc, char **argv, struct run_options *options)
{
    *options = (struct run_options){ .backend = "fake",
                                     .out = "out",
                                     .allow = "",
                                     .jobs = 1,
                                     .color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
                                     .progress = isatty(STDERR_FILENO) };
    vec_init(&options->files, sizeof(const char *));
    vec_init(&options->sets, sizeof(const char *));
    int option = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        const char *expected = "";
        if (option == 'h') {
            run_options_help();
            exit(0);
        }
        if (!run_options_take(option, optarg, options, &expected)) {
            (void)fprintf(stderr, "rehearse run: %s%s\n", expected,
                          expected[0] == '\0' ? "see rehearse run --help" : "");
            return ST_INVALID;
        }
    }
    for (int i = optind; i < argc; i++) {
        *(const char **)vec_push(&options->files) = argv[i];
    }
    if (run_options_is_stdout(options->json) && run_options_is_stdout(options->junit)) {
        (void)fprintf(stderr, "rehearse run: --json and --junit cannot both have standard "
                              "output\n");
        return ST_INVALID;
    }
    if (options->dns && strcmp(options->backend, "docker") != 0) {
        (void)fprintf(stderr, "rehearse run: --dns needs --backend docker: nobody outside can ask "
                              "a simulation\n");
        return ST_INVALID;
    }
    if (options->files.count == 0) {
        (void)fprintf(stderr, "rehearse run: name a scenario file, for example "
                              "scenarios/smoke/hello.json\n");
        return ST_INVALID;
    }
    return ST_OK;
}

void
run_options_fini(struct run_options *options)
{
    vec_fini(&options->files);
    vec_fini(&options->sets);
}
