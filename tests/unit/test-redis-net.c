/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-net.h"

#include <signal.h>
#include <string.h>

#include "belfry-test-redis.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR (3600 * SECOND)

/* Proofs come often where a test waits for one that fails. */
#define OFTEN (SECOND / 10)

/* More names than go into a command, and than may be under way. */
#define MANY 3000

/* More than Redis's own buffer of a client takes. */
#define LARGE (256 * 1024)

typedef enum
{
  NEVER,
  IN_UP,
  IN_DOWN,
  IN_MESSAGE,
  IN_SUBSCRIBED,
  IN_ANSWER,
} When;

typedef struct
{
  BelfryClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryRedisUrl *url;
  BelfryRedisNet *net;
  When close_when;
  guint n_up;
  guint n_down;
  guint n_new;
  guint n_again;
  guint n_again_at_up;
  guint n_answers;
  BelfryRedisFault fault;
  BelfryRedisFault answer_fault;
  char *why;
  char *refused;
  GString *messages; /* a line each */
} Fixture;

static void
maybe_close (Fixture *self, When when)
{
  if (self->close_when == when)
    belfry_redis_net_close (self->net);
}

static void
on_up (BelfryRedisNet *net, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_true (belfry_redis_net_is_up (net));
  self->n_up++;
  self->n_again_at_up = self->n_again;
  maybe_close (self, IN_UP);
}

static void
on_down (BelfryRedisNet *net, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_false (belfry_redis_net_is_up (net));
  self->n_down++;
  self->fault = fault;
  g_free (self->why);
  self->why = g_strdup (error->message);
  maybe_close (self, IN_DOWN);
}

static void
on_message (BelfryRedisNet *net, const BelfryRedisPush *push, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->messages, "%s %s\n",
                          (const char *) g_bytes_get_data (push->channel, NULL),
                          (const char *) g_bytes_get_data (push->payload, NULL));
  maybe_close (self, IN_MESSAGE);
}

static void
on_subscribed (BelfryRedisNet *net,
               BelfryRedisChannelKind kind,
               const char *name,
               gboolean again,
               gpointer user_data)
{
  Fixture *self = user_data;

  self->n_new += again ? 0 : 1;
  self->n_again += again ? 1 : 0;
  maybe_close (self, IN_SUBSCRIBED);
}

static void
on_refused (BelfryRedisNet *net,
            BelfryRedisChannelKind kind,
            const char *name,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_cmpint (fault, ==, BELFRY_REDIS_FAULT_NOPERM);
  g_assert_null (self->refused);
  self->refused = g_strdup (name);
}

static const BelfryRedisNetHandler handler = {
  .up = on_up,
  .down = on_down,
  .message = on_message,
  .subscribed = on_subscribed,
  .refused = on_refused,
};

static void
on_answer (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  Fixture *self = user_data;

  self->n_answers++;
  self->answer_fault = fault;
  maybe_close (self, IN_ANSWER);
}

static Fixture *
fixture_new (const char *url, gint64 probe_interval)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->messages = g_string_new (NULL);
  self->url = belfry_redis_url_parse (url, &error);
  g_assert_no_error (error);
  const BelfryRedisNetSettings settings = {
    .url = self->url,
    .wheel = self->wheel,
    .instance = "test",
    .prefix = "some.",
    .probe_interval = probe_interval,
  };
  self->net = belfry_redis_net_new (&settings, &handler, self);
  belfry_redis_net_open (self->net);
  return self;
}

/* Nothing of a net stays: no deadline, no reference. */
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
  g_free (self->refused);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static gboolean
try_call (Fixture *self, const char *const *argv, GError **error)
{
  const BelfryRedisCommand command = {
    .argv = argv,
    .timeout = 50 * SECOND,
    .callback = on_answer,
    .user_data = self,
  };

  return belfry_redis_net_call (self->net, NULL, &command, error);
}

#define CALL(self, ...)                                                                            \
  g_assert_true (try_call ((self), (const char *[]){ __VA_ARGS__, NULL }, NULL))

static void
subscribe (Fixture *self, const char *name)
{
  belfry_redis_net_subscribe (self->net, BELFRY_REDIS_CHANNEL, name);
}

static void
wait_up (Fixture *self, guint times)
{
  belfry_test_wait_until (self->n_up >= times);
  g_assert_cmpuint (self->n_up, ==, times);
}

static void
wait_down (Fixture *self, BelfryRedisFault fault)
{
  guint times = self->n_up + 1;

  belfry_test_wait_until (self->n_down >= times || (self->n_up == 0 && self->n_down > 0) ||
                          (self->n_down >= self->n_up && self->n_down > 0));
  g_assert_cmpstr (belfry_redis_fault_to_string (self->fault), ==,
                   belfry_redis_fault_to_string (fault));
}

static void
expect_away (const char *pattern)
{
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-redis-net", pattern);
}

/* A net comes up, delivers what others publish, sends commands, and knows how it is. */
static void
test_single (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 2);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);
  g_autoptr (GError) error = NULL;

  g_assert_false (belfry_redis_net_is_up (self->net));
  g_assert_cmpint (belfry_redis_net_get_latency (self->net), ==, -1);
  g_assert_cmpint (belfry_redis_net_get_last_proof (self->net), ==, 0);
  g_assert_false (try_call (self, (const char *[]){ "PING", NULL }, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  subscribe (self, "early");
  wait_up (self, 1);
  g_assert_cmpuint (self->n_new, ==, 1);
  g_assert_cmpint (belfry_redis_net_get_latency (self->net), >=, 0);
  g_assert_cmpint (belfry_redis_net_get_last_proof (self->net), >, 0);
  g_assert_cmpuint (belfry_redis_net_get_generation (self->net), ==, 1);
  g_assert_cmpstr (belfry_redis_net_describe (self->net), ==, url);
  g_assert_false (belfry_redis_net_is_cluster (self->net));
  subscribe (self, "late");
  belfry_redis_net_subscribe (self->net, BELFRY_REDIS_PATTERN, "a*");
  belfry_test_wait_until (self->n_new == 3);
  CALL (self, "PUBLISH", "early", "1");
  CALL (self, "PUBLISH", "abc", "2");
  CALL (self, "PUBLISH", "other", "3");
  CALL (self, "PUBLISH", "late", "4");
  belfry_test_wait_until (strstr (self->messages->str, "late") != NULL && self->n_answers == 4);
  g_assert_cmpstr (self->messages->str, ==, "early 1\nabc 2\nlate 4\n");
  g_assert_cmpuint (self->n_down, ==, 0);
}

/* What is taken back does not come any more. */
static void
test_unsubscribe (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_unix_url (redis);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  subscribe (self, "a");
  subscribe (self, "b");
  wait_up (self, 1);
  belfry_redis_net_unsubscribe (self->net, BELFRY_REDIS_CHANNEL, "a");
  subscribe (self, "c");
  belfry_test_wait_until (self->n_new == 3);
  CALL (self, "PUBLISH", "a", "1");
  CALL (self, "PUBLISH", "b", "2");
  belfry_test_wait_until (self->messages->len > 0);
  g_assert_cmpstr (self->messages->str, ==, "b 2\n");
}

/* Redis dies with a command under way, and is started anew: the command fails, the state is told
 * once and said in one line, and everything is as it was when Redis is back. */
static void
test_killed (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  subscribe (self, "a");
  wait_up (self, 1);
  CALL (self, "BLPOP", "nothing", "0");
  expect_away ("Redis is away: redis://127.0.0.1:*");
  belfry_test_redis_kill (redis);
  wait_down (self, BELFRY_REDIS_FAULT_LOST);
  g_assert_cmpuint (self->n_answers, ==, 1);
  g_assert_cmpint (self->answer_fault, ==, BELFRY_REDIS_FAULT_LOST);
  g_assert_cmpint (belfry_redis_net_get_latency (self->net), ==, -1);
  g_assert_nonnull (strstr (belfry_redis_net_describe (self->net), "lost"));
  subscribe (self, "b");
  belfry_test_expect_log (BELFRY_LOG_INFO, "belfry-redis-member", "*another Redis process*");
  belfry_test_redis_start (redis);
  wait_up (self, 2);
  g_assert_cmpuint (self->n_down, ==, 1);
  g_assert_cmpuint (self->n_new, ==, 2);
  g_assert_cmpuint (self->n_again, ==, 1);
  g_assert_cmpuint (belfry_redis_net_get_generation (self->net), ==, 2);
  g_assert_cmpstr (belfry_redis_net_describe (self->net), ==, url);
  CALL (self, "PUBLISH", "a", "1");
  belfry_test_wait_until (self->messages->len > 0);
}

/* A net that finds nobody says so, and comes up when somebody is there. */
static void
test_late_server (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);

  belfry_test_redis_kill (redis);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);
  expect_away ("Redis is away: *");
  wait_down (self, BELFRY_REDIS_FAULT_UNREACHABLE);
  belfry_test_redis_start (redis);
  wait_up (self, 1);
}

/* Thousands of names are in force again, each told as lost, before the net is up again. */
static void
test_many_names (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("topic-%u", i);

      subscribe (self, name);
    }
  wait_up (self, 1);
  g_assert_cmpuint (self->n_new, ==, MANY);
  expect_away ("Redis is away: *");
  belfry_test_redis_tell (redis, "CLIENT KILL TYPE pubsub");
  wait_up (self, 2);
  g_assert_cmpint (self->fault, ==, BELFRY_REDIS_FAULT_LOST);
  g_assert_cmpuint (self->n_new, ==, MANY);
  g_assert_cmpuint (self->n_again_at_up, ==, MANY);
}

/* A server that is there, and does nothing, is noticed by the proof that does not come. */
static void
test_stopped (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, OFTEN);

  subscribe (self, "a");
  wait_up (self, 1);
  expect_away ("Redis is away: *");
  belfry_test_redis_signal (redis, SIGSTOP);
  wait_down (self, BELFRY_REDIS_FAULT_TIMEOUT);
  belfry_test_redis_signal (redis, SIGCONT);
  wait_up (self, 2);
  g_assert_cmpuint (self->n_again, ==, 1);
}

/* Proofs go on, at the interval that was set last. */
static void
test_probe_interval (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  wait_up (self, 1);
  gint64 first = belfry_redis_net_get_last_proof (self->net);
  belfry_redis_net_set_probe_interval (self->net, OFTEN);
  belfry_test_wait_until (belfry_redis_net_get_last_proof (self->net) > first);
  gint64 second = belfry_redis_net_get_last_proof (self->net);
  belfry_test_wait_until (belfry_redis_net_get_last_proof (self->net) > second);
  g_assert_cmpuint (self->n_up, ==, 1);
  g_assert_cmpuint (self->messages->len, ==, 0);
}

/* A server that was made a replica is noticed by the next proof, and left alone until it is a
 * primary again. */
static void
test_demoted (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, OFTEN);

  wait_up (self, 1);
  expect_away ("Redis is away: *takes no writes any more*");
  belfry_test_redis_tell (redis, "REPLICAOF 127.0.0.1 1");
  wait_down (self, BELFRY_REDIS_FAULT_READONLY);
  belfry_test_redis_tell (redis, "REPLICAOF NO ONE");
  wait_up (self, 2);
}

/* The answer to a command says the same as a proof would much later. */
static void
test_demoted_told_by_answer (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  wait_up (self, 1);
  belfry_test_redis_tell (redis, "REPLICAOF 127.0.0.1 1");
  expect_away ("Redis is away: *takes no writes any more*");
  CALL (self, "SET", "key", "value");
  CALL (self, "BLPOP", "nothing", "0");
  wait_down (self, BELFRY_REDIS_FAULT_READONLY);
  g_assert_cmpuint (self->n_answers, ==, 2);
  g_assert_cmpint (self->answer_fault, ==, BELFRY_REDIS_FAULT_READONLY);
  belfry_test_redis_tell (redis, "REPLICAOF NO ONE");
  wait_up (self, 2);
}

/* A server without memory is waited for over the same connections: nothing was lost meanwhile. */
static void
test_out_of_memory (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  subscribe (self, "a");
  wait_up (self, 1);
  belfry_test_redis_tell (redis, "CONFIG SET maxmemory 1");
  expect_away ("Redis is away: *memory limit*");
  CALL (self, "SET", "key", "value");
  wait_down (self, BELFRY_REDIS_FAULT_OOM);
  belfry_test_redis_tell (redis, "PUBLISH a meanwhile");
  belfry_test_wait_until (self->messages->len > 0);
  belfry_test_redis_tell (redis, "CONFIG SET maxmemory 0");
  wait_up (self, 2);
  g_assert_cmpuint (self->n_again, ==, 0);
  g_assert_cmpuint (belfry_redis_net_get_generation (self->net), ==, 1);
}

/* A write that Redis refuses is noticed by the proof, too, when nobody else writes. */
static void
test_out_of_memory_proved (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis =
      belfry_test_redis_new ((const char *[]){ "--maxmemory", "1", NULL });
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, OFTEN);

  expect_away ("Redis is away: *memory limit*");
  wait_down (self, BELFRY_REDIS_FAULT_OOM);
  belfry_test_redis_tell (redis, "CONFIG SET maxmemory 0");
  wait_up (self, 1);
  expect_away ("Redis is away: *memory limit*");
  belfry_test_redis_tell (redis, "CONFIG SET maxmemory 1");
  belfry_test_wait_until (self->n_down == 2);
  belfry_test_redis_tell (redis, "CONFIG SET maxmemory 0");
  wait_up (self, 2);
}

/* A wrong password is told by name and without the password; mended, it is taken. */
static void
test_wrong_password (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (
      (const char *[]){ "--user", "me", "on", ">another", "~*", "&*", "+@all", NULL });
  g_autofree char *url = belfry_test_redis_get_url (redis, "me:geheim@", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  expect_away ("Redis is away: redis://?@127.0.0.1:*does not take*");
  wait_down (self, BELFRY_REDIS_FAULT_WRONGPASS);
  g_assert_null (strstr (self->why, "geheim"));
  g_assert_null (strstr (belfry_redis_net_describe (self->net), "geheim"));
  belfry_test_redis_tell (redis, "ACL SETUSER me >geheim");
  wait_up (self, 1);
}

/* What the access list forbids is said by name; others of the same command are in force. */
static void
test_forbidden_channel (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new ((const char *[]){
      "--user", "me", "on", ">word", "~*", "+@all", "resetchannels", "&some.*", "&ok*", NULL });
  g_autofree char *url = belfry_test_redis_get_url (redis, "me:word@", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  subscribe (self, "ok-1");
  subscribe (self, "forbidden");
  subscribe (self, "ok-2");
  wait_up (self, 1);
  belfry_test_wait_until (self->n_new == 2 && self->refused != NULL);
  g_assert_cmpstr (self->refused, ==, "forbidden");
  g_assert_cmpuint (self->n_down, ==, 0);
}

/* Who may not publish to our own channel can prove nothing: that is said, not passed over. */
static void
test_forbidden_probe (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new ((const char *[]){
      "--user", "me", "on", ">word", "~*", "+@all", "resetchannels", "&ok*", NULL });
  g_autofree char *url = belfry_test_redis_get_url (redis, "me:word@", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  expect_away ("Redis is away: *access list*");
  wait_down (self, BELFRY_REDIS_FAULT_NOPERM);
}

/* An access list without commands that only look, or write, is enough for publishing. */
static void
test_few_permissions (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new ((const char *[]){
      "--user", "me", "on", ">word", "&*", "-@all", "+subscribe", "+publish", "+ping", NULL });
  g_autofree char *url = belfry_test_redis_get_url (redis, "me:word@", 0);
  g_autoptr (Fixture) self = fixture_new (url, OFTEN);

  wait_up (self, 1);
  gint64 first = belfry_redis_net_get_last_proof (self->net);
  belfry_test_wait_until (belfry_redis_net_get_last_proof (self->net) > first);
  g_assert_cmpuint (self->n_down, ==, 0);
}

/* Redis cuts off who reads too slowly: that is a loss like any other. */
static void
test_cut_off (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  subscribe (self, "a");
  wait_up (self, 1);
  belfry_test_redis_tell (redis, "CONFIG SET client-output-buffer-limit \"pubsub 1 1 1\"");
  expect_away ("Redis is away: *");
  g_autofree char *large = g_strnfill (LARGE, 'x');
  CALL (self, "PUBLISH", "a", large);
  belfry_test_wait_until (self->n_down == 1);
  belfry_test_redis_tell (redis, "CONFIG SET client-output-buffer-limit \"pubsub 0 0 0\"");
  belfry_test_wait_until (belfry_redis_net_is_up (self->net));
  g_assert_cmpuint (self->n_again, >=, 1);
}

typedef struct
{
  const char *name; /* (unowned): of the defect */
  const char *says; /* (unowned): the false server, to the first that it hears */
  BelfryRedisFault fault;
} Row;

/* Whatever a server says instead of letting us in, the net says what it is, and goes on. */
static const Row rows[] = {
  { "starting", "-LOADING Redis is loading the dataset in memory\r\n", BELFRY_REDIS_FAULT_LOADING },
  { "replica without primary", "-MASTERDOWN Link with MASTER is down\r\n",
    BELFRY_REDIS_FAULT_MASTERDOWN },
  { "password wanted", "-NOAUTH Authentication required.\r\n", BELFRY_REDIS_FAULT_NOAUTH },
  { "protected", "-DENIED Redis is running in protected mode\r\n", BELFRY_REDIS_FAULT_DENIED },
  { "cannot save", "-MISCONF Errors writing to the AOF file\r\n", BELFRY_REDIS_FAULT_MISCONF },
  { "busy", "-BUSY Redis is busy running a script\r\n", BELFRY_REDIS_FAULT_BUSY },
  { "no redis", "HTTP/1.1 400 Bad Request\r\n\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
};

static void
test_unwilling (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
      g_autofree char *url = belfry_test_peer_get_url (peer);

      g_test_message ("%s", rows[i].name);
      belfry_test_peer_set_greeting (peer, rows[i].says, 1);
      g_autoptr (Fixture) self = fixture_new (url, HOUR);
      expect_away ("Redis is away: *");
      wait_down (self, rows[i].fault);
      guint n_came = belfry_test_peer_n_came (peer);
      belfry_test_wait_until (belfry_test_peer_n_came (peer) > n_came);
      g_assert_cmpuint (self->n_down, ==, 1);
    }
}

/* A net may be closed from within whatever it tells. */
static void
test_close_within (void)
{
  if (!belfry_test_redis_available ())
    return;
  for (When when = IN_UP; when <= IN_ANSWER; when++)
    {
      g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
      g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
      g_autoptr (Fixture) self = fixture_new (url, HOUR);

      subscribe (self, "a");
      if (when != IN_UP && when != IN_SUBSCRIBED)
        wait_up (self, 1);
      self->close_when = when;
      if (when >= IN_MESSAGE && when != IN_SUBSCRIBED)
        CALL (self, "PUBLISH", "a", "1");
      if (when == IN_DOWN)
        {
          expect_away ("Redis is away: *");
          belfry_test_redis_tell (redis, "CLIENT KILL TYPE normal");
        }
      belfry_test_wait_until (belfry_deadline_wheel_count (self->wheel) == 0);
      g_assert_false (belfry_redis_net_is_up (self->net));
      subscribe (self, "b");
      g_assert_false (try_call (self, (const char *[]){ "PING", NULL }, NULL));
    }
}

/* A command whose caller is gone is answered to nobody. */
static void
test_forget (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new (url, HOUR);

  wait_up (self, 1);
  CALL (self, "PING");
  belfry_redis_net_forget (self->net, self);
  subscribe (self, "a");
  belfry_test_wait_until (self->n_new == 1);
  CALL (self, "PING");
  belfry_test_wait_until (self->n_answers > 0);
  g_assert_cmpuint (self->n_answers, ==, 1);
  CALL (self, "PING");
  belfry_redis_net_close (self->net);
  g_assert_cmpuint (self->n_answers, ==, 2);
  g_assert_cmpint (self->answer_fault, ==, BELFRY_REDIS_FAULT_CLOSED);
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-net/single", test_single);
  belfry_test_add ("/redis-net/unsubscribe", test_unsubscribe);
  belfry_test_add ("/redis-net/killed", test_killed);
  belfry_test_add ("/redis-net/late-server", test_late_server);
  belfry_test_add ("/redis-net/many-names", test_many_names);
  belfry_test_add ("/redis-net/stopped", test_stopped);
  belfry_test_add ("/redis-net/probe-interval", test_probe_interval);
  belfry_test_add ("/redis-net/demoted", test_demoted);
  belfry_test_add ("/redis-net/demoted-told-by-answer", test_demoted_told_by_answer);
  belfry_test_add ("/redis-net/out-of-memory", test_out_of_memory);
  belfry_test_add ("/redis-net/out-of-memory-proved", test_out_of_memory_proved);
  belfry_test_add ("/redis-net/wrong-password", test_wrong_password);
  belfry_test_add ("/redis-net/forbidden-channel", test_forbidden_channel);
  belfry_test_add ("/redis-net/forbidden-probe", test_forbidden_probe);
  belfry_test_add ("/redis-net/few-permissions", test_few_permissions);
  belfry_test_add ("/redis-net/cut-off", test_cut_off);
  belfry_test_add ("/redis-net/unwilling", test_unwilling);
  belfry_test_add ("/redis-net/close-within", test_close_within);
  belfry_test_add ("/redis-net/forget", test_forget);
  return g_test_run ();
}
