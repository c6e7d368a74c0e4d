/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-store"

#include "config.h"

#include "belfry-test-store.h"

#include <string.h>

#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
on_opened (BelfryRedisConnection *connection, gpointer user_data)
{
}

static void
on_closed (BelfryRedisConnection *connection,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryTestStore *self = user_data;

  self->lost = TRUE;
  g_test_message ("lost the test's Redis: %s", error->message);
}

static void
on_push (BelfryRedisConnection *connection, const BelfryRedisPush *push, gpointer user_data)
{
  BelfryTestStore *self = user_data;

  if (belfry_redis_push_is_message (push->kind))
    g_queue_push_tail (&self->messages, g_bytes_ref (push->payload));
  else
    self->n_confirmed++;
}

static const BelfryRedisHandler commander = { on_opened, on_closed, NULL };
static const BelfryRedisHandler subscriber = { on_opened, on_closed, on_push };

static BelfryRedisConnection *
connect_to (BelfryTestStore *self, const BelfryRedisHandler *handler)
{
  const BelfryRedisSettings settings = {
    .url = self->url,
    .wheel = self->wheel,
    .client_name = "belfry-test",
    .open_timeout = 50 * SECOND,
    .user_timeout = 10 * SECOND,
    .max_output = 64 * 1024 * 1024,
    .max_pending = 100000,
    .limits = BELFRY_REDIS_LIMITS_DEFAULT,
  };
  BelfryRedisConnection *connection = belfry_redis_connection_new (&settings, handler, self);

  belfry_redis_connection_open (connection);
  belfry_test_wait_until (belfry_redis_connection_is_open (connection) || self->lost);
  g_assert_false (self->lost);
  return connection;
}

static gboolean
call (const char *key, const BelfryRedisCommand *command, GError **error, gpointer user_data)
{
  const BelfryTestStore *self = user_data;

  g_assert_nonnull (key);
  return belfry_redis_connection_send (self->publisher, command, error);
}

static void
on_answer (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryTestStore *self = user_data;

  self->answered = TRUE;
  self->fault = fault;
  g_clear_pointer (&self->text, g_free);
  if (reply == NULL)
    return;
  self->text = g_strdup (belfry_redis_reply_get_text (reply));
  self->integer = belfry_redis_reply_get_integer (reply);
}

BelfryTestStore *
belfry_test_store_new (const char *const *options)
{
  BelfryTestStore *self = g_new0 (BelfryTestStore, 1);

  self->redis = belfry_test_redis_new (options);
  g_autofree char *url = belfry_test_redis_get_unix_url (self->redis);
  self->url = belfry_redis_url_parse (url, NULL);
  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  g_queue_init (&self->messages);
  self->publisher = connect_to (self, &commander);
  self->subscriber = connect_to (self, &subscriber);
  return self;
}

static void
hang_up (BelfryRedisConnection *connection)
{
  gpointer watched = connection;

  g_object_add_weak_pointer (watched, &watched);
  belfry_redis_connection_close (connection);
  g_object_unref (connection);
  belfry_test_wait_until (watched == NULL);
}

void
belfry_test_store_free (BelfryTestStore *self)
{
  hang_up (self->publisher);
  hang_up (self->subscriber);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  g_object_unref (self->clock);
  belfry_redis_url_unref (self->url);
  belfry_test_redis_free (self->redis);
  g_queue_clear_full (&self->messages, (GDestroyNotify) g_bytes_unref);
  g_clear_object (&self->result);
  g_free (self->text);
  g_free (self);
}

BelfryRedisStoreSettings
belfry_test_store_settings (BelfryTestStore *self, const char *instance)
{
  return (BelfryRedisStoreSettings){
    .prefix = "",
    .instance = instance,
    .timeout = 30 * SECOND,
    .presence_lease = 60 * SECOND,
    .call = call,
    .user_data = self,
  };
}

BelfryRedisStore *
belfry_test_store_open (BelfryTestStore *self, const char *instance)
{
  const BelfryRedisStoreSettings settings = belfry_test_store_settings (self, instance);

  return belfry_redis_store_new (&settings);
}

void
belfry_test_store_command (BelfryTestStore *self, const char *command)
{
  g_auto (GStrv) words = g_strsplit (command, " ", -1);
  const BelfryRedisCommand sent = { .argv = (const char *const *) words,
                                    .timeout = 30 * SECOND,
                                    .callback = on_answer,
                                    .user_data = self };
  g_autoptr (GError) error = NULL;

  self->answered = FALSE;
  belfry_redis_connection_send (self->publisher, &sent, &error);
  g_assert_no_error (error);
  belfry_test_wait_until (self->answered);
  g_assert_false (self->lost);
}

void
belfry_test_store_subscribe (BelfryTestStore *self, const char *command, const char *channel)
{
  const char *const words[] = { command, channel, NULL };
  const BelfryRedisCommand sent = { .argv = words, .timeout = 30 * SECOND };
  guint n = self->n_confirmed;
  g_autoptr (GError) error = NULL;

  belfry_redis_connection_send (self->subscriber, &sent, &error);
  g_assert_no_error (error);
  belfry_test_wait_until (self->n_confirmed > n);
}

GBytes *
belfry_test_store_next (BelfryTestStore *self)
{
  belfry_test_wait_until (!g_queue_is_empty (&self->messages));
  return g_queue_pop_head (&self->messages);
}

void
belfry_test_store_keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryTestStore *self = user_data;

  g_set_object (&self->result, result);
}

GAsyncResult *
belfry_test_store_wait (BelfryTestStore *self)
{
  g_clear_object (&self->result);
  belfry_test_wait_until (self->result != NULL);
  return self->result;
}

BelfryPosition
belfry_test_store_publish (BelfryTestStore *self,
                           BelfryRedisStore *store,
                           const char *topic,
                           const char *payload,
                           guint size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  BelfryPublication publication = { .topic = topic, .payload = bytes };
  g_autoptr (GError) error = NULL;
  BelfryPosition position;

  publication.traits.history_size = size;
  publication.traits.history_ttl = 60 * SECOND;
  belfry_redis_store_publish_async (store, &publication, NULL, belfry_test_store_keep, self);
  belfry_redis_store_publish_finish (belfry_test_store_wait (self), &position, NULL, &error);
  g_assert_no_error (error);
  return position;
}
