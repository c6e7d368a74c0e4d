/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-options"

#include "config.h"

#include "belfry-options.h"

#include <glib/gi18n-lib.h>

#include "belfry-error.h"

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static gboolean
check_choice (const BelfryOptions *self, GError **error)
{
  if (self->check + self->print_config + self->print_defaults + self->print_version > 1)
    return fail (error, _ ("only one of --check, --print-config, --print-defaults and --version"
                           " can be done at a time"));
  return TRUE;
}

static gboolean
parse (GOptionContext *context, const char *const *argv, GError **error)
{
  g_auto (GStrv) words = g_strdupv ((char **) argv);
  g_autoptr (GError) local = NULL;

  if (!g_option_context_parse_strv (context, &words, &local))
    return fail (error, local->message);
  if (words[0] != NULL && words[1] != NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” was not expected: all arguments are options"), words[1]);
      return FALSE;
    }
  return TRUE;
}

gboolean
belfry_options_parse (BelfryOptions *self, const char *const *argv, GError **error)
{
  /* Settings are taken as bytes, not as text of the locale: services mostly run in the C locale,
   * and whether a value must be UTF-8 is known where it is read. */
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &self->config_file,
      N_ ("Read FILE and FILE.d/*.conf instead of the system's configuration"), N_ ("FILE") },
    { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &self->settings,
      N_ ("Set one value, over all files and variables; may be repeated"), N_ ("GROUP.KEY=VALUE") },
    { "env-file", 'e', 0, G_OPTION_ARG_FILENAME, &self->env_file,
      N_ ("Read environment variables from FILE; those that are set win"), N_ ("FILE") },
    { "check", 0, 0, G_OPTION_ARG_NONE, &self->check,
      N_ ("Check the configuration, say all that is wrong with it, and end"), NULL },
    { "print-config", 0, 0, G_OPTION_ARG_NONE, &self->print_config,
      N_ ("Print the configuration in force and where each value is from, and end"), NULL },
    { "print-defaults", 0, 0, G_OPTION_ARG_NONE, &self->print_defaults,
      N_ ("Print all settings with their defaults and meaning, and end"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->print_version, N_ ("Print the version, and end"),
      NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new (_ ("— pushes live updates to browsers, desktops and devices"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_description (
      context, _ ("Settings are explained in belfry.conf(5), the service in belfryd(8)."));
  return parse (context, argv, error) && check_choice (self, error);
}

void
belfry_options_clear (BelfryOptions *self)
{
  g_clear_pointer (&self->config_file, g_free);
  g_clear_pointer (&self->env_file, g_free);
  g_clear_pointer (&self->settings, g_strfreev);
}
