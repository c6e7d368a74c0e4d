/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-connection.h"

#include <signal.h>
#include <string.h>

#include "belfry-test-redis.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Connecting takes this long where a test wants it not to end. */
#define MOMENT (SECOND / 5)

typedef struct
{
  BelfryClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryRedisUrl *url;
  BelfryRedisTls *tls;
  BelfryRedisSettings settings;
  BelfryRedisConnection *connection;
  guint n_opened;
  guint n_closed;
  BelfryRedisFault fault;
  char *why;
  GString *pushes;  /* a line each */
  GString *answers; /* likewise */
  gboolean close_in_push;
  gboolean close_in_answer;
} Fixture;

static void
on_opened (BelfryRedisConnection *connection, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_true (belfry_redis_connection_is_open (connection));
  self->n_opened++;
}

static void
on_closed (BelfryRedisConnection *connection,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  Fixture *self = user_data;

  self->n_closed++;
  self->fault = fault;
  g_free (self->why);
  self->why = g_strdup (error->message);
}

static void
on_push (BelfryRedisConnection *connection, const BelfryRedisPush *push, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->pushes, "%d %s %s\n", (int) push->kind,
                          (const char *) g_bytes_get_data (push->channel, NULL),
                          push->payload != NULL
                              ? (const char *) g_bytes_get_data (push->payload, NULL)
                              : "-");
  if (self->close_in_push)
    belfry_redis_connection_close (connection);
}

static void
on_answer (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  Fixture *self = user_data;
  const char *text = reply != NULL ? belfry_redis_reply_get_text (reply) : NULL;

  g_assert_cmpint (error != NULL, ==, fault != BELFRY_REDIS_FAULT_NONE);
  if (fault != BELFRY_REDIS_FAULT_NONE)
    text = belfry_redis_fault_to_string (fault);
  g_string_append_printf (self->answers, "%s\n", text != NULL ? text : "?");
  if (self->close_in_answer)
    belfry_redis_connection_close (self->connection);
}

static const BelfryRedisHandler commander = { .opened = on_opened, .closed = on_closed };
static const BelfryRedisHandler subscriber = {
  .opened = on_opened,
  .closed = on_closed,
  .push = on_push,
};

static Fixture *
fixture_new (void)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->pushes = g_string_new (NULL);
  self->answers = g_string_new (NULL);
  self->settings = (BelfryRedisSettings){
    .wheel = self->wheel,
    .client_name = "belfry-test",
    .open_timeout = 50 * SECOND,
    .user_timeout = 10 * SECOND,
    .max_output = 1024 * 1024,
    .max_pending = 1000,
    .limits = BELFRY_REDIS_LIMITS_DEFAULT,
  };
  return self;
}

static void
start (Fixture *self, const char *url, const BelfryRedisHandler *handler)
{
  g_autoptr (GError) error = NULL;

  self->url = belfry_redis_url_parse (url, &error);
  g_assert_no_error (error);
  self->settings.url = self->url;
  self->connection = belfry_redis_connection_new (&self->settings, handler, self);
  belfry_redis_connection_open (self->connection);
}

/* Closes what is open, and checks that nothing of it stays. */
static void
stop (Fixture *self)
{
  gpointer watched = self->connection;

  if (watched == NULL)
    return;
  g_object_add_weak_pointer (watched, &watched);
  belfry_redis_connection_close (self->connection);
  g_clear_object (&self->connection);
  belfry_test_wait_until (watched == NULL);
  g_clear_pointer (&self->url, belfry_redis_url_unref);
}

static void
fixture_free (Fixture *self)
{
  stop (self);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  g_clear_pointer (&self->tls, belfry_redis_tls_free);
  g_object_unref (self->clock);
  g_string_free (self->pushes, TRUE);
  g_string_free (self->answers, TRUE);
  g_free (self->why);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static gboolean
try_send (Fixture *self, const char *const *argv, gint64 timeout, GError **error)
{
  const BelfryRedisCommand command = {
    .argv = argv,
    .timeout = timeout,
    .callback = on_answer,
    .user_data = self,
  };

  return belfry_redis_connection_send (self->connection, &command, error);
}

#define SEND(self, ...)                                                                            \
  g_assert_true (try_send ((self), (const char *[]){ __VA_ARGS__, NULL }, 50 * SECOND, NULL))

static void
wait_opened (Fixture *self)
{
  belfry_test_wait_until (self->n_opened > 0 || self->n_closed > 0);
  g_assert_cmpuint (self->n_opened, ==, 1);
}

static void
wait_closed (Fixture *self, BelfryRedisFault fault)
{
  belfry_test_wait_until (self->n_closed > 0);
  g_assert_cmpstr (belfry_redis_fault_to_string (self->fault), ==,
                   belfry_redis_fault_to_string (fault));
  g_assert_cmpuint (self->n_closed, ==, 1);
}

/* Commands of one turn go together, and are answered in their order, errors included. */
static void
test_pipeline (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 3);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "SET", "k", "one");
  SEND (self, "GET", "k");
  SEND (self, "NONSENSE");
  SEND (self, "EVALSHA", "0123456789012345678901234567890123456789", "0");
  SEND (self, "CLIENT", "GETNAME");
  g_assert_cmpuint (belfry_redis_connection_get_pending (self->connection), ==, 5);
  g_assert_cmpuint (belfry_redis_connection_get_output (self->connection), >, 0);
  belfry_test_wait_until (belfry_redis_connection_get_pending (self->connection) == 0);
  g_assert_cmpstr (self->answers->str, ==, "OK\none\nother\nnoscript\nbelfry-test\n");
  g_assert_cmpuint (belfry_redis_connection_get_output (self->connection), ==, 0);
}

/* A unix socket does as well. */
static void
test_unix (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_unix_url (redis);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  wait_opened (self);
}

typedef struct
{
  const char *user_info;
  BelfryRedisFault fault;
} AuthCase;

static const AuthCase auth_cases[] = {
  { ":Geheim@", BELFRY_REDIS_FAULT_NONE },
  { "default:Geheim@", BELFRY_REDIS_FAULT_NONE },
  { "", BELFRY_REDIS_FAULT_NOAUTH },
  { ":wrong@", BELFRY_REDIS_FAULT_WRONGPASS },
  { "x:Geheim@", BELFRY_REDIS_FAULT_WRONGPASS },
};

/* Who has the password is let in; the others are told why not, and no password is in the telling.
 */
static void
test_auth (void)
{
  if (!belfry_test_redis_available ())
    return;
  const char *const options[] = { "--requirepass", "Geheim", NULL };
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (options);

  for (gsize i = 0; i < G_N_ELEMENTS (auth_cases); i++)
    {
      g_autofree char *url = belfry_test_redis_get_url (redis, auth_cases[i].user_info, 1);
      g_autoptr (Fixture) self = fixture_new ();

      start (self, url, &commander);
      if (auth_cases[i].fault == BELFRY_REDIS_FAULT_NONE)
        {
          wait_opened (self);
          continue;
        }
      wait_closed (self, auth_cases[i].fault);
      g_assert_cmpuint (self->n_opened, ==, 0);
      g_assert_null (strstr (self->why, "Geheim"));
    }
}

/* A connection that subscribes gets confirmations and messages as pushes; the command ends with the
 * last confirmation, and what is sent behind it keeps its place. */
static void
test_subscribe (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new ();
  g_autoptr (Fixture) other = fixture_new ();

  start (self, url, &subscriber);
  start (other, url, &commander);
  wait_opened (self);
  wait_opened (other);
  SEND (self, "SUBSCRIBE", "a", "b");
  SEND (self, "PSUBSCRIBE", "c*");
  SEND (self, "PING");
  belfry_test_wait_until (belfry_redis_connection_get_pending (self->connection) == 0);
  g_assert_cmpstr (self->pushes->str, ==, "3 a -\n3 b -\n4 c* -\n");
  g_string_truncate (self->pushes, 0);
  SEND (other, "PUBLISH", "a", "1");
  SEND (other, "PUBLISH", "cc", "2");
  SEND (other, "PUBLISH", "d", "3");
  SEND (other, "PUBLISH", "b", "4");
  belfry_test_wait_until (strstr (self->pushes->str, "0 b 4") != NULL);
  g_assert_cmpstr (self->pushes->str, ==, "0 a 1\n1 cc 2\n0 b 4\n");
  SEND (self, "UNSUBSCRIBE", "a");
  belfry_test_wait_until (belfry_redis_connection_get_pending (self->connection) == 0);
  g_assert_nonnull (strstr (self->pushes->str, "6 a -"));
}

/* What only looks like a push is an answer on a connection that does not subscribe. */
static void
test_no_push (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "EVAL", "return {'message', 'a', 'b'}", "0");
  SEND (self, "ECHO", "x");
  belfry_test_wait_until (belfry_redis_connection_get_pending (self->connection) == 0);
  g_assert_cmpstr (self->answers->str, ==, "?\nx\n");
}

/* When Redis dies, commands that wait are told before the handler is. */
static void
test_killed (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "BLPOP", "nothing", "0");
  SEND (self, "PING");
  belfry_test_redis_signal (redis, SIGKILL);
  wait_closed (self, BELFRY_REDIS_FAULT_LOST);
  g_assert_cmpstr (self->answers->str, ==, "lost\nlost\n");
  g_autoptr (GError) error = NULL;
  g_assert_false (try_send (self, (const char *[]){ "PING", NULL }, SECOND, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
}

/* A Redis that stands still ends the connection when the first answer is late. */
static void
test_stopped (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (NULL);
  g_autofree char *url = belfry_test_redis_get_url (redis, "", 0);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  wait_opened (self);
  belfry_test_redis_signal (redis, SIGSTOP);
  g_assert_true (try_send (self, (const char *[]){ "PING", NULL }, MOMENT, NULL));
  SEND (self, "PING");
  wait_closed (self, BELFRY_REDIS_FAULT_TIMEOUT);
  g_assert_cmpstr (self->answers->str, ==, "timeout\ntimeout\n");
}

/* Makes NAME.pem, which is its own authority, and NAME.key. */
static void
make_certificate (const char *folder, const char *name)
{
  g_autofree char *certificate = g_strdup_printf ("%s/%s.pem", folder, name);
  g_autofree char *key = g_strdup_printf ("%s/%s.key", folder, name);
  g_autofree char *subject = g_strdup_printf ("/CN=%s", name);
  const char *argv[] = { "openssl",
                         "req",
                         "-x509",
                         "-newkey",
                         "ec",
                         "-pkeyopt",
                         "ec_paramgen_curve:prime256v1",
                         "-nodes",
                         "-subj",
                         subject,
                         "-addext",
                         "subjectAltName=DNS:redis.test",
                         "-keyout",
                         key,
                         "-out",
                         certificate,
                         NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

typedef struct
{
  const char *authorities;
  gboolean certificate;
  const char *server_name;
  gboolean good;
} TlsCase;

static const TlsCase tls_cases[] = {
  { "cert.pem", TRUE, "redis.test", TRUE },   { "other.pem", TRUE, "redis.test", FALSE },
  { "cert.pem", TRUE, "other.test", FALSE },  { "cert.pem", TRUE, NULL, FALSE },
  { "cert.pem", FALSE, "redis.test", FALSE },
};

/* Over TLS the server must have the right authority and name, and we the right certificate. */
static void
test_tls (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  make_certificate (dir, "cert");
  make_certificate (dir, "other");
  g_autofree char *cert = belfry_test_dir_path (dir, "cert.pem");
  g_autofree char *key = belfry_test_dir_path (dir, "cert.key");
  const char *const options[] = {
    "--tls-port", "TLS-PORT", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file",
    cert,         NULL
  };
  g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (options);
  g_autofree char *url =
      g_strdup_printf ("rediss://127.0.0.1:%u", belfry_test_redis_get_tls_port (redis));

  for (gsize i = 0; i < G_N_ELEMENTS (tls_cases); i++)
    {
      const TlsCase *row = &tls_cases[i];
      g_autofree char *authorities = belfry_test_dir_path (dir, row->authorities);

      g_test_message ("authorities %s, name %s", row->authorities, row->server_name);
      g_autoptr (Fixture) self = fixture_new ();
      g_autoptr (GError) error = NULL;

      self->tls = belfry_redis_tls_load (authorities, row->certificate ? cert : NULL, key,
                                         row->server_name, &error);
      g_assert_no_error (error);
      self->settings.tls = self->tls;
      start (self, url, &commander);
      if (!row->good)
        {
          belfry_test_wait_until (self->n_closed > 0 || self->n_opened > 0);
          g_assert_cmpuint (self->n_opened, ==, 0);
          g_assert_true (self->fault == BELFRY_REDIS_FAULT_TLS ||
                         (!row->certificate && self->fault == BELFRY_REDIS_FAULT_LOST));
          continue;
        }
      wait_opened (self);
      SEND (self, "ECHO", "hello");
      belfry_test_wait_until (self->answers->len > 0);
      g_assert_cmpstr (self->answers->str, ==, "hello\n");
    }
}

/* Files that are not what they should be are named. */
static void
test_tls_files (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *junk = belfry_test_dir_write (dir, "junk.pem", "junk", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) missing = NULL;

  g_assert_null (belfry_redis_tls_load (NULL, junk, junk, NULL, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "junk.pem"));
  g_assert_null (belfry_redis_tls_load ("/nowhere/ca.pem", NULL, NULL, NULL, &missing));
  g_assert_error (missing, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
}

/* Nobody there: told by name, not fatal. */
static void
test_nobody (void)
{
  g_autoptr (Fixture) self = fixture_new ();

  start (self, "redis+unix:///nowhere/redis.sock", &commander);
  wait_closed (self, BELFRY_REDIS_FAULT_UNREACHABLE);
}

#define GREETING "+OK\r\n+PONG\r\n"

typedef struct
{
  const char *what;
  const char *says;
  BelfryRedisFault fault;
} PeerCase;

static const PeerCase greeting_cases[] = {
  { "HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
  { "an array without end", "*2147483647\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
  { "still loading", "-LOADING x\r\n-LOADING x\r\n", BELFRY_REDIS_FAULT_LOADING },
  { "a replica alone", "+OK\r\n-MASTERDOWN x\r\n", BELFRY_REDIS_FAULT_MASTERDOWN },
  { "protected", "-DENIED x\r\n", BELFRY_REDIS_FAULT_DENIED },
  { "half an answer", "+O", BELFRY_REDIS_FAULT_TIMEOUT },
  { "nothing", "", BELFRY_REDIS_FAULT_TIMEOUT },
};

/* Whatever greets us, we learn what it is, within the time for it. */
static void
test_greetings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (greeting_cases); i++)
    {
      g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
      g_autofree char *url = belfry_test_peer_get_url (peer);
      g_autoptr (Fixture) self = fixture_new ();

      g_test_message ("%s", greeting_cases[i].what);
      if (greeting_cases[i].fault == BELFRY_REDIS_FAULT_TIMEOUT)
        self->settings.open_timeout = MOMENT;
      belfry_test_peer_set_greeting (peer, greeting_cases[i].says, 1);
      start (self, url, &commander);
      wait_closed (self, greeting_cases[i].fault);
      g_assert_cmpuint (self->n_opened, ==, 0);
    }
}

/* A name that is not granted is not missed. */
static void
test_nameless (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  belfry_test_peer_set_greeting (peer, "-ERR unknown command\r\n-NOPERM x\r\n", 1);
  start (self, url, &commander);
  wait_opened (self);
}

static const PeerCase later_cases[] = {
  { "an answer without a question", "+OK\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
  { "a reason for what comes", "-READONLY x\r\n", BELFRY_REDIS_FAULT_READONLY },
  { "a broken message", "*2\r\n$7\r\nmessage\r\n$1\r\na\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
  { "a confirmation of nothing", "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
    BELFRY_REDIS_FAULT_PROTOCOL },
  { "another protocol", "%3\r\n", BELFRY_REDIS_FAULT_PROTOCOL },
};

/* Once open, what breaks the order of questions and answers ends the connection. */
static void
test_later (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (later_cases); i++)
    {
      g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
      g_autofree char *url = belfry_test_peer_get_url (peer);
      g_autoptr (Fixture) self = fixture_new ();

      g_test_message ("%s", later_cases[i].what);
      belfry_test_peer_set_greeting (peer, GREETING, 1);
      start (self, url, &subscriber);
      wait_opened (self);
      belfry_test_peer_say (peer, later_cases[i].says, -1);
      wait_closed (self, later_cases[i].fault);
    }
}

/* A subscription that Redis takes back is told, and breaks nothing. */
static void
test_taken_back (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &subscriber);
  wait_opened (self);
  SEND (self, "SUBSCRIBE", "a");
  belfry_test_peer_say (peer,
                        "*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:0\r\n"
                        "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
                        -1);
  belfry_test_wait_until (self->answers->len > 0);
  g_assert_cmpstr (self->pushes->str, ==, "6 x -\n3 a -\n");
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* An answer cut off in the middle is no answer. */
static void
test_half (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "GET", "k");
  belfry_test_peer_say (peer, "$10\r\nabc", -1);
  belfry_test_peer_hang_up (peer);
  wait_closed (self, BELFRY_REDIS_FAULT_LOST);
  g_assert_cmpstr (self->answers->str, ==, "lost\n");
}

/* Who does not read does not make us keep more than we may. */
static void
test_bounded (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autofree char *payload = g_strnfill (32 * 1024, 'x');
  g_autoptr (Fixture) self = fixture_new ();
  g_autoptr (GError) error = NULL;

  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  belfry_test_peer_stall (peer);
  while (try_send (self, (const char *[]){ "PUBLISH", "a", payload, NULL }, 50 * SECOND, &error))
    {
      g_assert_cmpuint (belfry_redis_connection_get_output (self->connection), <=, 1024 * 1024);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE) ||
                 g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED));
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* Commands that wait are bounded in number, too. */
static void
test_pending (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();
  g_autoptr (GError) error = NULL;

  self->settings.max_pending = 2;
  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "PING");
  SEND (self, "PING");
  g_assert_false (try_send (self, (const char *[]){ "PING", NULL }, SECOND, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED);
}

/* Closing tells the commands that wait, at once, and nobody afterwards. */
static void
test_close (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "PING");
  SEND (self, "PING");
  belfry_redis_connection_close (self->connection);
  g_assert_cmpstr (self->answers->str, ==, "closed\nclosed\n");
  belfry_test_wait_until (belfry_test_peer_was_left (peer));
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* Closing while it connects, or is greeted, ends that silently. */
static void
test_close_early (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  start (self, url, &commander);
  stop (self);
  start (self, url, &commander);
  belfry_test_wait_until (*belfry_test_peer_heard (peer) != '\0');
  stop (self);
  g_assert_cmpuint (self->n_opened + self->n_closed, ==, 0);
}

/* Closing from within an answer or a push stops all that came with it. */
static void
test_close_within (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();

  self->close_in_push = TRUE;
  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &subscriber);
  wait_opened (self);
  belfry_test_peer_say (peer,
                        "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n1\r\n"
                        "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n",
                        -1);
  belfry_test_wait_until (self->pushes->len > 0);
  belfry_test_wait_until (belfry_test_peer_was_left (peer));
  g_assert_cmpstr (self->pushes->str, ==, "0 a 1\n");
  stop (self);

  self->close_in_answer = TRUE;
  self->n_opened = 0;
  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  SEND (self, "ONE");
  SEND (self, "TWO");
  belfry_test_peer_say (peer, "+1\r\n+2\r\n", -1);
  belfry_test_wait_until (self->answers->len > 0);
  g_assert_cmpstr (self->answers->str, ==, "1\nclosed\n");
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* Who is forgotten is not called; the order of the others stays. */
static void
test_forget (void)
{
  g_autoptr (BelfryTestPeer) peer = belfry_test_peer_new ();
  g_autofree char *url = belfry_test_peer_get_url (peer);
  g_autoptr (Fixture) self = fixture_new ();
  g_autoptr (Fixture) gone = fixture_new ();

  belfry_test_peer_set_greeting (peer, GREETING, 1);
  start (self, url, &commander);
  wait_opened (self);
  const BelfryRedisCommand command = { .argv = (const char *[]){ "GET", "k", NULL },
                                       .timeout = 50 * SECOND,
                                       .callback = on_answer,
                                       .user_data = gone };
  g_assert_true (belfry_redis_connection_send (self->connection, &command, NULL));
  SEND (self, "PING");
  belfry_redis_connection_forget (self->connection, gone);
  belfry_test_peer_say (peer, "+1\r\n+2\r\n", -1);
  belfry_test_wait_until (self->answers->len > 0);
  g_assert_cmpstr (self->answers->str, ==, "2\n");
  g_assert_cmpstr (gone->answers->str, ==, "");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-connection/pipeline", test_pipeline);
  belfry_test_add ("/redis-connection/unix", test_unix);
  belfry_test_add ("/redis-connection/auth", test_auth);
  belfry_test_add ("/redis-connection/subscribe", test_subscribe);
  belfry_test_add ("/redis-connection/no-push", test_no_push);
  belfry_test_add ("/redis-connection/killed", test_killed);
  belfry_test_add ("/redis-connection/stopped", test_stopped);
  belfry_test_add ("/redis-connection/tls", test_tls);
  belfry_test_add ("/redis-connection/tls-files", test_tls_files);
  belfry_test_add ("/redis-connection/nobody", test_nobody);
  belfry_test_add ("/redis-connection/greetings", test_greetings);
  belfry_test_add ("/redis-connection/nameless", test_nameless);
  belfry_test_add ("/redis-connection/later", test_later);
  belfry_test_add ("/redis-connection/taken-back", test_taken_back);
  belfry_test_add ("/redis-connection/half", test_half);
  belfry_test_add ("/redis-connection/bounded", test_bounded);
  belfry_test_add ("/redis-connection/pending", test_pending);
  belfry_test_add ("/redis-connection/close", test_close);
  belfry_test_add ("/redis-connection/close-early", test_close_early);
  belfry_test_add ("/redis-connection/close-within", test_close_within);
  belfry_test_add ("/redis-connection/forget", test_forget);
  return g_test_run ();
}
