/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>

#include "belfry-exit.h"
#include "belfry-test-daemon.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

static int
run (BelfryTestDaemon *daemon)
{
  belfry_test_daemon_start (daemon);
  return belfry_test_daemon_wait_exit (daemon);
}

/* --check says that all is well. */
static void
test_check (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("[server]\nlisten=*:9000\n");

  belfry_test_daemon_add_arg (daemon, "--check");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (belfry_test_daemon_get_stdout (daemon), ==, "The configuration is valid\n");
}

/* --check says all that is wrong, each with its line and, where there is one, the nearest known
 * name. */
static void
test_check_faulty (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (
      "[server]\nlisten=localhost\nmax-conections=5\n[websocket]\nping-interval=5 parsecs\n");

  belfry_test_daemon_add_arg (daemon, "--check");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_CONFIG);
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*belfry.conf:2:*listen*"));
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*belfry.conf:3:*max-connections*"));
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*belfry.conf:5:*ping-interval*"));
  g_assert_cmpstr (belfry_test_daemon_get_stdout (daemon), ==, "");
}

/* --print-config shows what is in force, from the weakest source to the strongest, and no secret.
 */
static void
test_print_config (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *env_file =
      belfry_test_dir_write (dir, ".env",
                             "BELFRY_SERVER_MAX_CONNECTIONS=70\nJWT_SECRET=top-secret\n", -1);
  g_autoptr (BelfryTestDaemon) daemon =
      belfry_test_daemon_new ("[server]\nmax-connections=60\naccept-rate=60\nworkers=2\n"
                              "[broker]\nurl=redis://me:hunter2@redis.example:6379/1\n");

  belfry_test_daemon_add_arg (daemon, "--env-file");
  belfry_test_daemon_add_arg (daemon, env_file);
  belfry_test_daemon_set_env (daemon, "BELFRY_SERVER_ACCEPT_RATE", "80");
  belfry_test_daemon_add_arg (daemon, "--set=server.workers=3");
  belfry_test_daemon_add_arg (daemon, "--print-config");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  const char *text = belfry_test_daemon_get_stdout (daemon);
  g_assert_nonnull (strstr (text, "\nmax-connections = 70 "));
  g_assert_nonnull (strstr (text, "\naccept-rate = 80 "));
  g_assert_nonnull (strstr (text, "\nworkers = 3 "));
  g_assert_null (strstr (text, "top-secret"));
  g_assert_null (strstr (text, "hunter2"));
}

/* --print-defaults is the commented file that is installed, but for the licence at its top. */
static void
test_print_defaults (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("");
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "belfry.conf", NULL);
  g_autofree char *expected = NULL;

  g_assert_true (g_file_get_contents (path, &expected, NULL, NULL));
  belfry_test_daemon_add_arg (daemon, "--print-defaults");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  const char *printed = belfry_test_daemon_get_stdout (daemon);
  g_assert_cmpuint (strlen (printed), >, 1000);
  g_assert_true (g_str_has_suffix (expected, printed));
}

/* --version names the program and its version. */
static void
test_version (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("");

  belfry_test_daemon_add_arg (daemon, "--version");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (belfry_test_daemon_get_stdout (daemon), ==, "belfryd " BELFRY_VERSION "\n");
}

typedef struct
{
  const char *defect;
  const char *args[2];
  const char *said; /* a pattern */
  int status;
} UsageCase;

static const UsageCase usage_cases[] = {
  { "unknown option", { "--frobnicate" }, "belfryd: *--frobnicate*", BELFRY_EXIT_USAGE },
  { "stray word", { "start" }, "belfryd: *start*not expected*", BELFRY_EXIT_USAGE },
  { "two questions", { "--check", "--version" }, "belfryd: only one of*", BELFRY_EXIT_USAGE },
  { "option without its value", { "--set" }, "belfryd: *--set*", BELFRY_EXIT_USAGE },
  { "setting without value",
    { "--set=server.workers", "--check" },
    "--set: expected*",
    BELFRY_EXIT_CONFIG },
  { "setting of an unknown group",
    { "--set=sever.workers=1", "--check" },
    "*server*",
    BELFRY_EXIT_CONFIG },
  { "setting that is not UTF-8",
    { "--set=broker.prefix=\xff", "--check" },
    "--set: *prefix*UTF-8*",
    BELFRY_EXIT_CONFIG },
  { "missing file",
    { "--config=/nowhere/belfry.conf", "--check" },
    "*/nowhere/belfry.conf*",
    BELFRY_EXIT_CONFIG },
  { "missing environment file",
    { "--env-file=/nowhere/.env", "--check" },
    "*/nowhere/.env*",
    BELFRY_EXIT_CONFIG },
};

/* What cannot be understood is refused, with a status of its own and a word about it. */
static void
test_usage (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (usage_cases); i++)
    {
      g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("");

      g_test_message ("%s", usage_cases[i].defect);
      for (gsize j = 0; j < G_N_ELEMENTS (usage_cases[i].args); j++)
        {
          if (usage_cases[i].args[j] != NULL)
            belfry_test_daemon_add_arg (daemon, usage_cases[i].args[j]);
        }
      g_assert_cmpint (run (daemon), ==, usage_cases[i].status);
      g_assert_true (belfry_test_daemon_has_logged (daemon, usage_cases[i].said));
    }
}

/* In the C locale, which most services run in, text is UTF-8 all the same. */
static void
test_c_locale (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("");

  belfry_test_daemon_set_env (daemon, "LC_ALL", "C");
  belfry_test_daemon_add_arg (daemon, "--set=broker.prefix=grün");
  belfry_test_daemon_add_arg (daemon, "--print-config");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  g_assert_nonnull (strstr (belfry_test_daemon_get_stdout (daemon), "\nprefix = grün # --set\n"));
}

/* Messages for people come in their language. */
static void
test_translation (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("");

  belfry_test_daemon_set_env (daemon, "LANGUAGE", "de");
  belfry_test_daemon_add_arg (daemon, "--check");
  g_assert_cmpint (run (daemon), ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (belfry_test_daemon_get_stdout (daemon), ==, "Die Konfiguration ist gültig\n");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/command-line/check", test_check);
  belfry_test_add ("/command-line/check-faulty", test_check_faulty);
  belfry_test_add ("/command-line/print-config", test_print_config);
  belfry_test_add ("/command-line/print-defaults", test_print_defaults);
  belfry_test_add ("/command-line/version", test_version);
  belfry_test_add ("/command-line/usage", test_usage);
  belfry_test_add ("/command-line/c-locale", test_c_locale);
  belfry_test_add ("/command-line/translation", test_translation);
  return g_test_run ();
}
