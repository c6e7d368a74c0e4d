/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-metric-spec.h"

#include "belfry-test.h"

#define GAUGE BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_NONE
#define COUNTER BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE

static const BelfryMetricSpec good[] = {
  { "belfry_sessions", GAUGE, "Open sessions" },
  { "belfry_closed", COUNTER, "Closed", { { "reason", "slow" } } },
  { "belfry_closed", COUNTER, "Closed", { { "reason", "left" } } },
  { "belfry_closed", COUNTER, "Closed", { { "reason", "left" }, { "peer", "" } } },
  { "belfry_closed", COUNTER, "Closed", { { "peer", "" }, { "reason", "slow" } } },
  { "belfry_wait_seconds", BELFRY_METRIC_HISTOGRAM, BELFRY_METRIC_UNIT_SECONDS, "Wait" },
  { "belfry_sent_bytes", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_BYTES, "Sent" },
  { "b2", GAUGE, "“Quotes”, \\ and\nlines are escaped when published" },
};

typedef struct
{
  BelfryMetricSpec spec;
  const char *defect; /* (unowned): a part of what it is called */
} BadSpec;

static const BadSpec bad_specs[] = {
  { { NULL, GAUGE, "x" }, "its name has other than" },
  { { "", GAUGE, "x" }, "its name has other than" },
  { { "Sessions", GAUGE, "x" }, "its name has other than" },
  { { "1st", GAUGE, "x" }, "its name has other than" },
  { { "_x", GAUGE, "x" }, "its name has other than" },
  { { "open-sessions", GAUGE, "x" }, "its name has other than" },
  { { "open sessions", GAUGE, "x" }, "its name has other than" },
  { { "sessions\n", GAUGE, "x" }, "its name has other than" },
  { { "größe", GAUGE, "x" }, "its name has other than" },
  { { "x", (BelfryMetricKind) 3, BELFRY_METRIC_UNIT_NONE, "x" }, "kind is unknown" },
  { { "x", BELFRY_METRIC_GAUGE, (BelfryMetricUnit) 3, "x" }, "unit is unknown" },
  { { "sent_total", COUNTER, "x" }, "as the format's own" },
  { { "x_bucket", GAUGE, "x" }, "as the format's own" },
  { { "x_count", GAUGE, "x" }, "as the format's own" },
  { { "x_sum", GAUGE, "x" }, "as the format's own" },
  { { "x_created", GAUGE, "x" }, "as the format's own" },
  { { "x_info", GAUGE, "x" }, "as the format's own" },
  { { "wait", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_SECONDS, "x" },
    "does not end with its unit" },
  { { "seconds", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_SECONDS, "x" },
    "does not end with its unit" },
  { { "xbytes", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_BYTES, "x" },
    "does not end with its unit" },
  { { "wait_seconds", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_BYTES, "x" },
    "does not end with its unit" },
  { { "x", GAUGE, NULL }, "no help text" },
  { { "x", GAUGE, "" }, "no help text" },
  { { "x", GAUGE, "\xff" }, "help text is not UTF-8" },
  { { "x", GAUGE, "x", { { "a-b", "x" } } }, "label's name has other than" },
  { { "x", GAUGE, "x", { { "__a", "x" } } }, "label's name has other than" },
  { { "x", GAUGE, "x", { { "", "x" } } }, "label's name has other than" },
  { { "x", GAUGE, "x", { { "le", "x" } } }, "label's name is the format's own" },
  { { "x", GAUGE, "x", { { "a", "x" }, { "quantile", "x" } } },
    "label's name is the format's own" },
  { { "x", GAUGE, "x", { { "a", NULL } } }, "has no value" },
  { { "x", GAUGE, "x", { { "a", "\xc0" } } }, "value is not UTF-8" },
  { { "x", GAUGE, "x", { { "a", "x" }, { "a", "y" } } }, "label is there twice" },
};

/* A row that clashes with those before it; the last row is the defective one. */
typedef struct
{
  BelfryMetricSpec specs[3];
  gsize n;
  const char *defect; /* (unowned) */
} BadFamily;

static const BadFamily bad_families[] = {
  { { { "a", GAUGE, "x" }, { "a", GAUGE, "x" } }, 2, "it is there twice" },
  { { { "a", GAUGE, "x", { { "l", "1" } } }, { "a", GAUGE, "x", { { "l", "1" } } } },
    2,
    "it is there twice" },
  { { { "a", GAUGE, "x", { { "l", "1" }, { "m", "2" } } },
      { "a", GAUGE, "x", { { "m", "2" }, { "l", "1" } } } },
    2,
    "it is there twice" },
  { { { "a", GAUGE, "x" }, { "a", COUNTER, "x", { { "l", "1" } } } },
    2,
    "differs from its family" },
  { { { "a", GAUGE, "x" }, { "a", GAUGE, "y", { { "l", "1" } } } }, 2, "differs from its family" },
  { { { "a_bytes", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_BYTES, "x" },
      { "a_bytes", GAUGE, "x", { { "l", "1" } } } },
    2,
    "differs from its family" },
  { { { "a", GAUGE, "x" }, { "b", GAUGE, "x" }, { "a", GAUGE, "x", { { "l", "1" } } } },
    3,
    "stands apart" },
};

/* What the format can say is accepted. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpstr (belfry_metric_spec_defect (good, i), ==, NULL);
}

/* A row that no reader would understand is told by its defect. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_specs); i++)
    {
      const char *defect = belfry_metric_spec_defect (&bad_specs[i].spec, 0);

      g_test_message ("row %" G_GSIZE_FORMAT ": %s", i, bad_specs[i].defect);
      g_assert_nonnull (defect);
      g_assert_nonnull (strstr (defect, bad_specs[i].defect));
    }
}

/* Rows that are good alone and bad together. */
static void
test_families (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_families); i++)
    {
      const BadFamily *family = &bad_families[i];

      g_test_message ("row %" G_GSIZE_FORMAT ": %s", i, family->defect);
      for (gsize j = 0; j + 1 < family->n; j++)
        g_assert_cmpstr (belfry_metric_spec_defect (family->specs, j), ==, NULL);
      const char *defect = belfry_metric_spec_defect (family->specs, family->n - 1);
      g_assert_nonnull (defect);
      g_assert_nonnull (strstr (defect, family->defect));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/metric-spec/good", test_good);
  belfry_test_add ("/metric-spec/bad", test_bad);
  belfry_test_add ("/metric-spec/families", test_families);
  return g_test_run ();
}
