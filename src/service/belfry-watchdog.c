/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-watchdog"

#include "config.h"

#include "belfry-watchdog.h"

#include "belfry-log.h"

/* A timer on the main context; owned by the service from its start to its end. */
struct _BelfryWatchdog
{
  GObject parent_instance;

  BelfryNotify *notify; /* (unowned) */
  GPtrArray *parts;     /* (element-type BelfryPart) (owned) */
  GSource *timer;       /* (owned) (nullable): NULL where there is no watchdog to feed */
  gboolean held_back;   /* the last time was not a feeding */
};

G_DEFINE_FINAL_TYPE (BelfryWatchdog, belfry_watchdog, G_TYPE_OBJECT)

static BelfryPart *
find_lifeless (BelfryWatchdog *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      BelfryPart *part = g_ptr_array_index (self->parts, i);

      if (!belfry_part_is_alive (part))
        return part;
    }
  return NULL;
}

/* Says so once, not at every turn, when feeding stops or goes on. */
static void
hold_back (BelfryWatchdog *self, BelfryPart *culprit)
{
  if (self->held_back)
    return;
  self->held_back = TRUE;
  belfry_log_event (BELFRY_LOG_ERROR,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_WATCHDOG_HELD_BACK }),
                    "%s does not answer: the watchdog is not fed until it does",
                    belfry_part_get_name (culprit));
}

static gboolean
on_turn (gpointer user_data)
{
  BelfryWatchdog *self = user_data;
  BelfryPart *culprit = find_lifeless (self);

  if (culprit != NULL)
    {
      hold_back (self, culprit);
      return G_SOURCE_CONTINUE;
    }
  if (self->held_back)
    belfry_log_notice ("all parts answer again: the watchdog is fed");
  self->held_back = FALSE;
  belfry_notify_watchdog (self->notify);
  return G_SOURCE_CONTINUE;
}

static void
start_timer (BelfryWatchdog *self, gint64 interval)
{
  gint64 half_ms = MAX (interval / 2 / 1000, 1);

  self->timer = g_timeout_source_new ((guint) MIN (half_ms, G_MAXINT));
  g_source_set_static_name (self->timer, "belfry-watchdog");
  g_source_set_callback (self->timer, on_turn, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
belfry_watchdog_dispose (GObject *object)
{
  BelfryWatchdog *self = BELFRY_WATCHDOG (object);

  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  G_OBJECT_CLASS (belfry_watchdog_parent_class)->dispose (object);
}

static void
belfry_watchdog_class_init (BelfryWatchdogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_watchdog_dispose;
}

static void
belfry_watchdog_init (BelfryWatchdog *self)
{
}

BelfryWatchdog *
belfry_watchdog_new (BelfryNotify *notify, GPtrArray *parts)
{
  BelfryWatchdog *self = g_object_new (BELFRY_TYPE_WATCHDOG, NULL);
  gint64 interval = belfry_notify_watchdog_interval (notify);

  self->notify = notify;
  self->parts = g_ptr_array_ref (parts);
  if (interval > 0)
    {
      start_timer (self, interval);
      on_turn (self);
    }
  return self;
}
