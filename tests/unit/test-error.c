/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-error.h"

#include <errno.h>
#include <gio/gio.h>

#include "belfry-exit.h"
#include "belfry-test.h"

/* The codes that the protocol promises, in its order. */
static const char *const promised[] = {
  "bad-request",    "unknown-action",   "not-authenticated", "authentication-failed",
  "token-expired",  "session-mismatch", "forbidden",         "topic-invalid",
  "not-subscribed", "limit-reached",    "rate-limited",      "too-large",
  "unavailable",    "internal",
};

/* Clients hear the promised names and, of everything else, only that something went wrong inside.
 */
static void
test_client_codes (void)
{
  for (int code = 0; code < BELFRY_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, code, "x");
      const char *expected = code < (int) G_N_ELEMENTS (promised) ? promised[code] : "internal";

      g_assert_cmpstr (belfry_error_client_code (error), ==, expected);
    }
}

/* What is not ours, or not a code of ours, is an internal error and nobody's fault. */
static void
test_foreign (void)
{
  g_autoptr (GError) io = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");
  g_autoptr (GError) wild = g_error_new_literal (BELFRY_ERROR, 4711, "x");
  g_autoptr (GError) busy = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "x");

  g_assert_cmpstr (belfry_error_client_code (io), ==, "internal");
  g_assert_cmpstr (belfry_error_client_code (wild), ==, "internal");
  g_assert_false (belfry_error_is_client_fault (io));
  g_assert_false (belfry_error_is_temporary (io));
  g_assert_true (belfry_error_is_temporary (busy));
  g_assert_cmpint (belfry_error_exit_status (wild), ==, BELFRY_EXIT_SOFTWARE);
}

/* The predicates tell apart what callers branch on. */
static void
test_predicates (void)
{
  g_autoptr (GError) expired = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_TOKEN_EXPIRED, "x");
  g_autoptr (GError) away = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "x");

  g_assert_true (belfry_error_is_authentication (expired));
  g_assert_true (belfry_error_is_client_fault (expired));
  g_assert_false (belfry_error_is_temporary (expired));
  g_assert_true (belfry_error_is_temporary (away));
  g_assert_false (belfry_error_is_client_fault (away));
  g_assert_false (belfry_error_is_authentication (away));
}

typedef struct
{
  int errnum;
  BelfryError code;
} ErrnoCase;

static const ErrnoCase errno_cases[] = {
  { ENOENT, BELFRY_ERROR_NOT_FOUND },    { EACCES, BELFRY_ERROR_NOT_PERMITTED },
  { EPERM, BELFRY_ERROR_NOT_PERMITTED }, { ETIMEDOUT, BELFRY_ERROR_TIMED_OUT },
  { ENOSPC, BELFRY_ERROR_SYSTEM },
};

/* A system error keeps what was tried and the system's reason. */
static void
test_errno (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (errno_cases); i++)
    {
      g_autoptr (GError) error = NULL;

      belfry_error_set_errno (&error, errno_cases[i].errnum, "opening %s", "/x");
      g_assert_error (error, BELFRY_ERROR, (int) errno_cases[i].code);
      g_assert_true (g_str_has_prefix (error->message, "opening /x: "));
      g_assert_true (g_str_has_suffix (error->message, g_strerror (errno_cases[i].errnum)));
    }
}

/* Exit statuses are listed in order, once each, and every error has one of them. */
static void
test_exits (void)
{
  gsize n;
  const BelfryExitInfo *exits = belfry_exit_list (&n);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);

  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (i == 0 || exits[i].status > exits[i - 1].status);
      g_assert_true (g_str_has_prefix (exits[i].name, "EX_"));
      g_hash_table_add (known, GINT_TO_POINTER (exits[i].status));
    }
  for (int code = 0; code < BELFRY_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, code, "x");

      g_assert_true (
          g_hash_table_contains (known, GINT_TO_POINTER (belfry_error_exit_status (error))));
      g_assert_cmpint (belfry_error_exit_status (error), !=, BELFRY_EXIT_OK);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/error/client-codes", test_client_codes);
  belfry_test_add ("/error/foreign", test_foreign);
  belfry_test_add ("/error/predicates", test_predicates);
  belfry_test_add ("/error/errno", test_errno);
  belfry_test_add ("/error/exits", test_exits);
  return g_test_run ();
}
