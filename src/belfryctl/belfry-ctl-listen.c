/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include "belfry-ctl-listen.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

#include "belfry-ctl-call.h"
#include "belfry-names.h"

/* On the main context of main(). */
struct _BelfryCtlListener
{
  BelfryCtlHeard heard;
  void (*tick) (BelfryCtlListener *listener, gpointer user_data);
  gpointer user_data;   /* (unowned) */
  GDBusConnection *bus; /* (owned) */
  GMainLoop *loop;      /* (owned) */
  guint signals;        /* subscription id */
  guint name;           /* watch id */
  gboolean present;     /* the service was seen on the bus */
  int status;
};

static void
on_signal (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *name,
           GVariant *arguments,
           gpointer user_data)
{
  BelfryCtlListener *self = user_data;

  if (g_str_has_prefix (interface, "org.belfry."))
    self->heard (self, interface, name, arguments, self->user_data);
}

static void
on_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  BelfryCtlListener *self = user_data;

  self->present = TRUE;
}

/* Another instance that takes the name does not know what we asked for. */
static void
on_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
  BelfryCtlListener *self = user_data;

  if (self->present)
    g_printerr (_ ("%s: the service has left the bus\n"), BELFRY_CTL_NAME);
  else
    g_printerr (_ ("%s: the service is not running\n"), BELFRY_CTL_NAME);
  belfry_ctl_listener_quit (self, BELFRY_EXIT_UNAVAILABLE);
}

static gboolean
on_interrupt (gpointer user_data)
{
  belfry_ctl_listener_quit (user_data, BELFRY_EXIT_OK);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  BelfryCtlListener *self = user_data;

  self->tick (self, self->user_data);
  return G_SOURCE_CONTINUE;
}

BelfryCtlListener *
belfry_ctl_listener_new (BelfryCtl *ctl, BelfryCtlHeard heard, gpointer user_data, GError **error)
{
  GDBusConnection *bus = belfry_ctl_connect (ctl, error);

  if (bus == NULL)
    return NULL;
  BelfryCtlListener *self = g_new0 (BelfryCtlListener, 1);
  self->heard = heard;
  self->user_data = user_data;
  self->bus = g_object_ref (bus);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->signals =
      g_dbus_connection_signal_subscribe (bus, BELFRY_BUS_NAME, NULL, NULL, NULL, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  self->name = g_bus_watch_name_on_connection (bus, BELFRY_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                               on_appeared, on_vanished, self, NULL);
  return self;
}

void
belfry_ctl_listener_free (BelfryCtlListener *self)
{
  g_dbus_connection_signal_unsubscribe (self->bus, self->signals);
  g_bus_unwatch_name (self->name);
  g_main_loop_unref (self->loop);
  g_object_unref (self->bus);
  g_free (self);
}

/* @source: (transfer full). Returns: (transfer full): to be given to detach() */
static GSource *
attach (GSource *source, const char *name, GSourceFunc func, BelfryCtlListener *self)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, NULL);
  return source;
}

/* @source: (transfer full) */
static void
detach (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

int
belfry_ctl_listener_run (BelfryCtlListener *self,
                         guint interval,
                         void (*tick) (BelfryCtlListener *listener, gpointer user_data))
{
  GSource *interrupt =
      attach (g_unix_signal_source_new (SIGINT), "belfryctl-interrupt", on_interrupt, self);
  GSource *terminate =
      attach (g_unix_signal_source_new (SIGTERM), "belfryctl-terminate", on_interrupt, self);
  GSource *timer = NULL;

  self->tick = tick;
  if (tick != NULL)
    {
      timer = attach (g_timeout_source_new (interval), "belfryctl-tick", on_tick, self);
      g_source_set_ready_time (timer, 0);
    }
  g_main_loop_run (self->loop);
  detach (interrupt);
  detach (terminate);
  g_clear_pointer (&timer, detach);
  return self->status;
}

void
belfry_ctl_listener_quit (BelfryCtlListener *self, int status)
{
  self->status = status;
  g_main_loop_quit (self->loop);
}
