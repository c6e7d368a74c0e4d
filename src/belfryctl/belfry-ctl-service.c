/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-number.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* plugins, metrics, reload, reexec, drain, shed, log-level: the service as a whole. */

static const BelfryCtlColumn columns[] = {
  { "name", N_ ("PLUGIN"), BELFRY_CTL_PLAIN }, { "version", N_ ("VERSION"), BELFRY_CTL_PLAIN },
  { "kinds", N_ ("KINDS"), BELFRY_CTL_PLAIN }, { "licence", N_ ("LICENCE"), BELFRY_CTL_PLAIN },
  { "file", N_ ("FILE"), BELFRY_CTL_PLAIN },
};

int
belfry_ctl_plugins (BelfryCtl *self, const char *const *words)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      belfry_ctl_call (self, BELFRY_CTL_MANAGER, "ListPlugins", NULL, "(aa{sv})", &error);

  if (reply == NULL)
    return belfry_ctl_fail (self, error);
  g_autoptr (GVariant) list = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    g_ptr_array_add (rows, g_variant_get_child_value (list, i));
  return belfry_ctl_print_list (self, rows, columns, G_N_ELEMENTS (columns));
}

int
belfry_ctl_metrics (BelfryCtl *self, const char *const *words)
{
  const char *method = self->options.json ? "Get" : "GetText";
  const char *type = self->options.json ? "(a{sv})" : "(s)";
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      belfry_ctl_call (self, BELFRY_CTL_METRICS, method, NULL, type, &error);

  if (reply == NULL)
    return belfry_ctl_fail (self, error);
  g_autoptr (GVariant) value = g_variant_get_child_value (reply, 0);
  return self->options.json ? belfry_ctl_print_json (value)
                            : belfry_ctl_print (g_variant_get_string (value, NULL));
}

int
belfry_ctl_reload (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_MANAGER, "Reload", NULL);
}

int
belfry_ctl_reexec (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_MANAGER, "Reexec", NULL);
}

/* None at all would mean what is configured. */
static guint32
whole_seconds (gint64 duration)
{
  return (guint32) MIN (duration / G_USEC_PER_SEC + (duration % G_USEC_PER_SEC != 0), G_MAXUINT32);
}

int
belfry_ctl_drain (BelfryCtl *self, const char *const *words)
{
  gint64 duration = 0;

  if (words[0] != NULL && !belfry_config_parse_duration (words[0], &duration))
    return belfry_ctl_misused (_ ("“%s” is no duration: expected one like 30s, 10min or 24h"),
                               words[0]);
  return belfry_ctl_do (self, BELFRY_CTL_MANAGER, "Drain",
                        g_variant_new ("(u)", whole_seconds (duration)));
}

int
belfry_ctl_shed (BelfryCtl *self, const char *const *words)
{
  g_autofree char *digits = g_strdup (words[0]);
  gint64 duration = 0;
  gint64 percent;

  if (g_str_has_suffix (digits, "%"))
    digits[strlen (digits) - 1] = '\0';
  if (!belfry_config_parse_integer (digits, &percent) || percent < 1 || percent > 100)
    return belfry_ctl_misused (_ ("“%s” is no share: expected 1 to 100 of a hundred"), words[0]);
  if (words[1] != NULL && !belfry_config_parse_duration (words[1], &duration))
    return belfry_ctl_misused (_ ("“%s” is no duration: expected one like 30s, 10min or 24h"),
                               words[1]);
  return belfry_ctl_do (self, BELFRY_CTL_MANAGER, "Shed",
                        g_variant_new ("(uu)", (guint32) percent, whole_seconds (duration)));
}

int
belfry_ctl_log_level (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_MANAGER, "SetLogLevel", g_variant_new ("(s)", words[0]));
}
