/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-config-diff.h"
#include "belfry-config-load.h"
#include "belfry-config-print.h"
#include "belfry-fuzz.h"

/* A configuration file of any bytes: loads or is refused with a message, and what loads must print
 * to text that loads to its equal. */

/* Less than a file may have, for speed. */
#define LONGEST_INPUT 65536

/* Files named by the input are no part of it. */
static gboolean
names_files (const guint8 *data, gsize size)
{
  return memmem (data, size, "-file", strlen ("-file")) != NULL;
}

static void G_GNUC_NORETURN
on_changed (const BelfryConfigChange *change, gpointer user_data)
{
  g_error ("[%s] %s was “%s” and came back as “%s”", change->group, change->key, change->old_text,
           change->new_text);
}

static gboolean
has_secret (const BelfryConfig *config)
{
  return belfry_config_get_secret (config, BELFRY_CONFIG_PLUGIN_JWT_SECRET) != NULL ||
         belfry_config_get_secret (config, BELFRY_CONFIG_HTTP_API_KEY) != NULL ||
         strchr (belfry_config_get_text (config, BELFRY_CONFIG_BROKER_URL), '@') != NULL ||
         belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_PLUGIN) > 0;
}

/* Problems are shown as single lines of text, whatever the input is. */
static void
check_problems (const BelfryConfigProblems *problems)
{
  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    {
      g_autofree char *line =
          belfry_config_problem_render (belfry_config_problems_get_error (problems, i));

      if (!g_utf8_validate (line, -1, NULL) || strpbrk (line, "\n\r\033") != NULL)
        g_error ("not a line: %s", line);
    }
}

static void
check_round_trip (const BelfryConfig *config)
{
  g_autofree char *text = belfry_config_print (config);
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) again =
      belfry_config_load_text (text, strlen (text), "printed", problems);

  check_problems (problems);
  if (again == NULL)
    g_error ("what was printed does not load:\n%s", text);
  /* What is not shown does not come back. */
  if (!has_secret (config))
    belfry_config_diff (config, again, on_changed, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();

  if (size > LONGEST_INPUT || names_files (data, size))
    return 0;
  g_autoptr (BelfryConfig) config =
      belfry_config_load_text ((const char *) data, size, "input", problems);
  check_problems (problems);
  if ((config == NULL) != (belfry_config_problems_n_errors (problems) > 0))
    g_error ("a configuration with errors, or none without");
  if (config != NULL)
    check_round_trip (config);
  return 0;
}
