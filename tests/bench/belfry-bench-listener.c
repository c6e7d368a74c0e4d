/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-yardstick"

#include "config.h"

#include "belfry-bench-listener.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-bench-redis.h"

struct _BelfryBenchListener
{
  int fd;              /* (owned) */
  redisReader *reader; /* (owned) */
  char bytes[65536];
};

/* Of `message CHANNEL PAYLOAD` and `subscribe CHANNEL NUMBER`. */
enum
{
  WORD,
  CHANNEL,
  VALUE,
  N_ELEMENTS,
};

BelfryBenchListener *
belfry_bench_listener_new (guint16 port)
{
  int fd = belfry_bench_redis_connect (port);

  if (fd < 0)
    return NULL;
  BelfryBenchListener *self = g_new0 (BelfryBenchListener, 1);
  self->fd = fd;
  self->reader = redisReaderCreate ();
  if (self->reader == NULL)
    g_error ("no memory for a reader");
  return self;
}

void
belfry_bench_listener_free (BelfryBenchListener *self)
{
  redisReaderFree (self->reader);
  close (self->fd);
  g_free (self);
}

int
belfry_bench_listener_get_fd (const BelfryBenchListener *self)
{
  return self->fd;
}

gboolean
belfry_bench_listener_subscribe (BelfryBenchListener *self, const char *channel)
{
  g_autofree char *command = g_strdup_printf ("SUBSCRIBE %s\r\n", channel);

  return belfry_bench_redis_say (self->fd, command, strlen (command));
}

static gboolean
is_string (const redisReply *reply)
{
  return reply->type == REDIS_REPLY_STRING;
}

static gboolean
hand_out (const redisReply *reply, BelfryBenchPushFunc func, gpointer user_data)
{
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != N_ELEMENTS ||
      !is_string (reply->element[WORD]) || !is_string (reply->element[CHANNEL]))
    return FALSE;
  BelfryBenchPush push = { .channel = reply->element[CHANNEL]->str };
  if (strcmp (reply->element[WORD]->str, "message") == 0 && is_string (reply->element[VALUE]))
    {
      push.payload = (const guint8 *) reply->element[VALUE]->str;
      push.length = reply->element[VALUE]->len;
    }
  func (&push, user_data);
  return TRUE;
}

gboolean
belfry_bench_listener_read (BelfryBenchListener *self, BelfryBenchPushFunc func, gpointer user_data)
{
  gssize n = recv (self->fd, self->bytes, sizeof self->bytes, MSG_DONTWAIT);
  gpointer reply = NULL;
  gboolean sound = TRUE;

  if (n <= 0)
    return n < 0 && errno == EAGAIN;
  if (redisReaderFeed (self->reader, self->bytes, (gsize) n) != REDIS_OK)
    return FALSE;
  while (sound && (sound = redisReaderGetReply (self->reader, &reply) == REDIS_OK) && reply != NULL)
    {
      sound = hand_out (reply, func, user_data);
      freeReplyObject (reply);
    }
  return sound;
}
