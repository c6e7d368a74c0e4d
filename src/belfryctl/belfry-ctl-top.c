/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "belfry-config-number.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-listen.h"
#include "belfry-ctl-print.h"

/* top: figures as they change. Each round asks for the metrics, and shows what became of them. */

#define DEFAULT_INTERVAL "2s"
#define MIN_INTERVAL (100 * G_TIME_SPAN_MILLISECOND)

/* Home, and clear what follows. */
#define CLEAR "\033[H\033[J"

typedef struct
{
  const char *metric; /* (unowned): all that begin with this name and have labels count together */
  const char *title;  /* (unowned): untranslated */
  gboolean bytes;
} Line;

static const Line gauges[] = {
  { "belfry_websocket_connections", N_ ("connections"), FALSE },
  { "belfry_sessions", N_ ("sessions"), FALSE },
  { "belfry_topics", N_ ("topics"), FALSE },
  { "belfry_subscriptions", N_ ("subscriptions"), FALSE },
  { "belfry_backlog_bytes", N_ ("waiting for workers"), TRUE },
};

static const Line counters[] = {
  { "belfry_messages_received", N_ ("from the broker"), FALSE },
  { "belfry_messages_published", N_ ("published here"), FALSE },
  { "belfry_messages_delivered", N_ ("delivered"), FALSE },
  { "belfry_messages_recovered", N_ ("recovered"), FALSE },
  { "belfry_websocket_messages_received", N_ ("from clients"), FALSE },
  { "belfry_websocket_sent_bytes", N_ ("sent"), TRUE },
  { "belfry_websocket_frames_dropped", N_ ("dropped, too slow"), FALSE },
  { "belfry_gaps", N_ ("gaps told"), FALSE },
  { "belfry_messages_refused", N_ ("not published"), FALSE },
  { "belfry_authentications", N_ ("sign-ins"), FALSE },
  { "belfry_sessions_opened", N_ ("sessions opened"), FALSE },
};

static const Line histograms[] = {
  { "belfry_delivery_seconds", N_ ("delivery"), FALSE },
  { "belfry_plugin_call_seconds", N_ ("plugins"), FALSE },
};

typedef struct
{
  BelfryCtl *ctl; /* (unowned) */
  guint64 last[G_N_ELEMENTS (counters)];
  gint64 last_time; /* monotonic; 0: this is the first round */
  int left;         /* rounds, or -1 for no end */
  gboolean terminal;
} Top;

static gboolean
is_metric (const char *name, const char *metric)
{
  gsize length = strlen (metric);

  return strncmp (name, metric, length) == 0 && (name[length] == '\0' || name[length] == '{');
}

static guint64
number_of (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return g_variant_get_uint64 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return (guint64) MAX (0, g_variant_get_int64 (value));
  return 0;
}

static guint64
sum (GVariant *metrics, const char *metric)
{
  const char *name;
  GVariantIter iter;
  GVariant *value;
  guint64 total = 0;

  g_variant_iter_init (&iter, metrics);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      if (is_metric (name, metric))
        total += number_of (value);
    }
  return total;
}

static void
add_gauges (GString *out, GVariant *metrics)
{
  for (gsize i = 0; i < G_N_ELEMENTS (gauges); i++)
    {
      guint64 value = sum (metrics, gauges[i].metric);
      g_autofree char *text = gauges[i].bytes ? belfry_ctl_format_size (value)
                                              : g_strdup_printf ("%" G_GUINT64_FORMAT, value);

      g_string_append_printf (out, "%s%s %s", i > 0 ? ", " : "", text, _ (gauges[i].title));
    }
  g_string_append (out, "\n\n");
}

static void
add_cell (GString *out, const char *text, glong width)
{
  for (glong have = g_utf8_strlen (text, -1); have < width; have++)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

static char *
format_rate (const Line *line, double rate)
{
  return line->bytes ? belfry_ctl_format_size ((guint64) rate) : g_strdup_printf ("%.1f", rate);
}

static void
add_counters (Top *self, GString *out, GVariant *metrics, gint64 now)
{
  double seconds = (double) (now - self->last_time) / G_USEC_PER_SEC;

  add_cell (out, _ ("per second"), 34);
  add_cell (out, _ ("in all"), 16);
  g_string_append_c (out, '\n');
  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      guint64 value = sum (metrics, counters[i].metric);
      double rate = value >= self->last[i] ? (double) (value - self->last[i]) / seconds : 0;
      g_autofree char *per_second =
          self->last_time != 0 ? format_rate (&counters[i], rate) : g_strdup ("-");
      g_autofree char *total = counters[i].bytes ? belfry_ctl_format_size (value)
                                                 : g_strdup_printf ("%" G_GUINT64_FORMAT, value);

      g_string_append_printf (out, "%s", _ (counters[i].title));
      add_cell (out, per_second, 34 - g_utf8_strlen (_ (counters[i].title), -1));
      add_cell (out, total, 16);
      g_string_append_c (out, '\n');
      self->last[i] = value;
    }
  self->last_time = now;
}

static void
add_histograms (GString *out, GVariant *metrics)
{
  g_string_append_c (out, '\n');
  for (gsize i = 0; i < G_N_ELEMENTS (histograms); i++)
    {
      g_autoptr (GVariant) figures = g_variant_lookup_value (metrics, histograms[i].metric, NULL);
      guint64 p50 = 0;
      guint64 p99 = 0;

      if (figures == NULL || !g_variant_is_of_type (figures, G_VARIANT_TYPE_VARDICT))
        continue;
      g_variant_lookup (figures, "p50", "t", &p50);
      g_variant_lookup (figures, "p99", "t", &p99);
      g_string_append_printf (out, _ ("%s: half of all within %.2f ms, 99 of 100 within %.2f ms\n"),
                              _ (histograms[i].title), (double) p50 / 1000, (double) p99 / 1000);
    }
}

static void
add_head (GString *out, GVariantDict *properties)
{
  const char *state = "";
  const char *broker = "";
  const char *broker_state = "";
  guint64 started = 0;

  g_variant_dict_lookup (properties, "State", "&s", &state);
  g_variant_dict_lookup (properties, "Broker", "&s", &broker);
  g_variant_dict_lookup (properties, "BrokerState", "&s", &broker_state);
  g_variant_dict_lookup (properties, "StartedAt", "t", &started);
  g_autofree char *span =
      belfry_ctl_format_span ((g_get_real_time () - (gint64) started) / G_USEC_PER_SEC);
  g_string_append_printf (out, _ ("belfry: %s, for %s; broker: %s, %s\n"), state, span, broker,
                          broker_state);
}

static int
show (Top *self, GVariant *metrics, GVariantDict *properties)
{
  if (self->ctl->options.json)
    return belfry_ctl_print_json (metrics);
  GString *out = g_string_new (self->terminal ? CLEAR : "");
  add_head (out, properties);
  add_gauges (out, metrics);
  add_counters (self, out, metrics, g_get_monotonic_time ());
  add_histograms (out, metrics);
  if (!self->terminal)
    g_string_append_c (out, '\n');
  g_autofree char *text = g_string_free (out, FALSE);
  return belfry_ctl_print (text);
}

static int
go_round (Top *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariantDict) properties = belfry_ctl_get_properties (self->ctl, &error);

  if (properties == NULL)
    return belfry_ctl_fail (self->ctl, error);
  g_autoptr (GVariant) reply =
      belfry_ctl_call (self->ctl, BELFRY_CTL_METRICS, "Get", NULL, "(a{sv})", &error);
  if (reply == NULL)
    return belfry_ctl_fail (self->ctl, error);
  g_autoptr (GVariant) metrics = g_variant_get_child_value (reply, 0);
  return show (self, metrics, properties);
}

static void
on_tick (BelfryCtlListener *listener, gpointer user_data)
{
  Top *self = user_data;

  if (self->left == 0)
    return;
  int status = go_round (self);
  if (self->left > 0)
    self->left--;
  if (status != BELFRY_EXIT_OK || self->left == 0)
    belfry_ctl_listener_quit (listener, status);
}

static void
on_heard (BelfryCtlListener *listener,
          const char *interface,
          const char *name,
          GVariant *arguments,
          gpointer user_data)
{
}

int
belfry_ctl_top (BelfryCtl *self, const char *const *words)
{
  const char *text = self->options.duration != NULL ? self->options.duration : DEFAULT_INTERVAL;
  g_autoptr (GError) error = NULL;
  Top top = { .ctl = self, .terminal = isatty (STDOUT_FILENO) };
  gint64 interval;

  if (!belfry_config_parse_duration (text, &interval) || interval < MIN_INTERVAL)
    return belfry_ctl_misused (_ ("“%s” is no duration: expected 100ms or more"), text);
  top.left = self->options.count > 0 ? self->options.count : -1;
  g_autoptr (BelfryCtlListener) listener = belfry_ctl_listener_new (self, on_heard, &top, &error);
  if (listener == NULL)
    return belfry_ctl_fail (self, error);
  return belfry_ctl_listener_run (listener, (guint) MIN (interval / 1000, G_MAXINT), on_tick);
}
