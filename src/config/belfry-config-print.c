/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-private.h"
#include "belfry-config-reader.h"
#include "belfry-config-table.h"
#include "belfry-config-text.h"

/* The configuration, or its defaults, as text. Pure functions: any thread. */

#define HIDDEN "***"

/* Comments in the default file are wrapped here. */
#define WIDTH 98

static void
append_header (GString *text, BelfryConfigGroup group, const char *instance)
{
  g_autofree char *title = belfry_config_group_title (group, instance);

  g_string_append_printf (text, "\n[%s]\n", title);
}

static void
append_setting (GString *text, const char *key, const char *value)
{
  g_string_append_printf (text, "%s =%s", key, *value != '\0' ? " " : "");
  belfry_config_reader_append_value (text, value);
}

static void
append_origin (GString *text, const BelfryConfigOrigin *origin)
{
  g_autofree char *where = belfry_config_origin_to_string (origin);

  g_string_append_printf (text, " # %s\n", where);
}

static void
append_value (GString *text, const BelfryConfigRow *row, const BelfryConfigValue *value)
{
  g_autofree char *shown = belfry_config_value_show (value, row);
  gboolean is_hidden =
      row->type == BELFRY_CONFIG_TYPE_SECRET && value->is_set && value->secret != NULL;

  /* A wrong secret is worse than none: what is hidden must not load. */
  if (is_hidden)
    g_string_append_printf (text, "#%s = " HIDDEN, row->name);
  else
    {
      if (!value->is_set)
        g_string_append_c (text, '#');
      append_setting (text, row->name, shown);
    }
  if (value->is_set)
    append_origin (text, &value->origin);
  else
    g_string_append_c (text, '\n');
}

static void
append_plugin_keys (GString *text, const BelfryConfigInstance *instance)
{
  for (guint i = 0; i < belfry_config_plugin_n_keys (instance); i++)
    {
      const char *value;
      const BelfryConfigOrigin *origin;
      const char *key = belfry_config_plugin_get_key (instance, i, &value, &origin);

      g_autofree char *shown = belfry_config_hide_credentials (value);

      if (belfry_config_is_secret_name (key))
        g_string_append_printf (text, "#%s = " HIDDEN, key);
      else
        append_setting (text, key, shown);
      append_origin (text, origin);
    }
}

static void
append_group (GString *text,
              const BelfryConfig *self,
              BelfryConfigGroup group,
              const BelfryConfigInstance *instance)
{
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  append_header (text, group, instance != NULL ? instance->name : NULL);
  for (gsize i = first; i < first + n; i++)
    append_value (text, belfry_config_table_row ((BelfryConfigKey) i),
                  belfry_config_peek_value (self, instance, (BelfryConfigKey) i));
  if (group == BELFRY_CONFIG_GROUP_PLUGIN)
    append_plugin_keys (text, instance);
}

/* Breaks at blanks; a word longer than a line stands alone. */
static void
append_comment (GString *text, const char *comment)
{
  g_auto (GStrv) words = g_strsplit (comment, " ", -1);
  gsize column = 1;

  g_string_append_c (text, '#');
  for (gsize i = 0; words[i] != NULL; i++)
    {
      gsize length = (gsize) g_utf8_strlen (words[i], -1);

      if (column + 1 + length > WIDTH && column > 1)
        {
          g_string_append (text, "\n#");
          column = 1;
        }
      g_string_append_printf (text, " %s", words[i]);
      column += 1 + length;
    }
  g_string_append_c (text, '\n');
}

static void
append_default (GString *text, BelfryConfigKey key, const char *instance)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  g_autofree char *type = belfry_config_table_describe (row);
  g_autofree char *facts =
      g_strdup_printf (row->flags & BELFRY_CONFIG_RESTART ? _ ("(%s; needs a restart)") : "(%s)",
                       type);

  append_comment (text, _ (row->help));
  append_comment (text, facts);
  g_string_append_c (text, '#');
  append_setting (text, row->name, belfry_config_table_fallback (key, instance));
  g_string_append_c (text, '\n');
}

static void
append_default_group (GString *text, BelfryConfigGroup group, const char *instance)
{
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  append_header (text, group, instance);
  append_comment (text, _ (belfry_config_table_group (group)->help));
  for (gsize i = first; i < first + n; i++)
    {
      g_string_append_c (text, '\n');
      append_default (text, (BelfryConfigKey) i, instance);
    }
}

static void
append_defaults (GString *text, BelfryConfigGroup group)
{
  gsize n;
  const BelfryConfigBuiltIn *built_in = belfry_config_table_built_in (&n);

  if (belfry_config_table_group (group)->placeholder == NULL)
    append_default_group (text, group, NULL);
  for (gsize i = 0; i < n; i++)
    {
      if (built_in[i].group == group)
        append_default_group (text, group, built_in[i].instance);
    }
}

char *
belfry_config_print (const BelfryConfig *self)
{
  GString *text = g_string_new (NULL);

  append_comment (text, _ ("The effective configuration. A line such as #key = value is a default; "
                           "secrets are not shown."));
  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      BelfryConfigGroup group = (BelfryConfigGroup) i;

      if (self->instances[i] == NULL)
        append_group (text, self, group, NULL);
      for (guint j = 0; j < belfry_config_n_instances (self, group); j++)
        append_group (text, self, group, belfry_config_get_instance (self, group, j));
    }
  return g_string_free (text, FALSE);
}

char *
belfry_config_print_defaults (void)
{
  GString *text = g_string_new (NULL);

  append_comment (text, _ ("The configuration of belfryd, with every default. Uncomment what is to "
                           "be different, or put it into a file of its own in belfry.conf.d/. See "
                           "belfry.conf(5)."));
  append_comment (text, _ ("The service takes changes up when it is reloaded, but for those that "
                           "need a restart."));
  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    append_defaults (text, (BelfryConfigGroup) i);
  return g_string_free (text, FALSE);
}
