/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-command-line"

#include "config.h"

#include "belfry-command-line.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "belfry-config-print.h"
#include "belfry-error.h"
#include "belfry-exit.h"

/* An answer that could not be written, because the disk is full or nobody reads on, is no success.
 */
static int
print (const char *text)
{
  if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    return BELFRY_EXIT_OK;
  g_printerr (_ ("%s: the answer could not be written\n"), g_get_prgname ());
  return BELFRY_EXIT_SYSTEM;
}

static int
print_and_free (char *text)
{
  int status = print (text);

  g_free (text);
  return status;
}

static void
print_problems (const BelfryConfigProblems *problems)
{
  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    {
      g_autofree char *text =
          belfry_config_problem_render (belfry_config_problems_get_error (problems, i));

      g_printerr ("%s\n", text);
    }
  for (guint i = 0; i < belfry_config_problems_n_warnings (problems); i++)
    {
      g_autofree char *text =
          belfry_config_problem_render (belfry_config_problems_get_warning (problems, i));

      g_printerr (_ ("warning: %s\n"), text);
    }
}

gboolean
belfry_command_line_is_question (const BelfryOptions *options)
{
  return options->check || options->print_config || options->print_defaults ||
         options->print_version;
}

int
belfry_command_line_answer (const BelfryOptions *options, const BelfryConfigSources *sources)
{
  if (options->print_version)
    return print ("belfryd " BELFRY_VERSION "\n");
  if (options->print_defaults)
    return print_and_free (belfry_config_print_defaults ());

  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load (sources, problems);
  print_problems (problems);
  if (config == NULL)
    {
      g_printerr (_ ("%s: the configuration is wrong\n"), g_get_prgname ());
      return BELFRY_EXIT_CONFIG;
    }
  if (options->print_config)
    return print_and_free (belfry_config_print (config));
  return print (_ ("The configuration is valid\n"));
}

int
belfry_command_line_complain (const GError *error)
{
  g_printerr (_ ("%s: %s\nTry “%s --help” for what is possible.\n"), g_get_prgname (),
              error->message, g_get_prgname ());
  return belfry_error_exit_status (error);
}
