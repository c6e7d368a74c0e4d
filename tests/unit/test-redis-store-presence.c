/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-store.h"

#include <string.h>

#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-test-store.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Long enough for what is done before it ends, on a slow machine too. */
#define SHORT_LEASE SECOND

/* A Redis that two instances share. */
typedef struct
{
  BelfryTestStore *redis;
  BelfryRedisStore *one;
  BelfryRedisStore *two;
  guint64 n_left; /* leases, by the latest renewal */
} Fixture;

static gboolean
fixture_init (Fixture *self, gint64 lease)
{
  if (!belfry_test_redis_available ())
    return FALSE;
  self->redis = belfry_test_store_new (NULL);
  BelfryRedisStoreSettings settings = belfry_test_store_settings (self->redis, "one");
  settings.presence_lease = lease;
  self->one = belfry_redis_store_new (&settings);
  settings.instance = "two";
  self->two = belfry_redis_store_new (&settings);
  belfry_test_store_subscribe (self->redis, "SUBSCRIBE", "room");
  return TRUE;
}

/* Nothing was told that no test has heard, and nothing stays in Redis for ever. */
static void
fixture_clear (Fixture *self)
{
  belfry_test_store_command (self->redis, "PUBLISH room end");
  g_autoptr (GBytes) last = belfry_test_store_next (self->redis);
  g_assert_cmpuint (g_bytes_get_size (last), ==, strlen ("end"));
  belfry_redis_store_free (self->one);
  belfry_redis_store_free (self->two);
  belfry_test_store_free (self->redis);
}

static void
set (Fixture *self, BelfryRedisStore *store, const char *user, const char *info, guint sessions)
{
  g_autoptr (GError) error = NULL;

  belfry_redis_store_presence_set_async (store, "room", user, info, sessions,
                                         belfry_test_store_keep, self->redis);
  belfry_redis_store_presence_set_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
}

/* Returns: (transfer full): those that Redis does not know, with spaces between */
static char *
renew (Fixture *self, BelfryRedisStore *store, const char *names)
{
  g_auto (GStrv) users = g_strsplit (names, " ", -1);
  g_autoptr (GError) error = NULL;

  belfry_redis_store_presence_renew_async (store, "room", (const char *const *) users,
                                           belfry_test_store_keep, self->redis);
  g_autoptr (GPtrArray) unknown =
      belfry_redis_store_presence_renew_finish (belfry_test_store_wait (self->redis), &self->n_left,
                                                &error);
  g_assert_no_error (error);
  g_ptr_array_add (unknown, NULL);
  return g_strjoinv (" ", (char **) unknown->pdata);
}

/* Returns: (transfer full): a line for all who are there */
static char *
list (Fixture *self)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  belfry_redis_store_presence_async (self->one, "room", NULL, belfry_test_store_keep, self->redis);
  g_autoptr (GPtrArray) entries =
      belfry_redis_store_presence_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < entries->len; i++)
    {
      const BelfryPresenceEntry *entry = g_ptr_array_index (entries, i);

      g_string_append_printf (text, "%s:%u:%s ", entry->user, entry->sessions,
                              entry->info != NULL ? entry->info : "-");
    }
  return g_string_free (text, FALSE);
}

static void
assert_list (Fixture *self, const char *expected)
{
  g_autofree char *listed = list (self);

  g_assert_cmpstr (listed, ==, expected);
}

static void
assert_told (Fixture *self, BelfryMessageKind kind, const char *payload)
{
  g_autoptr (GBytes) message = belfry_test_store_next (self->redis);
  g_autoptr (GBytes) expected = g_bytes_new (payload, strlen (payload));
  BelfryRedisFrame frame;

  g_assert_cmpint (belfry_redis_frame_read (message, &frame), ==, BELFRY_REDIS_FRAME_READ);
  g_assert_cmpint (frame.kind, ==, kind);
  g_assert_false (belfry_position_is_set (&frame.position));
  g_assert_cmpint (frame.published, >, 0);
  g_assert_true (g_bytes_equal (frame.payload, expected));
  belfry_redis_frame_clear (&frame);
}

/* A user who is on two instances comes once and goes once. */
static void
test_two_instances (void)
{
  Fixture self;

  if (!fixture_init (&self, 60 * SECOND))
    return;
  set (&self, self.one, "ann", "{\"n\":1}", 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"ann\",\"info\":{\"n\":1}}");
  set (&self, self.one, "ann", "{\"n\":1}", 2);
  set (&self, self.two, "ann", "{\"n\":2}", 3);
  set (&self, self.two, "bob", NULL, 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"bob\"}");
  assert_list (&self, "ann:5:{\"n\":2} bob:1:- ");
  set (&self, self.one, "ann", NULL, 0);
  assert_list (&self, "ann:3:{\"n\":2} bob:1:- ");
  set (&self, self.two, "ann", NULL, 0);
  assert_told (&self, BELFRY_MESSAGE_LEAVE, "{\"user\":\"ann\",\"info\":{\"n\":2}}");
  set (&self, self.two, "ann", NULL, 0);
  set (&self, self.two, "bob", NULL, 0);
  assert_told (&self, BELFRY_MESSAGE_LEAVE, "{\"user\":\"bob\"}");
  assert_list (&self, "");
  belfry_test_store_command (self.redis, "DBSIZE");
  g_assert_cmpint (self.redis->integer, ==, 0);
  fixture_clear (&self);
}

/* Names are whatever the authorizer says. */
static void
test_odd_names (void)
{
  static const struct
  {
    const char *user;
    const char *payload;
  } rows[] = {
    { "a b", "{\"user\":\"a b\"}" },           { " ", "{\"user\":\" \"}" },
    { "\"{}\"", "{\"user\":\"\\\"{}\\\"\"}" }, { "c", "{\"user\":\"c\"}" },
    { "one c", "{\"user\":\"one c\"}" },
  };
  Fixture self;

  if (!fixture_init (&self, 60 * SECOND))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      set (&self, self.one, rows[i].user, NULL, 1);
      assert_told (&self, BELFRY_MESSAGE_JOIN, rows[i].payload);
    }
  assert_list (&self, " :1:- \"{}\":1:- a b:1:- c:1:- one c:1:- ");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      set (&self, self.one, rows[i].user, NULL, 0);
      assert_told (&self, BELFRY_MESSAGE_LEAVE, rows[i].payload);
    }
  fixture_clear (&self);
}

/* Renews what lives, until something is told. */
static gboolean
is_told (Fixture *self)
{
  g_autofree char *unknown = renew (self, self->one, "ann");

  g_assert_cmpstr (unknown, ==, "");
  return !g_queue_is_empty (&self->redis->messages);
}

/* Whom a dead instance had is taken away by one that lives, once; who is on both stays. */
static void
test_dead_instance (void)
{
  Fixture self;

  if (!fixture_init (&self, SHORT_LEASE))
    return;
  set (&self, self.one, "ann", NULL, 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"ann\"}");
  set (&self, self.two, "ann", NULL, 1);
  set (&self, self.two, "bob", "{}", 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"bob\",\"info\":{}}");
  assert_list (&self, "ann:2:- bob:1:{} ");
  belfry_test_wait_until (is_told (&self));
  assert_told (&self, BELFRY_MESSAGE_LEAVE, "{\"user\":\"bob\",\"info\":{}}");
  assert_list (&self, "ann:1:- ");
  g_autofree char *unknown = renew (&self, self.two, "ann bob");
  g_assert_cmpstr (unknown, ==, "ann bob");
  g_assert_cmpuint (self.n_left, ==, 1);
  fixture_clear (&self);
}

/* Nobody takes away who is renewed in time. */
static void
test_renewed (void)
{
  Fixture self;

  if (!fixture_init (&self, SHORT_LEASE))
    return;
  set (&self, self.two, "ann", NULL, 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"ann\"}");
  gint64 until = g_get_monotonic_time () + 2 * SHORT_LEASE;
  while (g_get_monotonic_time () < until)
    {
      g_autofree char *unknown = renew (&self, self.two, "ann");
      g_autofree char *other = renew (&self, self.one, "");

      g_assert_cmpstr (unknown, ==, "");
      g_assert_cmpstr (other, ==, "");
    }
  assert_list (&self, "ann:1:- ");
  fixture_clear (&self);
}

static gboolean
is_empty (Fixture *self)
{
  belfry_test_store_command (self->redis, "DBSIZE");
  return self->redis->integer == 0;
}

/* When all instances have died nothing is left of them. */
static void
test_all_dead (void)
{
  Fixture self;

  if (!fixture_init (&self, SHORT_LEASE))
    return;
  set (&self, self.one, "ann", NULL, 1);
  assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"ann\"}");
  g_assert_false (is_empty (&self));
  belfry_test_wait_until (is_empty (&self));
  fixture_clear (&self);
}

/* What is left when Redis evicts one of the keys is not believed: who lives is set again. */
static void
test_evicted (void)
{
  static const char *const commands[] = { "DEL belfry:who:{room}", "DEL belfry:leases:{room}" };
  Fixture self;

  if (!fixture_init (&self, 60 * SECOND))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      set (&self, self.one, "ann", NULL, 1);
      assert_told (&self, BELFRY_MESSAGE_JOIN, "{\"user\":\"ann\"}");
      belfry_test_store_command (self.redis, commands[i]);
      g_assert_cmpint (self.redis->integer, ==, 1);
      assert_list (&self, "");
      g_autofree char *unknown = renew (&self, self.one, "ann");
      g_assert_cmpstr (unknown, ==, "ann");
      g_assert_true (is_empty (&self));
    }
  fixture_clear (&self);
}

/* In envelope mode what is told of users is in envelopes, too. */
static void
test_envelope (void)
{
  Fixture self;
  static const BelfryMessageKind kinds[] = { BELFRY_MESSAGE_JOIN, BELFRY_MESSAGE_LEAVE };

  if (!fixture_init (&self, 60 * SECOND))
    return;
  BelfryRedisStoreSettings settings = belfry_test_store_settings (self.redis, "one");
  settings.channel = "room";
  g_autoptr (BelfryRedisStore) store = belfry_redis_store_new (&settings);
  set (&self, store, "ann", NULL, 1);
  set (&self, store, "ann", NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GBytes) message = belfry_test_store_next (self.redis);
      g_auto (BelfryRedisEnvelope) envelope = { 0 };
      g_autoptr (GError) error = NULL;

      belfry_redis_envelope_read (message, &envelope, &error);
      g_assert_no_error (error);
      g_assert_cmpint (envelope.kind, ==, kinds[i]);
      g_assert_cmpstr (envelope.topic, ==, "room");
      g_assert_cmpstr (envelope.origin, ==, "one");
      g_assert_cmpint (envelope.published, >, 0);
      g_assert_cmpuint (g_bytes_get_size (envelope.payload), ==, strlen ("{\"user\":\"ann\"}"));
    }
  fixture_clear (&self);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-store-presence/two-instances", test_two_instances);
  belfry_test_add ("/redis-store-presence/odd-names", test_odd_names);
  belfry_test_add ("/redis-store-presence/dead-instance", test_dead_instance);
  belfry_test_add ("/redis-store-presence/renewed", test_renewed);
  belfry_test_add ("/redis-store-presence/all-dead", test_all_dead);
  belfry_test_add ("/redis-store-presence/evicted", test_evicted);
  belfry_test_add ("/redis-store-presence/envelope", test_envelope);
  return g_test_run ();
}
