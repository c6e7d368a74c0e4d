/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>

#include "belfry-redis-net.h"
#include "belfry-test-redis.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR (3600 * SECOND)
#define N_SENTINELS 3

#define GREETING "+OK\r\n+PONG\r\n"
#define GREETING_ASKED strlen ("*3\r\n$6\r\nCLIENT\r\n")

typedef struct
{
  BelfryClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryRedisUrl *url;
  BelfryRedisNet *net;
  guint n_up;
  guint n_down;
  guint n_again;
  char *why;
  GString *messages;
} Fixture;

static void
on_up (BelfryRedisNet *net, gpointer user_data)
{
  ((Fixture *) user_data)->n_up++;
}

static void
on_down (BelfryRedisNet *net, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  Fixture *self = user_data;

  self->n_down++;
  g_free (self->why);
  self->why = g_strdup (error->message);
}

static void
on_message (BelfryRedisNet *net, const BelfryRedisPush *push, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append (self->messages, g_bytes_get_data (push->payload, NULL));
}

static void
on_subscribed (BelfryRedisNet *net,
               BelfryRedisChannelKind kind,
               const char *name,
               gboolean again,
               gpointer user_data)
{
  ((Fixture *) user_data)->n_again += again ? 1 : 0;
}

static const BelfryRedisNetHandler handler = {
  .up = on_up,
  .down = on_down,
  .message = on_message,
  .subscribed = on_subscribed,
};

static Fixture *
fixture_new_with (const char *text, const char *sentinel_password)
{
  g_autoptr (BelfrySecret) secret =
      sentinel_password != NULL ? belfry_secret_new (sentinel_password, strlen (sentinel_password))
                                : NULL;
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->messages = g_string_new (NULL);
  g_autoptr (BelfryRedisUrl) url = belfry_redis_url_parse (text, &error);
  g_assert_no_error (error);
  self->url = belfry_redis_url_new_with_secrets (url, NULL, NULL, secret);
  const BelfryRedisNetSettings settings = {
    .url = self->url,
    .wheel = self->wheel,
    .instance = "test",
    .prefix = "",
    .probe_interval = HOUR,
  };
  self->net = belfry_redis_net_new (&settings, &handler, self);
  belfry_redis_net_subscribe (self->net, BELFRY_REDIS_CHANNEL, "a");
  belfry_redis_net_open (self->net);
  return self;
}

static Fixture *
fixture_new (const char *url)
{
  return fixture_new_with (url, NULL);
}

static void
fixture_free (Fixture *self)
{
  gpointer watched = self->net;

  g_object_add_weak_pointer (watched, &watched);
  belfry_redis_net_close (self->net);
  g_object_unref (self->net);
  belfry_test_wait_until (watched == NULL);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  g_object_unref (self->clock);
  belfry_redis_url_unref (self->url);
  g_string_free (self->messages, TRUE);
  g_free (self->why);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
expect_away (const char *pattern)
{
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-redis-net", pattern);
}

static gboolean
says (BelfryTestRedis *redis, const char *command, const char *expected)
{
  g_autofree char *answer = belfry_test_redis_ask (redis, command);

  return strstr (answer, expected) != NULL;
}

static BelfryTestRedis *
sentinel_new (BelfryTestRedis *primary, guint quorum, const char *more)
{
  g_autofree char *config = g_strdup_printf ("sentinel monitor belfry 127.0.0.1 %u %u\n"
                                             "sentinel down-after-milliseconds belfry 500\n"
                                             "sentinel failover-timeout belfry 5000\n%s",
                                             belfry_test_redis_get_port (primary), quorum, more);

  return belfry_test_redis_new_sentinel (config);
}

static gboolean
knows_all (BelfryTestRedis *const *sentinels)
{
  for (guint i = 0; i < N_SENTINELS; i++)
    {
      if (!says (sentinels[i], "INFO sentinel", "status=ok") ||
          !says (sentinels[i], "INFO sentinel", "slaves=1,sentinels=3"))
        return FALSE;
    }
  return TRUE;
}

/* A primary dies: Sentinels choose the other server, and the net is there, with all that is
 * subscribed to. The first of the Sentinels that it knows is none. */
static void
test_failover (void)
{
  if (!belfry_test_redis_available ())
    return;
  BelfryTestRedis *sentinels[N_SENTINELS];
  g_autoptr (BelfryTestRedis) primary = belfry_test_redis_new (NULL);
  g_autofree char *port = g_strdup_printf ("%u", belfry_test_redis_get_port (primary));
  g_autoptr (BelfryTestRedis) replica =
      belfry_test_redis_new ((const char *[]){ "--replicaof", "127.0.0.1", port, NULL });
  g_autoptr (GString) url = g_string_new ("redis+sentinel://127.0.0.1:1");

  belfry_test_wait_until (says (primary, "INFO replication", "state=online"));
  for (guint i = 0; i < N_SENTINELS; i++)
    {
      sentinels[i] = sentinel_new (primary, 2, "");
      g_string_append_printf (url, ",127.0.0.1:%u", belfry_test_redis_get_port (sentinels[i]));
    }
  g_string_append (url, "/belfry");
  belfry_test_wait_until (knows_all (sentinels));
  g_autoptr (Fixture) self = fixture_new (url->str);
  belfry_test_wait_until (self->n_up == 1);
  expect_away ("Redis is away: *");
  belfry_test_redis_kill (primary);
  belfry_test_wait_until (self->n_up == 2);
  g_assert_cmpuint (self->n_down, ==, 1);
  g_assert_cmpuint (self->n_again, ==, 1);
  belfry_test_redis_tell (replica, "PUBLISH a hello");
  belfry_test_wait_until (self->messages->len > 0);
  for (guint i = 0; i < N_SENTINELS; i++)
    belfry_test_redis_free (sentinels[i]);
}

/* A name that no Sentinel knows is said; when it is known, the net comes up. */
static void
test_unknown_name (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) primary = belfry_test_redis_new (NULL);
  g_autoptr (BelfryTestRedis) sentinel = sentinel_new (primary, 1, "");
  g_autofree char *url = g_strdup_printf ("redis+sentinel://127.0.0.1:%u/other",
                                          belfry_test_redis_get_port (sentinel));
  g_autofree char *command = g_strdup_printf ("SENTINEL MONITOR other 127.0.0.1 %u 1",
                                              belfry_test_redis_get_port (primary));

  g_autoptr (Fixture) self = fixture_new (url);
  expect_away ("Redis is away: *this Sentinel knows no “other”*");
  belfry_test_wait_until (self->n_down == 1);
  belfry_test_redis_tell (sentinel, command);
  belfry_test_wait_until (self->n_up == 1);
}

/* Sentinels have a password of their own, and no other is shown to them. */
static void
test_password (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) primary = belfry_test_redis_new (
      (const char *[]){ "--user", "me", "on", ">data", "~*", "&*", "+@all", NULL });
  g_autoptr (BelfryTestRedis) sentinel = sentinel_new (primary, 1, "requirepass geheim\n");
  g_autofree char *url = g_strdup_printf ("redis+sentinel://me:data@127.0.0.1:%u/belfry/1",
                                          belfry_test_redis_get_port (sentinel));
  g_autoptr (Fixture) self = fixture_new_with (url, "geheim");

  belfry_test_wait_until (self->n_up == 1);
  g_assert_null (strstr (belfry_redis_net_describe (self->net), "geheim"));
  g_assert_null (strstr (belfry_redis_net_describe (self->net), "data"));
}

/* A Sentinel that is taken for a server is refused. */
static void
test_no_server (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) primary = belfry_test_redis_new (NULL);
  g_autoptr (BelfryTestRedis) sentinel = sentinel_new (primary, 1, "");
  g_autofree char *url = belfry_test_redis_get_url (sentinel, "", 0);
  g_autoptr (Fixture) self = fixture_new (url);

  expect_away ("Redis is away: *");
  belfry_test_wait_until (self->n_down == 1);
}

static char *
address_of (BelfryTestRedis *redis)
{
  g_autofree char *port = g_strdup_printf ("%u", belfry_test_redis_get_port (redis));

  return g_strdup_printf ("*2\r\n$9\r\n127.0.0.1\r\n$%zu\r\n%s\r\n", strlen (port), port);
}

static void
wait_heard (BelfryTestPeer *peer, const char *text)
{
  belfry_test_wait_until (strstr (belfry_test_peer_heard (peer), text) != NULL);
}

static void
tell_news (BelfryTestPeer *peer, const char *name, guint16 port)
{
  g_autofree char *news = g_strdup_printf ("%s 127.0.0.1 1 127.0.0.1 %u", name, port);
  g_autofree char *push =
      g_strdup_printf ("*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$%zu\r\n%s\r\n",
                       strlen (news), news);

  belfry_test_peer_say (peer, push, -1);
}

/* A primary that was replaced, and does not know it, is left on a Sentinel's word, at once; what
 * the news says of other names, or of the server that we have, is nothing to us. */
static void
test_news (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) old = belfry_test_redis_new (NULL);
  g_autoptr (BelfryTestRedis) young = belfry_test_redis_new (NULL);
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *peer_url = belfry_test_peer_get_url (peer);
  g_autofree char *url =
      g_strdup_printf ("redis+sentinel://%s/belfry", peer_url + strlen ("redis://"));
  g_autofree char *old_address = address_of (old);
  g_autofree char *young_address = address_of (young);

  belfry_test_peer_set_greeting (peer, GREETING, GREETING_ASKED);
  g_autoptr (Fixture) self = fixture_new (url);
  wait_heard (peer, "get-master-addr-by-name");
  belfry_test_peer_say (peer, old_address, -1);
  wait_heard (peer, "+switch-master");
  belfry_test_peer_say (peer, "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n", -1);
  belfry_test_wait_until (self->n_up == 1);
  tell_news (peer, "other", belfry_test_redis_get_port (young));
  tell_news (peer, "belfry", belfry_test_redis_get_port (old));
  tell_news (peer, "belfry and more", belfry_test_redis_get_port (young));
  belfry_test_redis_tell (old, "PUBLISH a old");
  belfry_test_wait_until (self->messages->len > 0);
  g_assert_cmpuint (self->n_down, ==, 0);
  expect_away ("Redis is away: *");
  tell_news (peer, "belfry", belfry_test_redis_get_port (young));
  belfry_test_wait_until (self->n_down == 1);
  wait_heard (peer, "get-master-addr-by-name");
  belfry_test_peer_say (peer, young_address, -1);
  belfry_test_wait_until (self->n_up == 2);
  belfry_test_redis_tell (young, "PUBLISH a young");
  belfry_test_wait_until (g_str_equal (self->messages->str, "oldyoung"));
}

typedef struct
{
  const char *defect;
  const char *answer;
} BadAnswer;

static const BadAnswer bad_answers[] = {
  { "an error", "-ERR unknown command\r\n" },
  { "no address", "*0\r\n" },
  { "no port", "*1\r\n$1\r\nh\r\n" },
  { "a number", ":1\r\n" },
  { "a host that is none", "*2\r\n$3\r\na b\r\n$1\r\n1\r\n" },
  { "a port that is none", "*2\r\n$1\r\nh\r\n$1\r\nx\r\n" },
  { "port 0", "*2\r\n$1\r\nh\r\n$1\r\n0\r\n" },
  { "a port with a path", "*2\r\n$1\r\nh\r\n$3\r\n1/2\r\n" },
};

/* An answer that is none is a Sentinel's that does not count. */
static void
test_bad_answers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_answers); i++)
    {
      g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
      g_autofree char *peer_url = belfry_test_peer_get_url (peer);
      g_autofree char *url =
          g_strdup_printf ("redis+sentinel://%s/belfry", peer_url + strlen ("redis://"));

      g_test_message ("%s", bad_answers[i].defect);
      belfry_test_peer_set_greeting (peer, GREETING, GREETING_ASKED);
      g_autoptr (Fixture) self = fixture_new (url);
      wait_heard (peer, "get-master-addr-by-name");
      expect_away ("Redis is away: *");
      belfry_test_peer_say (peer, bad_answers[i].answer, -1);
      belfry_test_wait_until (self->n_down == 1);
      g_assert_cmpuint (self->n_up, ==, 0);
    }
}

/* A net may end while a Sentinel is asked. */
static void
test_close_while_asking (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *peer_url = belfry_test_peer_get_url (peer);
  g_autofree char *url =
      g_strdup_printf ("redis+sentinel://%s/belfry", peer_url + strlen ("redis://"));

  belfry_test_peer_set_greeting (peer, GREETING, GREETING_ASKED);
  g_autoptr (Fixture) self = fixture_new (url);
  wait_heard (peer, "get-master-addr-by-name");
  belfry_redis_net_close (self->net);
  belfry_test_wait_until (belfry_test_peer_was_left (peer));
  g_assert_cmpuint (self->n_down, ==, 0);
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-sentinel/failover", test_failover);
  belfry_test_add ("/redis-sentinel/unknown-name", test_unknown_name);
  belfry_test_add ("/redis-sentinel/password", test_password);
  belfry_test_add ("/redis-sentinel/no-server", test_no_server);
  belfry_test_add ("/redis-sentinel/news", test_news);
  belfry_test_add ("/redis-sentinel/bad-answers", test_bad_answers);
  belfry_test_add ("/redis-sentinel/close-while-asking", test_close_while_asking);
  return g_test_run ();
}
