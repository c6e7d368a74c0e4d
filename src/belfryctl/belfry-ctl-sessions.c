/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-config-number.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* sessions, session, subscribe, unsubscribe, send: who is connected, and what is done for them. */

static const BelfryCtlColumn columns[] = {
  { "id", N_ ("SESSION"), BELFRY_CTL_PLAIN },
  { "user", N_ ("USER"), BELFRY_CTL_PLAIN },
  { "address", N_ ("ADDRESS"), BELFRY_CTL_PLAIN },
  { "dialect", N_ ("DIALECT"), BELFRY_CTL_PLAIN },
  { "state", N_ ("STATE"), BELFRY_CTL_PLAIN },
  { "subscriptions", N_ ("TOPICS"), BELFRY_CTL_PLAIN },
  { "opened", N_ ("SINCE"), BELFRY_CTL_AGE },
  { "queued", N_ ("QUEUED"), BELFRY_CTL_SIZE },
};

static const BelfryCtlColumn lines[] = {
  { "id", N_ ("Session"), BELFRY_CTL_PLAIN },
  { "user", N_ ("User"), BELFRY_CTL_PLAIN },
  { "address", N_ ("Address"), BELFRY_CTL_PLAIN },
  { "endpoint", N_ ("Endpoint"), BELFRY_CTL_PLAIN },
  { "dialect", N_ ("Dialect"), BELFRY_CTL_PLAIN },
  { "state", N_ ("State"), BELFRY_CTL_PLAIN },
  { "opened", N_ ("Since"), BELFRY_CTL_TIME },
  { "queued", N_ ("Queued"), BELFRY_CTL_SIZE },
  { "topics", N_ ("Topics"), BELFRY_CTL_PLAIN },
};

static void
add (GVariantBuilder *filter, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (filter, "{sv}", key, g_variant_new_string (value));
}

/* Of columns that no row has, only "queued" is left out: it is asked for with a filter alone. */
static guint
count_columns (const BelfryCtlOptions *options)
{
  return options->queued != NULL ? G_N_ELEMENTS (columns) : G_N_ELEMENTS (columns) - 1;
}

int
belfry_ctl_sessions (BelfryCtl *self, const char *const *words)
{
  const BelfryCtlOptions *options = &self->options;
  g_autoptr (GError) error = NULL;
  GVariantBuilder filter;
  gint64 queued = 0;

  if (options->queued != NULL && !belfry_config_parse_size (options->queued, &queued))
    return belfry_ctl_misused (_ ("“%s” is no size: expected a number with KiB or MiB"),
                               options->queued);
  g_variant_builder_init (&filter, G_VARIANT_TYPE_VARDICT);
  add (&filter, "user", options->user);
  add (&filter, "address", options->address);
  add (&filter, "topic", options->topic);
  add (&filter, "dialect", options->dialect);
  add (&filter, "state", options->state);
  if (options->queued != NULL)
    g_variant_builder_add (&filter, "{sv}", "queued", g_variant_new_uint64 ((guint64) queued));
  g_autoptr (GPtrArray) list =
      belfry_ctl_list (self, BELFRY_CTL_SESSIONS, g_variant_builder_end (&filter),
                       (guint) options->limit, &error);
  if (list == NULL)
    return belfry_ctl_fail (self, error);
  return belfry_ctl_print_list (self, list, columns, count_columns (options));
}

int
belfry_ctl_session (BelfryCtl *self, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = belfry_ctl_call (self, BELFRY_CTL_SESSIONS, "Get",
                                                g_variant_new ("(s)", words[0]), "(a{sv})", &error);

  if (reply == NULL)
    return belfry_ctl_fail (self, error);
  g_autoptr (GVariant) session = g_variant_get_child_value (reply, 0);
  return belfry_ctl_print_pairs (self, session, lines, G_N_ELEMENTS (lines));
}

int
belfry_ctl_subscribe (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_SESSIONS, "SubscribeTo",
                        g_variant_new ("(ss)", words[0], words[1]));
}

int
belfry_ctl_unsubscribe (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_SESSIONS, "UnsubscribeFrom",
                        g_variant_new ("(ss)", words[0], words[1]));
}

int
belfry_ctl_send (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_SESSIONS, "Send",
                        g_variant_new ("(ss)", words[0], words[1]));
}
