/* platform/cli/deploy_options.c - what `rehearse deploy` was asked for. */
#include "platform/cli/deploy_options.h"

#include <getopt.h>
#include <string.h>

#include "platform/base/units.h"
#include "platform/cli/option_values.h"

enum {
    OPTION_REHEARSE = 1000,
    OPTION_FROM,
    OPTION_SEEDS,
    OPTION_FAULTS,
    OPTION_STRATEGY,
    OPTION_SET,
    OPTION_EXPECT,
    OPTION_OUTCOME,
    OPTION_WITHIN,
    OPTION_MAX_RISK,
    OPTION_FORCE,
    OPTION_MARKDOWN,
    OPTION_JSON,
    OPTION_OUT,
    OPTION_JOBS,
    OPTION_QUIET
};

static const struct option long_options[] = {
    { "rehearse", no_argument, NULL, OPTION_REHEARSE },
    { "from", required_argument, NULL, OPTION_FROM },
    { "seeds", required_argument, NULL, OPTION_SEEDS },
    { "faults", required_argument, NULL, OPTION_FAULTS },
    { "strategy", required_argument, NULL, OPTION_STRATEGY },
    { "set", required_argument, NULL, OPTION_SET },
    { "expect", required_argument, NULL, OPTION_EXPECT },
    { "outcome", required_argument, NULL, OPTION_OUTCOME },
    { "within", required_argument, NULL, OPTION_WITHIN },
    { "max-risk", required_argument, NULL, OPTION_MAX_RISK },
    { "force", no_argument, NULL, OPTION_FORCE },
    { "markdown", required_argument, NULL, OPTION_MARKDOWN },
    { "json", required_argument, NULL, OPTION_JSON },
    { "out", required_argument, NULL, OPTION_OUT },
    { "jobs", required_argument, NULL, OPTION_JOBS },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

/* Options that do not change what is played, and have an argument. */
static const char *const where_options[] = { "--seeds", "--jobs", "--markdown", "--json", "--out",
                                             "--max-risk" };

static void
deploy_help(void)
{
    (void)puts(
        "usage: rehearse deploy FILE... --rehearse --from SNAPSHOT [options]\n"
        "\n"
        "Plays the deploy of the app definitions in FILE (Marathon: an app, a group or a\n"
        "list) on the cluster of SNAPSHOT, once with each seed, and says what can go\n"
        "wrong, how often, what users would feel, how long it takes and what it costs.\n"
        "\n"
        "  --rehearse        simulate it; deploying to a live platform is not there yet\n"
        "  --from SNAPSHOT   the state to begin with: rehearse check --schema --snapshot\n"
        "  --seeds N, A..B   with the seeds 1 to N (100), or A to B; one alone leaves a\n"
        "                    full report\n"
        "  --faults WORDS    none (default), random, or kinds: kill-task,kill-node,\n"
        "                    restart-agent,restart-master,partition; drawn while the\n"
        "                    deploy goes on\n"
        "  --strategy WHAT   a file, or JSON: '{\"canary\": {...}}', '\"recreate\"'\n"
        "  --force           take the place of a deployment that is running\n"
        "  --set KEY=VALUE   give a variable of the snapshot a value (again and again)\n"
        "  --expect FILE     a list of what must hold instead of an availability of 99.9%\n"
        "  --outcome WORD    how it has to end: done (default) or rolled-back\n"
        "  --within TIME     how soon (30m, and what the strategy holds)\n"
        "  --max-risk SHARE  more failing seeds than this are too much (1%)\n"
        "  --markdown FILE   a summary for a pull request; - is standard output\n"
        "  --json FILE       all numbers; - is standard output\n"
        "  --out DIR         where reports go, and the scenario played (out/rehearsal)\n"
        "  --jobs N          play so many seeds at a time (1); same results\n"
        "  --quiet           print the verdict only\n"
        "\n"
        "Exit: 0 the risk is acceptable, 1 it is too high, 2 bad input or usage, 3 the\n"
        "environment failed.");
}

static bool
parse_seeds(const char *text, struct deploy_options *options)
{
    if (strstr(text, "..") != NULL) {
        return option_seeds(text, INT64_MAX, DEPLOY_SEEDS_MAX, &options->seed_first,
                            &options->seed_last);
    }
    options->seed_first = 1;
    return option_number(text, DEPLOY_SEEDS_MAX, &options->seed_last) && options->seed_last > 0;
}

/* What was expected when the argument is wrong; NULL when it is right. */
static const char *
take_value(struct deploy_options *options, int option, char *value)
{
    uint64_t number = 0;
    switch (option) {
    case OPTION_SEEDS:
        return parse_seeds(value, options) ? NULL : "a number from 1 to 100000, or A..B";
    case OPTION_WITHIN:
        return units_parse_duration(value, &options->within_ns) && options->within_ns > 0 &&
                       options->within_ns <= HOUR(24 * 30)
                   ? NULL
                   : "a duration up to 30d, such as 45m";
    case OPTION_MAX_RISK:
        return units_parse_percent(value, &options->max_risk_ppm) &&
                       options->max_risk_ppm >= 0 && options->max_risk_ppm <= PPM
                   ? NULL
                   : "a share from 0% to 100%, such as 1%";
    case OPTION_OUTCOME:
        options->outcome = value;
        return strcmp(value, "done") == 0 || strcmp(value, "rolled-back") == 0
                   ? NULL
                   : "done or rolled-back";
    case OPTION_JOBS:
        if (!option_number(value, DEPLOY_JOBS_MAX, &number) || number == 0) {
            return "a number from 1 to 256";
        }
        options->jobs = (uint32_t)number;
        return NULL;
    case OPTION_SET:
        *(const char **)vec_push(&options->sets) = value;
        return strchr(value, '=') != NULL ? NULL : "KEY=VALUE";
    default:
        return "";
    }
}

/* False: the option is one of those with a value to be looked at. */
static bool
take_word(struct deploy_options *options, int option, char *value)
{
    switch (option) {
    case OPTION_REHEARSE:
        options->rehearse = true;
        return true;
    case OPTION_FORCE:
        options->force = true;
        return true;
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    case OPTION_FROM:
        options->from = value;
        return true;
    case OPTION_FAULTS:
        options->faults = value;
        return true;
    case OPTION_STRATEGY:
        options->strategy = value;
        return true;
    case OPTION_EXPECT:
        options->expect = value;
        return true;
    case OPTION_MARKDOWN:
        options->markdown = value;
        return true;
    case OPTION_JSON:
        options->json = value;
        return true;
    case OPTION_OUT:
        options->out = value;
        return true;
    default:
        return false;
    }
}

static bool
is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* Says what is wrong with the options as a whole. */
static enum status
check_whole(const struct deploy_options *options)
{
    const char *wrong = NULL;
    if (options->files.count == 0) {
        wrong = "name a file with an app definition";
    } else if (!options->rehearse) {
        wrong = "deploying to a live platform is not there yet. Rehearse it: add --rehearse --from "
                "SNAPSHOT;\nor put it into the timeline of a scenario and play that for real: "
                "rehearse run FILE --backend docker";
    } else if (options->from == NULL) {
        wrong = "--rehearse needs --from SNAPSHOT, a file with the state of the cluster: see "
                "scenarios/snapshots/";
    } else if (is_stdout(options->markdown) && is_stdout(options->json)) {
        wrong = "--markdown and --json cannot both have standard output";
    } else if (options->out[0] == '\0') {
        wrong = "--out '': expected a folder";
    }
    if (wrong != NULL) {
        (void)fprintf(stderr, "rehearse deploy: %s\n", wrong);
        return ST_INVALID;
    }
    return ST_OK;
}

enum status
deploy_options_parse(int argc, char **argv, struct deploy_options *options, bool *ret_help)
{
    *options = (struct deploy_options){ .outcome = "done",
                                        .faults = "none",
                                        .out = "out/rehearsal",
                                        .seed_first = 1,
                                        .seed_last = DEPLOY_SEEDS,
                                        .jobs = 1,
                                        .max_risk_ppm = PPM / 100,
                                        .argc = argc,
                                        .argv = argv };
    vec_init(&options->files, sizeof(const char *));
    vec_init(&options->sets, sizeof(const char *));
    *ret_help = false;
    optind = 1;
    for (int option = 0, index = 0;
         (option = getopt_long(argc, argv, "h", long_options, &index)) != -1;) {
        if (option == 'h') {
            deploy_help();
            *ret_help = true;
            return ST_OK;
        }
        if (option == '?') {
            (void)fprintf(stderr, "rehearse deploy: see rehearse deploy --help\n");
            return ST_INVALID;
        }
        const char *expected =
            take_word(options, option, optarg) ? NULL : take_value(options, option, optarg);
        if (expected != NULL) {
            (void)fprintf(stderr, "rehearse deploy: --%s %s: expected %s\n",
                          long_options[index].name, optarg, expected);
            return ST_INVALID;
        }
    }
    for (int i = optind; i < argc; i++) {
        *(const char **)vec_push(&options->files) = argv[i];
    }
    return check_whole(options);
}

void
deploy_options_fini(struct deploy_options *options)
{
    vec_fini(&options->files);
    vec_fini(&options->sets);
}

FILE *
deploy_options_console(const struct deploy_options *options)
{
    return is_stdout(options->markdown) || is_stdout(options->json) ? stderr : stdout;
}

/* As a shell reads it back. */
static void
add_quoted(struct strbuf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./=:,%+@";
    strbuf_add_char(out, ' ');
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        strbuf_add(out, word);
        return;
    }
    strbuf_add_char(out, '\'');
    for (; *word != '\0'; word++) {
        strbuf_add(out, *word == '\'' ? "'\\''" : (const char[]){ *word, '\0' });
    }
    strbuf_add_char(out, '\'');
}

/* How many arguments an option takes that only says where results go, or how fast. 0: not such. */
static int
where_option(const char *word)
{
    if (strcmp(word, "--quiet") == 0) {
        return 1;
    }
    for (size_t i = 0; i < sizeof where_options / sizeof where_options[0]; i++) {
        const size_t len = strlen(where_options[i]);
        if (strncmp(word, where_options[i], len) == 0 && (word[len] == '\0' || word[len] == '=')) {
            return word[len] == '=' ? 1 : 2;
        }
    }
    return 0;
}

void
deploy_options_command(const struct deploy_options *options, uint64_t seed, struct strbuf *out)
{
    strbuf_add(out, "rehearse deploy");
    for (int i = 1; i < options->argc;) {
        const int skipped = where_option(options->argv[i]);
        if (skipped == 0) {
            add_quoted(out, options->argv[i]);
        }
        i += skipped > 0 ? skipped : 1;
    }
    strbuf_printf(out, " --seeds %llu..%llu", (unsigned long long)seed, (unsigned long long)seed);
}
