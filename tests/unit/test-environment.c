/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-environment.h"

#include "belfry-test.h"

#define VARIABLE "BELFRY_TEST_VARIABLE"

static const char *const values[] = { "", "x", "two\nlines", "=", "\xff" };

/* A value is handed out once, whatever it is, and is gone from the environment. */
static void
test_take (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_setenv (VARIABLE, values[i], TRUE);
      g_autofree char *taken = belfry_environment_take (VARIABLE);
      g_autofree char *again = belfry_environment_take (VARIABLE);

      g_assert_cmpstr (taken, ==, values[i]);
      g_assert_null (again);
      g_assert_null (g_getenv (VARIABLE));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/environment/take", test_take);
  return g_test_run ();
}
