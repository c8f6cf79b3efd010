/* platform/planner/choices.c - the refined mean field of the choice of two. */
#include "platform/planner/choices.h"

#include <string.h>

/* Levels: at a load of 0.97 the share of servers with more requests than that is below 1e-13. */
enum { LEVELS = 10, UNKNOWNS = LEVELS * LEVELS };

/*
 * x[i] is the share of servers with at least i requests. Requests raise level i at the rate load
 * (x[i-1]^2 - x[i]^2) and leave it at x[i] - x[i+1], in units of a service and of a server.
 */
struct mean_field {
    double load;
    double share[LEVELS + 2];       /* where the rates balance: load^(2^i - 1) */
    double drift[LEVELS][LEVELS];   /* the derivatives of the net rate there */
    double spread[LEVELS][LEVELS];  /* n times the covariance of the shares */
    double bias[LEVELS];            /* n times what their means are off */
};

static void
field_balance(struct mean_field *field)
{
    field->share[0] = 1;
    for (uint32_t i = 1; i <= LEVELS; i++) {
        field->share[i] = field->load * field->share[i - 1] * field->share[i - 1];
    }
    for (uint32_t i = 0; i < LEVELS; i++) { /* row i is of level i + 1 */
        field->drift[i][i] = -2 * field->load * field->share[i + 1] - 1;
        if (i > 0) {
            field->drift[i][i - 1] = 2 * field->load * field->share[i];
        }
        if (i + 1 < LEVELS) {
            field->drift[i][i + 1] = 1;
        }
    }
}

/* Gauss with pivots: a x = b for count unknowns, a row after row. b becomes x. */
static void
field_solve(double *a, double *b, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        uint32_t best = k;
        for (uint32_t i = k + 1; i < count; i++) {
            const double here = a[i * count + k];
            const double there = a[best * count + k];
            best = here * here > there * there ? i : best;
        }
        for (uint32_t j = 0; j < count && best != k; j++) {
            const double swap = a[k * count + j];
            a[k * count + j] = a[best * count + j];
            a[best * count + j] = swap;
        }
        const double swap = b[k];
        b[k] = b[best];
        b[best] = swap;
        ASSERT(a[k * count + k] < 0 || a[k * count + k] > 0);
        for (uint32_t i = k + 1; i < count; i++) {
            const double times = a[i * count + k] / a[k * count + k];
            for (uint32_t j = k; j < count && (times < 0 || times > 0); j++) {
                a[i * count + j] -= times * a[k * count + j];
            }
            b[i] -= times * b[k];
        }
    }
    for (uint32_t k = count; k > 0; k--) {
        for (uint32_t j = k; j < count; j++) {
            b[k - 1] -= a[(k - 1) * count + j] * b[j];
        }
        b[k - 1] /= a[(k - 1) * count + k - 1];
    }
}

/* Lyapunov's equation, drift W + W drift^T + Q = 0; on the diagonal of Q stands how often a level
 * changes. */
static void
field_spread(struct mean_field *field)
{
    double a[UNKNOWNS * UNKNOWNS];
    double b[UNKNOWNS];
    memset(a, 0, sizeof a);
    for (uint32_t i = 0; i < LEVELS; i++) {
        for (uint32_t j = 0; j < LEVELS; j++) {
            double *row = &a[(i * LEVELS + j) * UNKNOWNS];
            for (uint32_t k = 0; k < LEVELS; k++) {
                row[k * LEVELS + j] += field->drift[i][k];
                row[i * LEVELS + k] += field->drift[j][k];
            }
            b[i * LEVELS + j] = i == j ? -2 * (field->share[i + 1] - field->share[i + 2]) : 0;
        }
    }
    field_solve(a, b, UNKNOWNS);
    memcpy(field->spread, b, sizeof b);
}

/*
 * drift bias + half the second derivatives times the spread + the drift's own 1 / n = 0. The last
 * is there when the two are distinct: both find a level taken with probability x^2 - x (1 - x) / n.
 */
static void
field_bias(struct mean_field *field, bool distinct)
{
    double a[UNKNOWNS];
    memcpy(a, field->drift, sizeof a);
    for (uint32_t i = 0; i < LEVELS; i++) {
        const double below = field->share[i];
        const double here = field->share[i + 1];
        double       added = (i > 0 ? field->spread[i - 1][i - 1] : 0) - field->spread[i][i];
        if (distinct) {
            added -= below * (1 - below) - here * (1 - here);
        }
        field->bias[i] = -field->load * added;
    }
    field_solve(a, field->bias, LEVELS);
}

double
choices_time(uint32_t servers_count, double load, bool distinct)
{
    ASSERT(servers_count >= 2);
    ASSERT(load > 0 && load <= CHOICES_LOAD_MAX);
    struct mean_field field = { .load = load };
    double            requests = 0; /* at a server */
    field_balance(&field);
    field_spread(&field);
    field_bias(&field, distinct);
    for (uint32_t i = 0; i < LEVELS; i++) {
        requests += field.share[i + 1] + field.bias[i] / (double)servers_count;
    }
    return requests / load;
}
