/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-probe"

#include "config.h"

#include "belfry-redis-probe.h"

#include <string.h>

/* What is published may come back even from a server that takes no writes: a replica, one that
 * cannot save, one without memory. So it is asked what it is, and made to write, too; where the
 * access list forbids either, we do without.
 *
 * The number never repeats: one that was sent over an older connection, and comes late, proves
 * nothing. */

/* How long the key outlives an instance that is gone. */
#define KEY_LIFE_MS "60000"

/* Times that the deadline is moved because other messages come, and ours may be behind them. */
#define MAX_EXTENSIONS 4

/* When the thread was busy for long, the number may be there already, unread. */
#define GRACE (50 * 1000)

static void
finish (BelfryRedisProbe *self, BelfryRedisFault fault, const GError *error)
{
  belfry_redis_probe_cancel (self);
  self->done (fault, error, self->user_data);
}

static void
finish_because (BelfryRedisProbe *self, BelfryRedisFault fault, const char *what)
{
  g_autoptr (GError) error = belfry_redis_fault_new_error (fault, what);

  finish (self, fault, error);
}

static void
succeed_if_complete (BelfryRedisProbe *self)
{
  if (self->returned && self->n_waiting == 0)
    finish (self, BELFRY_REDIS_FAULT_NONE, NULL);
}

/* Whoever owns the connection is told himself when it ends. */

static void
on_role (const BelfryRedisReply *reply,
         BelfryRedisFault fault,
         const GError *error,
         gpointer user_data)
{
  BelfryRedisProbe *self = user_data;

  if (reply == NULL)
    return;
  fault = belfry_redis_probe_check_role (reply, fault);
  self->n_waiting--;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    finish_because (self, fault, "ROLE");
  else
    succeed_if_complete (self);
}

static void
on_written (const BelfryRedisReply *reply,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  BelfryRedisProbe *self = user_data;

  if (reply == NULL)
    return;
  self->n_waiting--;
  if (belfry_redis_fault_get_remedy (fault) != BELFRY_REDIS_REMEDY_NONE)
    finish (self, fault, error);
  else
    succeed_if_complete (self);
}

static void
on_published (const BelfryRedisReply *reply,
              BelfryRedisFault fault,
              const GError *error,
              gpointer user_data)
{
  BelfryRedisProbe *self = user_data;

  if (reply == NULL)
    return;
  self->n_waiting--;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    finish (self, fault, error);
  else
    succeed_if_complete (self);
}

static void
watch (BelfryRedisProbe *self)
{
  self->n_heard_then = self->n_heard;
  self->graced = FALSE;
  belfry_deadline_wheel_set_after (self->wheel, &self->deadline, self->timeout);
}

static void
on_late (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisProbe *self = user_data;

  if (!self->graced)
    {
      self->graced = TRUE;
      belfry_deadline_wheel_set_after (self->wheel, &self->deadline, GRACE);
    }
  else if (self->n_heard != self->n_heard_then && self->n_extensions++ < MAX_EXTENSIONS)
    watch (self);
  else
    finish_because (self, BELFRY_REDIS_FAULT_TIMEOUT, "what was published did not come back");
}

static void
send (BelfryRedisProbe *self, const char *const *argv, BelfryRedisCallback callback)
{
  /* The last deadline is the probe's: a connection that is late is told by it. */
  const BelfryRedisCommand command = {
    .argv = argv,
    .timeout = (MAX_EXTENSIONS + 2) * self->timeout,
    .callback = callback,
    .user_data = self,
  };

  /* Refused is what finds no room behind others that wait: that is late, too. */
  self->n_waiting++;
  (void) belfry_redis_connection_send (self->connection, &command, NULL);
}

void
belfry_redis_probe_init (BelfryRedisProbe *self,
                         BelfryDeadlineWheel *wheel,
                         BelfryRedisChannelKind kind,
                         const char *channel,
                         BelfryRedisProbeDone done,
                         gpointer user_data)
{
  *self = (BelfryRedisProbe){
    .wheel = wheel,
    .channel = g_strdup (channel),
    .verb = kind == BELFRY_REDIS_SHARD ? "SPUBLISH" : "PUBLISH",
    .done = done,
    .user_data = user_data,
    .latency = -1,
  };
  belfry_deadline_init (&self->deadline, on_late, self);
}

void
belfry_redis_probe_clear (BelfryRedisProbe *self)
{
  belfry_redis_probe_cancel (self);
  g_clear_pointer (&self->channel, g_free);
}

void
belfry_redis_probe_set_channel (BelfryRedisProbe *self, const char *channel)
{
  belfry_redis_probe_cancel (self);
  g_free (self->channel);
  self->channel = g_strdup (channel);
}

const char *
belfry_redis_probe_get_channel (const BelfryRedisProbe *self)
{
  return self->channel;
}

void
belfry_redis_probe_start (BelfryRedisProbe *self, BelfryRedisConnection *connection, gint64 timeout)
{
  if (self->connection != NULL)
    return;
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, ++self->number);

  self->connection = connection;
  self->timeout = timeout;
  self->started = belfry_deadline_wheel_now (self->wheel);
  self->n_waiting = 0;
  self->n_extensions = 0;
  self->returned = FALSE;
  watch (self);
  send (self, (const char *[]){ "ROLE", NULL }, on_role);
  send (self, (const char *[]){ "SET", self->channel, number, "PX", KEY_LIFE_MS, NULL },
        on_written);
  send (self, (const char *[]){ self->verb, self->channel, number, NULL }, on_published);
}

gboolean
belfry_redis_probe_is_running (const BelfryRedisProbe *self)
{
  return self->connection != NULL;
}

gboolean
belfry_redis_probe_take (BelfryRedisProbe *self, const BelfryRedisPush *push)
{
  gsize length = strlen (self->channel);

  self->n_heard++;
  if (push->payload == NULL || g_bytes_get_size (push->channel) != length ||
      memcmp (g_bytes_get_data (push->channel, NULL), self->channel, length) != 0)
    return FALSE;
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, self->number);
  if (self->connection == NULL || self->returned ||
      g_bytes_get_size (push->payload) != strlen (number) ||
      memcmp (g_bytes_get_data (push->payload, NULL), number, strlen (number)) != 0)
    return TRUE;
  self->returned = TRUE;
  self->latency = belfry_deadline_wheel_now (self->wheel) - self->started;
  succeed_if_complete (self);
  return TRUE;
}

void
belfry_redis_probe_cancel (BelfryRedisProbe *self)
{
  belfry_deadline_cancel (&self->deadline);
  if (self->connection == NULL)
    return;
  belfry_redis_connection_forget (self->connection, self);
  self->connection = NULL;
}

gint64
belfry_redis_probe_get_latency (const BelfryRedisProbe *self)
{
  return self->latency;
}

BelfryRedisFault
belfry_redis_probe_check_role (const BelfryRedisReply *reply, BelfryRedisFault fault)
{
  if (reply == NULL)
    return fault;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    return belfry_redis_fault_get_remedy (fault) != BELFRY_REDIS_REMEDY_NONE
               ? fault
               : BELFRY_REDIS_FAULT_NONE;
  const BelfryRedisReply *role = belfry_redis_reply_get_element (reply, 0);
  const char *name = role != NULL ? belfry_redis_reply_get_text (role) : NULL;
  if (name == NULL || g_str_equal (name, "sentinel"))
    return BELFRY_REDIS_FAULT_PROTOCOL;
  return g_str_equal (name, "master") ? BELFRY_REDIS_FAULT_NONE : BELFRY_REDIS_FAULT_READONLY;
}
