/*
 * tests/unit/reports/sample_db.c - writes the sample databases with the schema of reports/rundb.h.
 */
#include "tests/unit/reports/sample_db.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/rundb.h"

#define S "000000000" /* nanoseconds of a second */

static const char sample_base[] =
    "INSERT INTO run VALUES (5, 'rolling-upgrade', 'scenarios/deploy/rolling-upgrade.json',"
    " 'Version 2 replaces version 1 without a failed request.', 1, 'fake',"
    " 'best-fit, ties to the lowest id', 'passed', NULL,"
    " 'rehearse run scenarios/deploy/rolling-upgrade.json --seed 1', '9f3c00000000abcd', 123456,"
    " 1767225600" S ", 600" S ", 410000000, 2" S ", 0, 3, 9, 1720000,"
    " 'best-fit', 'lowest-id', 1" S ", 10000000);"
    "INSERT INTO nodes VALUES ('private-1','private','m5.large','a','*',2000,8589934592,20" S
    ",580" S ",15000), ('private-2','private','m5.large','b','*',2000,8589934592,21" S ",579" S
    ",15000);"
    "INSERT INTO apps VALUES ('/web', 4, 4, 2, 8, 1, 0, NULL);"
    "INSERT INTO app_samples SELECT value * 2" S ", '/web', 4, 4,"
    " CASE WHEN value BETWEEN 150 AND 155 THEN 2 ELSE 4 END, 4, 0 FROM generated;"
    "INSERT INTO cluster_samples SELECT value * 2" S ", 2, 2, 4000, 1000, 17179869184, 4294967296,"
    " 0, 0 FROM generated;"
    "INSERT INTO expectations VALUES"
    " ('always-healthy', 'Half of them stay healthy.', 'always', 'passed', NULL, 'never under 2');"
    "INSERT INTO invariants VALUES"
    " ('min-health', 'No voluntary stop goes too far.', 'passed', 91234, NULL, NULL),"
    " ('no-orphans', 'Every container has a task.', 'passed', 1, NULL, NULL);"
    "INSERT INTO task_counts VALUES ('pending', 0), ('running', 4), ('finished', 0), ('failed', 1),"
    " ('killed', 4), ('lost', 0);";

static const char sample_traffic[] =
    "INSERT INTO services VALUES ('web.example.com', 1000, 998, 1, 1, 0, 0, 0, 0, 0, 0, 14200000,"
    " 12000000, 26100000, 61000000, 110400000, 250000000, 1000, 0, 0);"
    "INSERT INTO service_samples SELECT value * 2" S ", 'web.example.com', 10,"
    " CASE WHEN value = 151 THEN 8 ELSE 10 END,"
    " CASE WHEN value = 151 THEN 2 ELSE 0 END, 0, 0, 0, 0, 0, 0, 0,"
    " 14000000, 12000000, 26000000, 60000000 + value * 1000, 90000000, 0 FROM generated;"
    "INSERT INTO servers VALUES ('web_10000', '/web', 7, 'private-2', 400, 1, 1, 2, 25000000,"
    " 400000), ('web_10000', '/web', 8, NULL, 600, 0, 0, 0, 9000000, 600000);"
    "INSERT INTO deployments VALUES (1, '/web', 'rolling', 0, 1, 1" S ", 40" S ", 'done', '',"
    " 'starting', 0, 0, NULL, 0),"
    " (2, '/web', 'rolling', 1, 2, 300" S ", 331" S ", 'done', '',"
    " 'starting', 0, 0, NULL, 0);"
    "INSERT INTO faults VALUES (120" S ", 180" S ", 'partition', 'private-2', 1, 0),"
    " (200" S ", NULL, 'set-traffic', 'web.example.com', 0, 0);"
    "INSERT INTO tasks VALUES (7, '/web', 1, 1, 'private-2', 'failed', 'exit code 1', 1" S ", 27" S
    ", 30" S ", 150" S "), (8, '/web', 2, 2, 'private-1', 'running', NULL, 300" S ", 301" S
    ", 305" S ", NULL);"
    "INSERT INTO events VALUES"
    " (0, 'master', 'master-0', NULL, NULL, 0, 0, 0, NULL, '1', 1, NULL),"
    " (20" S ", 'node', 'master-0', 'private-1', NULL, 0, 0, 0, 'joining', 'ready', 0, NULL),"
    " (150" S ", 'task', 'master-0', 'private-2', '/web', 7, 1, 1, 'running', 'failed', 0,"
    " 'exit code 1'),"
    " (300" S ", 'deployment', 'master-0', NULL, '/web', 0, 2, 2, NULL, 'running', 0, 'begun'),"
    " (300" S ", 'decision', 'master-0', NULL, '/web', 8, 2, 2, NULL, NULL, 0, 'launch'),"
    " (331" S ", 'deployment', 'master-0', NULL, '/web', 0, 2, 2, 'running', 'done', 0, NULL);";

static const char sample_failure[] =
    "UPDATE run SET outcome = 'failed', seed = 8, scenario = 'node-<dies>',"
    " reproduce = 'rehearse run scenarios/failure/node-dies.json --seed 8', events_dropped = 1234;"
    "INSERT INTO apps VALUES ('/big', 2, 0, 0, 0, 0, 2,"
    " '3 nodes: 1 UnfulfilledRole, 2 InsufficientCpus; nearest: private-<3>, 0.5 cpus short');"
    "INSERT INTO pending VALUES ('/big', 50" S ", 60" S ", 50" S ", 2, 'no node is ready', 0, NULL,"
    " NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ('/big', 60" S ", NULL, 50" S ", 2,"
    " '3 nodes: 1 UnfulfilledRole, 2 InsufficientCpus; nearest: private-<3>, 0.5 cpus short; '"
    " || 'preempted by /top', 3,"
    " 'private-<3>', '0.5 cpus short', 1, 0, 0, 0, 2, 0, 0, 0, 0, 0);"
    "INSERT INTO expectations VALUES ('healthy-web', '/web & its friends stay', 'always', 'failed',"
    " 305" S ", 'healthy of /web was 1, expected at least 2 < 4'),"
    " ('slo-availability-web.example.com', 'Clients are served.', 'slo', 'failed', 600" S
    ", '998 of 1000 requests answered well');"
    "UPDATE invariants SET outcome = 'failed', at_ns = 301" S ", detail = 'task 8 was stopped too"
    " early' WHERE id = 'min-health';";

const char sample_canary[] =
    "INSERT INTO deployments VALUES (3, '/web', 'canary', 2, 3, 400" S ", 440" S ", 'rolled-back',"
    " 'too many errors', 'holding', 1, 100000, '{\"canary\":{}}', 0);"
    "INSERT INTO rollout_steps VALUES (410" S ", 3, '/web', 'holding', 1, 100000, 'step 1 of 2');"
    "INSERT INTO analyses VALUES (3, 1, 'errors', 'error_rate', 'ppm', 10000, NULL, NULL, NULL, 10"
    S ", 0, 0, 0, 0), (3, 2, 'tail', 'latency', 'ns', 250000000, NULL, 200000, NULL, 10" S ", 0, 0,"
    " 0, 1);"
    "INSERT INTO analysis_samples VALUES"
    " (420" S ", 3, '/web', 'errors', 1000, 'passed', 0, 'errors 0.1%, at most 1%'),"
    " (425" S ", 3, '/web', 'tail', 200000000, 'passed', 1, 'tail <200ms>'),"
    " (430" S ", 3, '/web', 'errors', 50000, 'failed', 0, 'errors 5%, at most 1%');"
    "INSERT INTO tasks VALUES (9, '/web', 3, 3, 'private-1', 'killed', NULL, 400" S ", 402" S
    ", 408" S ", 441" S ");";

void
sample_exec(const struct sample *sample, const char *sql)
{
    sqlite3 *db = NULL;
    char    *message = NULL;
    if (sqlite3_open(sample->db, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "sample database: %s\n", message != NULL ? message : sqlite3_errmsg(db));
        abort();
    }
    sqlite3_close(db);
}

char *
sample_path(const struct sample *sample, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", sample->folder, name);
    return path;
}

void
sample_open(struct sample *sample, enum sample_kind kind)
{
    snprintf(sample->folder, sizeof sample->folder, "/tmp/rehearse-sample.XXXXXX");
    if (mkdtemp(sample->folder) == NULL) {
        abort();
    }
    snprintf(sample->db, sizeof sample->db, "%s/run.db", sample->folder);
    snprintf(sample->out, sizeof sample->out, "%s/out", sample->folder);
    sample_exec(sample, "BEGIN;" RUNDB_SCHEMA
                        "CREATE TABLE generated AS WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL"
                        " SELECT value + 1 FROM n WHERE value < 300) SELECT value FROM n; COMMIT;");
    sample_exec(sample, RUNDB_SCHEMA_PENDING);
    sample_exec(sample, RUNDB_SCHEMA_ROLES);
    sample_exec(sample, sample_base);
    if (kind != SAMPLE_NO_TRAFFIC) {
        sample_exec(sample, sample_traffic);
    }
    if (kind == SAMPLE_FAILED) {
        sample_exec(sample, sample_failure);
    }
}

void
sample_close(struct sample *sample)
{
    DIR *folder = opendir(sample->folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    closedir(folder);
    rmdir(sample->folder);
}

char *
sample_slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    const long len = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)len + 1);
    if (fread(text, 1, (size_t)len, file) != (size_t)len) {
        abort();
    }
    fclose(file);
    return text;
}

size_t
sample_count(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}
