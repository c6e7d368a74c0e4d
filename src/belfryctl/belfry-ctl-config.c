/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-config-print.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-config.h"
#include "belfry-ctl-print.h"

/* config: the configuration as it stands in the files. Needs no service. */

static void
tell_problem (const BelfryConfigProblem *problem, const char *word)
{
  g_autofree char *text = belfry_config_problem_render (problem);

  g_printerr ("%s: %s\n", word, text);
}

BelfryConfig *
belfry_ctl_load_config (const BelfryCtl *self)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  const BelfryConfigSources sources = {
    .file = self->options.config,
    .env_file = self->options.env_file,
    .environment = (const char *const *) environment,
    .overrides = (const char *const *) self->options.set,
  };
  BelfryConfig *config = belfry_config_load (&sources, problems);

  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    tell_problem (belfry_config_problems_get_error (problems, i), _ ("error"));
  for (guint i = 0; i < belfry_config_problems_n_warnings (problems); i++)
    tell_problem (belfry_config_problems_get_warning (problems, i), _ ("warning"));
  return config;
}

int
belfry_ctl_config (BelfryCtl *self, const char *const *words)
{
  if (g_str_equal (words[0], "defaults"))
    {
      g_autofree char *text = belfry_config_print_defaults ();

      return belfry_ctl_print (text);
    }
  gboolean show = g_str_equal (words[0], "show");
  if (!show && !g_str_equal (words[0], "check"))
    return belfry_ctl_misused (_ ("“config %s” is nothing that can be done: expected check, show "
                                  "or defaults"),
                               words[0]);
  g_autoptr (BelfryConfig) config = belfry_ctl_load_config (self);
  if (config == NULL)
    return BELFRY_EXIT_CONFIG;
  if (!show)
    return belfry_ctl_print (_ ("The configuration is valid\n"));
  g_autofree char *text = belfry_config_print (config);
  return belfry_ctl_print (text);
}
