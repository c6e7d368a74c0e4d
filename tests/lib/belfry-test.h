/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-log.h"

G_BEGIN_DECLS

/**
 * belfry_test_init:
 *
 * Takes over the log, so that a warning nobody expected fails the test in which it came, and starts
 * GLib's test framework.
 */
void belfry_test_init (int *argc, char ***argv);

/**
 * belfry_test_add:
 * @path: the test's name
 * @function: the test
 *
 * Adds a test that fails, too, if a log line that it expected did not come.
 */
void belfry_test_add (const char *path, GTestFunc function);

/**
 * belfry_test_expect_log:
 * @level: the level it must have
 * @domain: the domain it must have
 * @pattern: what its text must match, with `*` and `?`
 *
 * The next line of this level and domain must match, and must come before the test ends. Lines of a
 * lower weight than a warning need not be expected.
 */
void belfry_test_expect_log (BelfryLogLevel level, const char *domain, const char *pattern);

/**
 * belfry_test_assert_logged:
 *
 * Fails unless all expected log lines have come.
 */
void belfry_test_assert_logged (void);

/**
 * belfry_test_last_field:
 * @name: the name of a journal field
 *
 * Returns: (transfer full) (nullable): what the latest line that had this field had in it
 */
char *belfry_test_last_field (const char *name);

/* How long any wait may take: far more than it needs on a busy machine with a sanitizer, but not
 * for ever. */
#define BELFRY_TEST_PATIENCE (60 * G_USEC_PER_SEC)

gint64 belfry_test_deadline (void);
gboolean belfry_test_turn (gint64 deadline);

/**
 * belfry_test_wait_until:
 * @condition: an expression
 *
 * Runs the thread's default main context until the expression is true; fails the program when that
 * takes too long.
 */
#define belfry_test_wait_until(condition)                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 belfry_deadline = belfry_test_deadline ();                                              \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (!belfry_test_turn (belfry_deadline))                                                   \
          g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);               \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/**
 * belfry_test_assert_finalizes:
 * @object: (transfer full): an object whose last reference this must be
 *
 * Drops the reference and fails if the object lives on.
 */
#define belfry_test_assert_finalizes(object)                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gpointer belfry_watched = (object);                                                            \
    g_object_add_weak_pointer (belfry_watched, &belfry_watched);                                   \
    g_object_unref (belfry_watched);                                                               \
    g_assert_null (belfry_watched);                                                                \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
