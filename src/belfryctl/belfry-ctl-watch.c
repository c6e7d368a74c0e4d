/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-ctl-call.h"
#include "belfry-ctl-listen.h"
#include "belfry-ctl-print.h"

/* watch: messages of topics, as they come. monitor: what happens to the service and its sessions.
 */

typedef struct
{
  const char *interface;        /* (unowned) */
  const char *name;             /* (unowned) */
  const char *text;             /* (unowned): what is said of it; its arguments follow */
  const char *const members[5]; /* (unowned): what its arguments are called in JSON */
} Signal;

static const Signal signals[] = {
  { BELFRY_CTL_TOPICS, "Message", "", { "topic", "payload" } },
  { BELFRY_CTL_TOPICS, "MessageBytes", "", { "topic", "payload_bytes" } },
  { BELFRY_CTL_TOPICS, "Lost", N_ ("lost"), { "count", "reason" } },
  { BELFRY_CTL_MANAGER, "StateChanged", N_ ("state"), { "state" } },
  { BELFRY_CTL_MANAGER, "BrokerLost", N_ ("broker lost"), { "broker" } },
  { BELFRY_CTL_MANAGER, "BrokerRestored", N_ ("broker restored"), { "broker" } },
  { BELFRY_CTL_MANAGER, "SignalsLost", N_ ("signals lost"), { "count" } },
  { BELFRY_CTL_SESSIONS, "Opened", N_ ("opened"), { "id", "address", "dialect" } },
  { BELFRY_CTL_SESSIONS, "Authenticated", N_ ("authenticated"), { "id", "user" } },
  { BELFRY_CTL_SESSIONS, "Closed", N_ ("closed"), { "id", "user", "code", "reason" } },
};

typedef struct
{
  BelfryCtl *ctl; /* (unowned) */
  int left;       /* how many more, or -1 for all */
} Watching;

static const Signal *
find_signal (const char *interface, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      if (g_str_equal (signals[i].interface, interface) && g_str_equal (signals[i].name, name))
        return &signals[i];
    }
  return NULL;
}

/* A line of JSON a signal. */
static char *
format_json (const Signal *signal, GVariant *arguments)
{
  g_auto (GVariantDict) members;

  g_variant_dict_init (&members, NULL);
  g_variant_dict_insert (&members, "signal", "s", signal->name);
  for (gsize i = 0; i < g_variant_n_children (arguments) && signal->members[i] != NULL; i++)
    {
      g_autoptr (GVariant) argument = g_variant_get_child_value (arguments, i);

      g_variant_dict_insert_value (&members, signal->members[i], argument);
    }
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_dict_end (&members));
  return belfry_ctl_json (all);
}

static char *
format_argument (GVariant *argument)
{
  if (!g_variant_is_of_type (argument, G_VARIANT_TYPE_STRING))
    return belfry_ctl_json (argument);
  const char *text = g_variant_get_string (argument, NULL);
  return *text != '\0' ? belfry_ctl_safe (text) : g_strdup ("-");
}

static char *
format_text (const Signal *signal, GVariant *arguments)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%T");
  GString *line = g_string_new (time);

  if (*signal->text != '\0')
    g_string_append_printf (line, " %s", _ (signal->text));
  for (gsize i = 0; i < g_variant_n_children (arguments); i++)
    {
      g_autoptr (GVariant) argument = g_variant_get_child_value (arguments, i);
      g_autofree char *text = format_argument (argument);

      g_string_append_printf (line, " %s", text);
    }
  return g_string_free (line, FALSE);
}

static void
on_heard (BelfryCtlListener *listener,
          const char *interface,
          const char *name,
          GVariant *arguments,
          gpointer user_data)
{
  Watching *self = user_data;
  const Signal *signal = find_signal (interface, name);

  if (signal == NULL || self->left == 0)
    return;
  g_autofree char *text =
      self->ctl->options.json ? format_json (signal, arguments) : format_text (signal, arguments);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  int status = belfry_ctl_print (line);
  if (self->left > 0)
    self->left--;
  if (status != BELFRY_EXIT_OK || self->left == 0)
    belfry_ctl_listener_quit (listener, status);
}

/* Listens first and asks then: what comes in between is heard. */
static int
run (BelfryCtl *self, const char *interface, const char *method, const char *const *topics)
{
  Watching watching = { self, self->options.count > 0 ? self->options.count : -1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryCtlListener) listener =
      belfry_ctl_listener_new (self, on_heard, &watching, &error);

  if (listener == NULL)
    return belfry_ctl_fail (self, error);
  if (topics == NULL)
    {
      int status = belfry_ctl_do (self, interface, method, NULL);

      return status == BELFRY_EXIT_OK ? belfry_ctl_listener_run (listener, 0, NULL) : status;
    }
  for (; *topics != NULL; topics++)
    {
      int status = belfry_ctl_do (self, interface, method, g_variant_new ("(s)", *topics));

      if (status != BELFRY_EXIT_OK)
        return status;
    }
  return belfry_ctl_listener_run (listener, 0, NULL);
}

int
belfry_ctl_watch (BelfryCtl *self, const char *const *words)
{
  return run (self, BELFRY_CTL_TOPICS, "Watch", words);
}

int
belfry_ctl_monitor (BelfryCtl *self, const char *const *words)
{
  return run (self, BELFRY_CTL_MANAGER, "Subscribe", NULL);
}
