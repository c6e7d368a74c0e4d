/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <sys/resource.h>

#include "belfry-activation.h"
#include "belfry-config-load.h"
#include "belfry-error.h"
#include "belfry-levels.h"
#include "belfry-limits.h"
#include "belfry-log.h"
#include "belfry-sockets.h"
#include "belfry-test.h"

static BelfryConfig *
config_with (const char *setting)
{
  const char *const environment[] = { NULL };
  const char *const settings[] = { setting, NULL };
  const BelfryConfigSources sources = {
    .file = "/dev/null",
    .environment = environment,
    .overrides = settings,
  };
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  BelfryConfig *config = belfry_config_load (&sources, problems);

  g_assert_nonnull (config);
  return config;
}

typedef struct
{
  gboolean done;
  gboolean succeeded;
  GError *error; /* (owned) (nullable) */
} Outcome;

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->succeeded = belfry_part_start_finish (BELFRY_PART (source), result, &outcome->error);
  outcome->done = TRUE;
}

static gboolean
start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  Outcome outcome = { 0 };

  belfry_part_start_async (part, config, NULL, on_started, &outcome);
  belfry_test_wait_until (outcome.done);
  if (outcome.error != NULL)
    g_propagate_error (error, outcome.error);
  return outcome.succeeded;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (belfry_part_stop_finish (BELFRY_PART (source), result, NULL));
  *(gboolean *) user_data = TRUE;
}

static void
stop (BelfryPart *part)
{
  gboolean done = FALSE;

  belfry_part_stop_async (part, on_stopped, &done);
  belfry_test_wait_until (done);
}

/* The configured level is in force from the start; one set by hand stays until the configured one
 * changes. */
static void
test_levels (void)
{
  g_autoptr (BelfryConfig) debug = config_with ("log.level=debug");
  g_autoptr (BelfryConfig) notice = config_with ("log.level=notice");
  BelfryPart *part = belfry_levels_new ();

  g_assert_true (start (part, debug, NULL));
  g_assert_true (belfry_log_enabled (BELFRY_LOG_DEBUG, "belfry-x"));
  g_assert_true (belfry_log_set_levels ("error", NULL));
  belfry_part_apply (part, debug);
  g_assert_false (belfry_log_enabled (BELFRY_LOG_WARNING, "belfry-x"));
  g_assert_true (belfry_part_check (part, notice, NULL));
  belfry_part_apply (part, notice);
  g_assert_true (belfry_log_enabled (BELFRY_LOG_NOTICE, "belfry-x"));
  g_assert_false (belfry_log_enabled (BELFRY_LOG_INFO, "belfry-x"));
  stop (part);
  belfry_test_assert_finalizes (part);
  g_assert_true (belfry_log_set_levels ("info", NULL));
}

/* The limit of descriptors is raised as far as it goes, and told. */
static void
test_limits (void)
{
  g_autoptr (BelfryConfig) config = config_with ("server.max-connections=10");
  BelfryPart *part = belfry_limits_new ();
  g_autoptr (GString) status = g_string_new (NULL);
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = MIN (limit.rlim_max, 512);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_true (start (part, config, NULL));
  g_assert_cmpuint (belfry_limits_get_descriptors (BELFRY_LIMITS (part)), ==, limit.rlim_max);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_cur, ==, limit.rlim_max);
  belfry_part_describe (part, status);
  g_assert_true (g_str_has_prefix (status->str, ", up to "));
  stop (part);
  belfry_test_assert_finalizes (part);
}

/* More connections than descriptors are a warning at the start and when a reload asks for them, not
 * an error. */
static void
test_limits_short (void)
{
  g_autoptr (BelfryConfig) modest = config_with ("server.max-connections=10");
  g_autoptr (BelfryConfig) greedy = config_with ("server.max-connections=1000000");
  BelfryPart *part = belfry_limits_new ();
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_max = limit.rlim_cur = MIN (limit.rlim_max, 4096);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_true (start (part, modest, NULL));
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-limits", "max-connections=1000000 needs *");
  belfry_part_apply (part, greedy);
  belfry_test_assert_finalizes (part);
}

static GPtrArray *
sockets_named (const char *const *names)
{
  GPtrArray *sockets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_activation_socket_free);

  for (; *names != NULL; names++)
    {
      BelfryActivationSocket *socket = g_new0 (BelfryActivationSocket, 1);

      socket->fd = -1;
      socket->name = g_strdup (*names);
      g_ptr_array_add (sockets, socket);
    }
  return sockets;
}

static const char *const no_names[] = { NULL };
static const char *const two_names[] = { "web", "admin", NULL };

/* `systemd` takes all sockets, `systemd:NAME` those of the name. */
static void
test_sockets (void)
{
  g_autoptr (BelfryConfig) all = config_with ("server.listen=systemd");
  g_autoptr (BelfryConfig) both = config_with ("server.listen=systemd:web,systemd:admin");
  BelfryPart *part = belfry_sockets_new (sockets_named (two_names));
  g_autoptr (GString) status = g_string_new (NULL);

  g_assert_true (start (part, all, NULL));
  g_assert_true (start (part, both, NULL));
  g_assert_cmpuint (belfry_sockets_get (BELFRY_SOCKETS (part))->len, ==, 2);
  belfry_part_describe (part, status);
  g_assert_cmpstr (status->str, ==, ", sockets from the service manager: 2");
  belfry_test_assert_finalizes (part);
}

/* A socket that is configured but was not passed is an error, at the start and at a reload. */
static void
test_sockets_missing (void)
{
  g_autoptr (BelfryConfig) all = config_with ("server.listen=systemd");
  g_autoptr (BelfryConfig) named = config_with ("server.listen=systemd:metrics");
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) other = NULL;
  BelfryPart *empty = belfry_sockets_new (sockets_named (no_names));
  BelfryPart *part = belfry_sockets_new (sockets_named (two_names));

  g_assert_false (start (empty, all, &none));
  g_assert_error (none, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_false (belfry_part_check (part, named, &other));
  g_assert_nonnull (strstr (other->message, "systemd:metrics"));
  belfry_test_assert_finalizes (empty);
  belfry_test_assert_finalizes (part);
}

/* One that was passed but is not configured is a warning. */
static void
test_sockets_unused (void)
{
  g_autoptr (BelfryConfig) config = config_with ("server.listen=systemd:web");
  BelfryPart *part = belfry_sockets_new (sockets_named (two_names));

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-sockets", "*“admin” that is not used*");
  g_assert_true (start (part, config, NULL));
  belfry_test_assert_finalizes (part);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/levels/in-force", test_levels);
  belfry_test_add ("/limits/raised", test_limits);
  belfry_test_add ("/limits/short", test_limits_short);
  belfry_test_add ("/sockets/named", test_sockets);
  belfry_test_add ("/sockets/missing", test_sockets_missing);
  belfry_test_add ("/sockets/unused", test_sockets_unused);
  return g_test_run ();
}
