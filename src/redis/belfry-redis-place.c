/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-place"

#include "config.h"

#include "belfry-redis-place.h"

#include <string.h>

#include "belfry-backoff.h"
#include "belfry-log.h"

/* Two connections, independent of each other: one asks and is closed again; the other, to whoever
 * has answered, is subscribed to the news for as long as it lasts. The news is what tells of a
 * primary that has been replaced while we still reach it, and that does not know it yet.
 *
 * Sentinels take turns: whoever has answered is asked first the next time. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define NEWS "+switch-master"

/* Of one Sentinel: there are others. */
#define ASK_TIMEOUT (1 * SECOND)

/* Connecting anew to hear the news: nobody waits for it. */
#define LISTEN_MIN (SECOND / 2)
#define LISTEN_MAX (10 * SECOND)

/* A Sentinel says little. */
#define LIMITS                                                                                     \
  {                                                                                                \
    64 * 1024, 1024, 2                                                                             \
  }

struct _BelfryRedisPlace
{
  BelfryRedisUrl *url;                    /* (owned) */
  const BelfryRedisTls *tls;              /* (unowned) (nullable) */
  BelfryDeadlineWheel *wheel;             /* (unowned) */
  char *client_name;                      /* (owned) */
  const BelfryRedisPlaceHandler *handler; /* (unowned) */
  gpointer user_data;                     /* (unowned) */
  BelfryRedisConnection *asking;          /* (owned) (nullable) */
  BelfryRedisConnection *listening;       /* (owned) (nullable) */
  BelfryDeadline listen_timer;
  BelfryBackoff backoff;
  char *address; /* (owned) (nullable): host and port that were answered last */
  guint current; /* whose turn it is */
  guint n_asked;
};

static void
hang_up (BelfryRedisConnection **connection)
{
  g_autoptr (BelfryRedisConnection) old = g_steal_pointer (connection);

  if (old != NULL)
    belfry_redis_connection_close (old);
}

static BelfryRedisConnection *
dial (BelfryRedisPlace *self, const BelfryRedisHandler *handler)
{
  const BelfryRedisSettings settings = {
    .url = belfry_redis_url_get_sentinel (self->url, self->current),
    .tls = self->tls,
    .wheel = self->wheel,
    .client_name = self->client_name,
    .open_timeout = ASK_TIMEOUT,
    .user_timeout = ASK_TIMEOUT,
    .max_output = 64 * 1024,
    .max_pending = 16,
    .limits = LIMITS,
  };
  BelfryRedisConnection *connection = belfry_redis_connection_new (&settings, handler, self);

  belfry_redis_connection_open (connection);
  return connection;
}

/* A Sentinel's news has five words: name, old host and port, new host and port. */
static gboolean
is_news (BelfryRedisPlace *self, const BelfryRedisPush *push)
{
  if (!belfry_redis_push_is_message (push->kind))
    return FALSE;
  g_autofree char *text =
      g_strndup (g_bytes_get_data (push->payload, NULL), g_bytes_get_size (push->payload));
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  if (g_strv_length (words) != 5 ||
      !g_str_equal (words[0], belfry_redis_url_get_service (self->url)))
    return FALSE;
  g_autofree char *address = g_strconcat (words[3], " ", words[4], NULL);
  return g_strcmp0 (address, self->address) != 0;
}

static void
on_news (BelfryRedisConnection *connection, const BelfryRedisPush *push, gpointer user_data)
{
  BelfryRedisPlace *self = user_data;

  if (connection != self->listening)
    return;
  if (push->kind == BELFRY_REDIS_PUSH_SUBSCRIBE)
    belfry_backoff_reset (&self->backoff);
  if (!is_news (self, push))
    return;
  hang_up (&self->asking);
  self->handler->moved (self, self->user_data);
}

static void
take_turns (BelfryRedisPlace *self)
{
  self->current = (self->current + 1) % belfry_redis_url_get_n_sentinels (self->url);
}

static void
listen_later (BelfryRedisPlace *self)
{
  hang_up (&self->listening);
  belfry_deadline_wheel_set_after (self->wheel, &self->listen_timer,
                                   belfry_backoff_next (&self->backoff));
}

static void
on_listening (BelfryRedisConnection *connection, gpointer user_data)
{
  BelfryRedisPlace *self = user_data;
  const BelfryRedisCommand command = {
    .argv = (const char *const[]){ "SUBSCRIBE", NEWS, NULL },
    .timeout = ASK_TIMEOUT,
  };

  if (!belfry_redis_connection_send (connection, &command, NULL))
    listen_later (self);
}

static void
on_listening_lost (BelfryRedisConnection *connection,
                   BelfryRedisFault fault,
                   const GError *error,
                   gpointer user_data)
{
  BelfryRedisPlace *self = user_data;

  if (connection != self->listening)
    return;
  if (self->asking == NULL)
    take_turns (self);
  listen_later (self);
}

static const BelfryRedisHandler listener = {
  .opened = on_listening,
  .closed = on_listening_lost,
  .push = on_news,
};

static void
on_listen_timer (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisPlace *self = user_data;

  self->listening = dial (self, &listener);
}

static void ask_current (BelfryRedisPlace *self);

/* This one has no answer: the next, until all had their turn. */
static void
give_up_current (BelfryRedisPlace *self, BelfryRedisFault fault, const GError *error)
{
  belfry_log_debug ("no answer from a Sentinel: %s", error->message);
  hang_up (&self->asking);
  take_turns (self);
  if (self->n_asked < belfry_redis_url_get_n_sentinels (self->url))
    ask_current (self);
  else
    self->handler->failed (self, fault, error, self->user_data);
}

static const char *
word_at (const BelfryRedisReply *reply, guint index)
{
  const BelfryRedisReply *element = belfry_redis_reply_get_element (reply, index);
  const char *word = element != NULL ? belfry_redis_reply_get_text (element) : NULL;

  return word != NULL ? word : "";
}

static void
take_answer (BelfryRedisPlace *self, const BelfryRedisReply *reply)
{
  const char *host = word_at (reply, 0);
  const char *port = word_at (reply, 1);
  const BelfryRedisUrl *sentinel = belfry_redis_url_get_sentinel (self->url, self->current);
  gboolean unknown = belfry_redis_reply_get_kind (reply) == BELFRY_REDIS_REPLY_NIL;
  g_autoptr (BelfryRedisUrl) url =
      unknown ? NULL : belfry_redis_url_new_at (self->url, host, port, NULL);

  if (url == NULL)
    {
      g_autoptr (GError) error =
          g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "%s: %s “%s”",
                       belfry_redis_url_get_shown (sentinel),
                       unknown ? "this Sentinel knows no" : "expected host and port of",
                       belfry_redis_url_get_service (self->url));

      give_up_current (self, BELFRY_REDIS_FAULT_OTHER, error);
      return;
    }
  g_free (self->address);
  self->address = g_strconcat (host, " ", port, NULL);
  hang_up (&self->asking);
  if (self->listening == NULL && !belfry_deadline_is_set (&self->listen_timer))
    belfry_deadline_wheel_set_after (self->wheel, &self->listen_timer, 0);
  self->handler->found (self, url, self->user_data);
}

static void
on_answered (const BelfryRedisReply *reply,
             BelfryRedisFault fault,
             const GError *error,
             gpointer user_data)
{
  BelfryRedisPlace *self = user_data;

  if (reply == NULL)
    return;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    give_up_current (self, fault, error);
  else
    take_answer (self, reply);
}

static void
on_opened (BelfryRedisConnection *connection, gpointer user_data)
{
  BelfryRedisPlace *self = user_data;
  const char *service = belfry_redis_url_get_service (self->url);
  const BelfryRedisCommand command = {
    .argv = (const char *const[]){ "SENTINEL", "get-master-addr-by-name", service, NULL },
    .timeout = ASK_TIMEOUT,
    .callback = on_answered,
    .user_data = self,
  };
  g_autoptr (GError) error = NULL;

  if (!belfry_redis_connection_send (connection, &command, &error))
    give_up_current (self, BELFRY_REDIS_FAULT_LOST, error);
}

static void
on_closed (BelfryRedisConnection *connection,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryRedisPlace *self = user_data;

  if (connection == self->asking)
    give_up_current (self, fault, error);
}

static const BelfryRedisHandler asker = {
  .opened = on_opened,
  .closed = on_closed,
};

static void
ask_current (BelfryRedisPlace *self)
{
  self->n_asked++;
  self->asking = dial (self, &asker);
}

BelfryRedisPlace *
belfry_redis_place_new (BelfryRedisUrl *url,
                        const BelfryRedisTls *tls,
                        BelfryDeadlineWheel *wheel,
                        const char *client_name,
                        const BelfryRedisPlaceHandler *handler,
                        gpointer user_data)
{
  BelfryRedisPlace *self = g_new0 (BelfryRedisPlace, 1);

  self->url = belfry_redis_url_ref (url);
  self->tls = tls;
  self->wheel = wheel;
  self->client_name = g_strdup (client_name);
  self->handler = handler;
  self->user_data = user_data;
  belfry_deadline_init (&self->listen_timer, on_listen_timer, self);
  belfry_backoff_init (&self->backoff, LISTEN_MIN, LISTEN_MAX, g_random_int ());
  return self;
}

void
belfry_redis_place_free (BelfryRedisPlace *self)
{
  belfry_redis_place_close (self);
  belfry_redis_url_unref (self->url);
  g_free (self->client_name);
  g_free (self->address);
  g_free (self);
}

void
belfry_redis_place_ask (BelfryRedisPlace *self)
{
  hang_up (&self->asking);
  self->n_asked = 0;
  ask_current (self);
}

void
belfry_redis_place_close (BelfryRedisPlace *self)
{
  belfry_deadline_cancel (&self->listen_timer);
  hang_up (&self->asking);
  hang_up (&self->listening);
}
