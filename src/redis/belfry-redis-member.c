/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-member"

#include "config.h"

#include "belfry-redis-member.h"

#include <string.h>

#include "belfry-backoff.h"
#include "belfry-log.h"
#include "belfry-redis-probe.h"
#include "belfry-redis-subscriptions.h"

/* A round's steps are the states, in their order. Whatever goes wrong ends in fail(), which takes
 * both connections down; what comes late from them meets closed objects.
 *
 * The channel of the probe is always the last to be subscribed to. Redis confirms in order: when it
 * is confirmed, all others are in force, and the first probe proves it.
 *
 * Handlers may do anything: whoever calls one holds a reference, and looks at the state later. */

#define MILLISECOND ((gint64) 1000)
#define SECOND ((gint64) G_USEC_PER_SEC)

/* Clients are to be served within a second of Redis's return. */
#define SOON_MIN (100 * MILLISECOND)
#define SOON_MAX (500 * MILLISECOND)

/* What somebody has to mend first need not be asked often, and fills the server's log. */
#define SELDOM_MIN (500 * MILLISECOND)
#define SELDOM_MAX (10 * SECOND)

/* From looking the name up to the last greeting; a resolver may need five of them by itself. */
#define OPEN_TIMEOUT (6 * SECOND)

#define USER_TIMEOUT (5 * SECOND)
#define COMMAND_TIMEOUT (5 * SECOND)

/* A probe is late after an interval, within these bounds. */
#define PROBE_TIMEOUT_MIN (250 * MILLISECOND)
#define PROBE_TIMEOUT_MAX (3 * SECOND)

/* Names in a command, and commands' worth of them under way: a server with many clients is not
 * stopped by us for long. */
#define BATCH 512

/* Commands for few names each go together, up to so many. */
#define MAX_BATCHES 64
#define MAX_OPEN_NAMES (4 * BATCH)

#define MAX_OUTPUT (32 * 1024 * 1024)
#define MAX_PENDING (64 * 1024)

/* Bytes of a server's run id that are believed. */
#define RUN_ID_MAX 64

typedef enum
{
  IDLE,
  RESTING,  /* until the next round */
  SEEKING,  /* where the server is */
  DIALING,  /* both connections */
  CHECKING, /* that it is a primary, and which */
  JOINING,  /* subscribing to all that is wanted */
  PROVING,
  UP,
  WAITING, /* connected to a server that cannot do its work */
  CLOSED,
} State;

struct _BelfryRedisMember
{
  GObject parent_instance;

  BelfryRedisMemberSettings settings;
  char *client_name;                       /* (owned) */
  const BelfryRedisMemberHandler *handler; /* (unowned) */
  gpointer user_data;                      /* (unowned) */
  State state;
  BelfryRedisUrl *url;                     /* (owned) (nullable) */
  BelfryRedisConnection *publisher;        /* (owned) (nullable) */
  BelfryRedisConnection *subscriber;       /* (owned) (nullable) */
  BelfryRedisSubscriptions *subscriptions; /* (owned) */
  GSource *pump;                           /* (owned): once a turn in which there is what to send */
  BelfryRedisProbe probe;
  BelfryDeadline timer; /* of the next round, or of the next probe */
  BelfryBackoff soon;
  BelfryBackoff seldom;
  char *run_id; /* (owned) (nullable) */
  guint64 generation;
  gint64 latency;
  gint64 last_proof;
};

G_DEFINE_FINAL_TYPE (BelfryRedisMember, belfry_redis_member, G_TYPE_OBJECT)

/* A batch on its way, for the case that it is refused. */
typedef struct
{
  BelfryRedisMember *member; /* (unowned) */
  BelfryRedisBatch *batch;   /* (owned) */
} Sent;

static void
hang_up (BelfryRedisConnection **connection, BelfryRedisFault fault)
{
  g_autoptr (BelfryRedisConnection) old = g_steal_pointer (connection);

  if (old != NULL)
    belfry_redis_connection_give_up (old, fault);
}

/* Who waits for an answer is told from within, and may close us. */
static void
disconnect (BelfryRedisMember *self, State state, BelfryRedisFault fault)
{
  const char *channel = belfry_redis_probe_get_channel (&self->probe);

  self->state = state;
  self->latency = -1;
  belfry_deadline_cancel (&self->timer);
  g_source_set_ready_time (self->pump, -1);
  belfry_redis_probe_cancel (&self->probe);
  hang_up (&self->subscriber, fault);
  belfry_redis_subscriptions_unwant (self->subscriptions, self->settings.probe_kind, channel);
  belfry_redis_subscriptions_lose (self->subscriptions);
  hang_up (&self->publisher, fault);
}

/* Of what was not let in, the name of the fault is all that is known: an access list that forbids
 * to sign in is nothing that time mends. */
static gint64
choose_delay (BelfryRedisMember *self, BelfryRedisFault fault)
{
  gboolean mend = belfry_redis_fault_get_remedy (fault) == BELFRY_REDIS_REMEDY_MEND ||
                  fault == BELFRY_REDIS_FAULT_NOPERM;

  return belfry_backoff_next (mend ? &self->seldom : &self->soon);
}

static void
fail (BelfryRedisMember *self, BelfryRedisFault fault, const GError *error)
{
  G_GNUC_UNUSED g_autoptr (BelfryRedisMember) guard = g_object_ref (self);

  if (self->state == CLOSED || self->state == RESTING)
    return;
  disconnect (self, RESTING, fault);
  if (self->state != RESTING)
    return;
  belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer, choose_delay (self, fault));
  self->handler->down (self, fault, error, self->user_data);
}

static void
fail_because (BelfryRedisMember *self, BelfryRedisFault fault, const char *what)
{
  g_autoptr (GError) error = belfry_redis_fault_new_error (fault, what);

  fail (self, fault, error);
}

static gint64
probe_timeout (const BelfryRedisMember *self)
{
  return CLAMP (self->settings.probe_interval, PROBE_TIMEOUT_MIN, PROBE_TIMEOUT_MAX);
}

static void
prove (BelfryRedisMember *self)
{
  belfry_redis_probe_start (&self->probe, self->publisher, probe_timeout (self));
}

/* The connections are kept: what is subscribed to still comes. */
static void
wait_for_server (BelfryRedisMember *self, BelfryRedisFault fault, const GError *error)
{
  gboolean already = self->state == WAITING;

  self->state = WAITING;
  if (!belfry_redis_probe_is_running (&self->probe))
    belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer,
                                     belfry_backoff_next (&self->soon));
  if (!already)
    self->handler->down (self, fault, error, self->user_data);
}

static void
come_up (BelfryRedisMember *self)
{
  gboolean already = self->state == UP;

  self->state = UP;
  self->latency = belfry_redis_probe_get_latency (&self->probe);
  self->last_proof = belfry_deadline_wheel_now (self->settings.wheel);
  belfry_backoff_reset (&self->soon);
  belfry_backoff_reset (&self->seldom);
  belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer,
                                   MAX (self->settings.probe_interval - self->latency, 1));
  if (!already)
    self->handler->up (self, self->user_data);
}

/* What another node has by now is not to be had here: nothing is wrong with this one. */
static gboolean
is_astray (BelfryRedisMember *self, BelfryRedisFault fault)
{
  return self->handler->astray != NULL &&
         (fault == BELFRY_REDIS_FAULT_MOVED || fault == BELFRY_REDIS_FAULT_ASK ||
          fault == BELFRY_REDIS_FAULT_TRYAGAIN);
}

/* The slot of its channel has another node: there will be another channel. */
static void
prove_later (BelfryRedisMember *self)
{
  belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer, SOON_MIN);
  self->handler->astray (self, NULL, self->user_data);
}

static void
on_probed (BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  BelfryRedisMember *self = user_data;

  if (fault == BELFRY_REDIS_FAULT_NONE)
    come_up (self);
  else if (belfry_redis_fault_get_remedy (fault) == BELFRY_REDIS_REMEDY_WAIT)
    wait_for_server (self, fault, error);
  else if (is_astray (self, fault) && self->state == UP)
    prove_later (self);
  else
    fail (self, fault, error);
}

/* What a command was answered may be news of the server. A probe that runs tells its own. */
static void
on_refused (BelfryRedisConnection *connection,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  BelfryRedisMember *self = user_data;

  if (connection != self->publisher || self->state != UP)
    return;
  if (belfry_redis_fault_wants_reconnect (fault))
    fail (self, fault, error);
  else if (belfry_redis_fault_get_remedy (fault) == BELFRY_REDIS_REMEDY_WAIT)
    wait_for_server (self, fault, error);
}

static void
sent_free (Sent *self)
{
  belfry_redis_batch_free (self->batch);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sent, sent_free)

static void
tell_refused (BelfryRedisMember *self,
              const BelfryRedisBatch *batch,
              BelfryRedisFault fault,
              const GError *error)
{
  g_autofree char *blamed = belfry_redis_subscriptions_refuse (self->subscriptions, batch);

  g_source_set_ready_time (self->pump, 0);
  if (blamed == NULL)
    return;
  if (batch->kind == self->settings.probe_kind &&
      g_str_equal (blamed, belfry_redis_probe_get_channel (&self->probe)))
    fail (self, fault, error);
  else
    self->handler->refused (self, batch->kind, blamed, fault, error, self->user_data);
}

/* Confirmations have been told as pushes. */
static void
on_batch_answered (const BelfryRedisReply *reply,
                   BelfryRedisFault fault,
                   const GError *error,
                   gpointer user_data)
{
  g_autoptr (Sent) sent = user_data;
  BelfryRedisMember *self = sent->member;

  if (reply == NULL || fault == BELFRY_REDIS_FAULT_NONE)
    return;
  if (is_astray (self, fault))
    {
      belfry_redis_subscriptions_postpone (self->subscriptions, sent->batch);
      g_source_set_ready_time (self->pump, 0);
      self->handler->astray (self, belfry_redis_reply_get_text (reply), self->user_data);
      return;
    }
  if (belfry_redis_fault_get_remedy (fault) == BELFRY_REDIS_REMEDY_NONE)
    tell_refused (self, sent->batch, fault, error);
  else
    fail (self, fault, error);
}

static gboolean
send_batch (BelfryRedisMember *self, BelfryRedisBatch *batch, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_sized_new (batch->names->len + 1);
  Sent *sent = g_new0 (Sent, 1);

  g_ptr_array_add (argv, (gpointer) belfry_redis_batch_get_command (batch));
  g_ptr_array_extend (argv, batch->names, NULL, NULL);
  sent->member = self;
  sent->batch = batch;
  const BelfryRedisCommand command = {
    .argv = (const char *const *) argv->pdata,
    .argc = argv->len,
    .timeout = COMMAND_TIMEOUT,
    .callback = on_batch_answered,
    .user_data = sent,
  };
  if (belfry_redis_connection_send (self->subscriber, &command, error))
    return TRUE;
  sent_free (sent);
  return FALSE;
}

/* Returns: whether there may be more to send */
static gboolean
send_next (BelfryRedisMember *self, guint *n_names)
{
  guint n_open = belfry_redis_subscriptions_get_n_open (self->subscriptions);
  g_autoptr (GError) error = NULL;

  if (n_open > MAX_OPEN_NAMES - BATCH)
    return FALSE;

  BelfryRedisBatch *batch = belfry_redis_subscriptions_next (self->subscriptions, BATCH);

  if (batch == NULL)
    return FALSE;
  *n_names += batch->names->len;
  if (send_batch (self, batch, &error))
    return TRUE;
  fail (self, BELFRY_REDIS_FAULT_LOST, error);
  return FALSE;
}

/* One command a turn, or as many small ones as make one: others have their turn between. */
static gboolean
on_pump (gpointer user_data)
{
  g_autoptr (BelfryRedisMember) self = g_object_ref (user_data);
  guint n_names = 0;

  g_source_set_ready_time (self->pump, -1);
  if (self->state < JOINING || self->state == CLOSED)
    return G_SOURCE_CONTINUE;
  for (guint i = 0; i < MAX_BATCHES && n_names < BATCH; i++)
    {
      if (!send_next (self, &n_names))
        return G_SOURCE_CONTINUE;
    }
  g_source_set_ready_time (self->pump, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_pump (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs pump_funcs = { .dispatch = dispatch_pump };

static void
tell_subscribed (BelfryRedisMember *self,
                 BelfryRedisChannelKind kind,
                 const char *name,
                 gboolean again)
{
  gboolean own = kind == self->settings.probe_kind &&
                 g_str_equal (name, belfry_redis_probe_get_channel (&self->probe));

  if (!own)
    {
      self->handler->subscribed (self, kind, name, again, self->user_data);
      return;
    }
  if (self->state == JOINING)
    self->state = PROVING;
  prove (self);
}

static void
on_push (BelfryRedisConnection *connection, const BelfryRedisPush *push, gpointer user_data)
{
  g_autoptr (BelfryRedisMember) self = g_object_ref (user_data);
  BelfryRedisChannelKind kind;
  gboolean again;

  if (connection != self->subscriber)
    return;
  if (belfry_redis_push_is_message (push->kind))
    {
      if (!belfry_redis_probe_take (&self->probe, push))
        self->handler->message (self, push, self->user_data);
      return;
    }
  const char *name = belfry_redis_subscriptions_confirm (self->subscriptions, push, &kind, &again);
  g_source_set_ready_time (self->pump, 0);
  if (name != NULL)
    tell_subscribed (self, kind, name, again);
}

/* The first that is subscribed to when all others are. */
static void
join (BelfryRedisMember *self)
{
  self->state = JOINING;
  belfry_redis_subscriptions_want (self->subscriptions, self->settings.probe_kind,
                                   belfry_redis_probe_get_channel (&self->probe));
  g_source_set_ready_time (self->pump, 0);
}

/* Returns: (transfer full) (nullable): the value of a line of INFO */
static char *
find_run_id (const char *info)
{
  const char *line = strstr (info, "\nrun_id:");

  if (line == NULL)
    return NULL;
  line += strlen ("\nrun_id:");
  gsize length = strspn (line, "0123456789abcdef");
  return length > 0 && length <= RUN_ID_MAX ? g_strndup (line, length) : NULL;
}

static void
remember_run_id (BelfryRedisMember *self, const char *info)
{
  g_autofree char *run_id = find_run_id (info);

  if (run_id == NULL)
    return;
  if (self->run_id != NULL && !g_str_equal (self->run_id, run_id))
    belfry_log_info ("%s: this is another Redis process than before",
                     belfry_redis_url_get_shown (self->url));
  g_free (self->run_id);
  self->run_id = g_steal_pointer (&run_id);
}

static void
on_info (const BelfryRedisReply *reply,
         BelfryRedisFault fault,
         const GError *error,
         gpointer user_data)
{
  BelfryRedisMember *self = user_data;
  const char *info = reply != NULL && fault == BELFRY_REDIS_FAULT_NONE
                         ? belfry_redis_reply_get_text (reply)
                         : NULL;

  if (info != NULL && self->state == CHECKING)
    remember_run_id (self, info);
}

static void
on_role (const BelfryRedisReply *reply,
         BelfryRedisFault fault,
         const GError *error,
         gpointer user_data)
{
  BelfryRedisMember *self = user_data;

  if (reply == NULL || self->state != CHECKING)
    return;
  fault = belfry_redis_probe_check_role (reply, fault);
  if (fault == BELFRY_REDIS_FAULT_NONE)
    join (self);
  else
    fail_because (self, fault, belfry_redis_url_get_shown (self->url));
}

static void
ask (BelfryRedisMember *self, const char *const *argv, BelfryRedisCallback callback)
{
  const BelfryRedisCommand command = {
    .argv = argv,
    .timeout = COMMAND_TIMEOUT,
    .callback = callback,
    .user_data = self,
  };
  g_autoptr (GError) error = NULL;

  if (!belfry_redis_connection_send (self->publisher, &command, &error))
    fail (self, BELFRY_REDIS_FAULT_LOST, error);
}

static void
on_opened (BelfryRedisConnection *connection, gpointer user_data)
{
  g_autoptr (BelfryRedisMember) self = g_object_ref (user_data);

  if (self->state != DIALING || !belfry_redis_connection_is_open (self->publisher) ||
      !belfry_redis_connection_is_open (self->subscriber))
    return;
  self->state = CHECKING;
  self->generation++;
  ask (self, (const char *[]){ "INFO", "server", NULL }, on_info);
  if (self->state == CHECKING)
    ask (self, (const char *[]){ "ROLE", NULL }, on_role);
}

static void
on_closed (BelfryRedisConnection *connection,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryRedisMember *self = user_data;

  if (connection == self->publisher || connection == self->subscriber)
    fail (self, fault, error);
}

static const BelfryRedisHandler publisher_handler = {
  .opened = on_opened,
  .closed = on_closed,
  .refused = on_refused,
};

static const BelfryRedisHandler subscriber_handler = {
  .opened = on_opened,
  .closed = on_closed,
  .push = on_push,
};

static BelfryRedisConnection *
dial (BelfryRedisMember *self, const BelfryRedisHandler *handler)
{
  const BelfryRedisSettings settings = {
    .url = self->url,
    .tls = self->settings.tls,
    .wheel = self->settings.wheel,
    .client_name = self->client_name,
    .open_timeout = OPEN_TIMEOUT,
    .user_timeout = USER_TIMEOUT,
    .max_output = MAX_OUTPUT,
    .max_pending = MAX_PENDING,
    .limits = BELFRY_REDIS_LIMITS_DEFAULT,
  };
  BelfryRedisConnection *connection = belfry_redis_connection_new (&settings, handler, self);

  belfry_redis_connection_open (connection);
  return connection;
}

static void
on_timer (BelfryDeadline *deadline, gpointer user_data)
{
  g_autoptr (BelfryRedisMember) self = g_object_ref (user_data);

  if (self->state == UP || self->state == WAITING)
    {
      prove (self);
      return;
    }
  self->state = SEEKING;
  self->handler->due (self, self->user_data);
}

static void
belfry_redis_member_dispose (GObject *object)
{
  belfry_redis_member_close (BELFRY_REDIS_MEMBER (object));
  G_OBJECT_CLASS (belfry_redis_member_parent_class)->dispose (object);
}

static void
belfry_redis_member_finalize (GObject *object)
{
  BelfryRedisMember *self = BELFRY_REDIS_MEMBER (object);

  g_source_destroy (self->pump);
  g_source_unref (self->pump);
  belfry_redis_probe_clear (&self->probe);
  belfry_redis_subscriptions_free (self->subscriptions);
  g_clear_pointer (&self->url, belfry_redis_url_unref);
  g_free (self->client_name);
  g_free (self->run_id);
  G_OBJECT_CLASS (belfry_redis_member_parent_class)->finalize (object);
}

static void
belfry_redis_member_class_init (BelfryRedisMemberClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = belfry_redis_member_dispose;
  object_class->finalize = belfry_redis_member_finalize;
}

static void
belfry_redis_member_init (BelfryRedisMember *self)
{
  guint64 seed = (guint64) g_random_int () << 32 | g_random_int ();

  self->subscriptions = belfry_redis_subscriptions_new ();
  self->latency = -1;
  belfry_deadline_init (&self->timer, on_timer, self);
  belfry_backoff_init (&self->soon, SOON_MIN, SOON_MAX, seed);
  belfry_backoff_init (&self->seldom, SELDOM_MIN, SELDOM_MAX, seed);
  self->pump = g_source_new (&pump_funcs, sizeof (GSource));
  g_source_set_static_name (self->pump, "belfry-redis-pump");
  g_source_set_callback (self->pump, on_pump, self, NULL);
  g_source_set_ready_time (self->pump, -1);
  g_source_attach (self->pump, g_main_context_get_thread_default ());
}

BelfryRedisMember *
belfry_redis_member_new (const BelfryRedisMemberSettings *settings,
                         const BelfryRedisMemberHandler *handler,
                         gpointer user_data)
{
  BelfryRedisMember *self = g_object_new (BELFRY_REDIS_TYPE_MEMBER, NULL);

  self->settings = *settings;
  self->client_name = g_strdup (settings->client_name);
  self->handler = handler;
  self->user_data = user_data;
  belfry_redis_probe_init (&self->probe, settings->wheel, settings->probe_kind,
                           settings->probe_channel, on_probed, self);
  self->settings.client_name = self->client_name;
  self->settings.probe_channel = belfry_redis_probe_get_channel (&self->probe);
  return self;
}

void
belfry_redis_member_open (BelfryRedisMember *self)
{
  g_return_if_fail (self->state == IDLE);

  self->state = RESTING;
  belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer, 0);
}

void
belfry_redis_member_close (BelfryRedisMember *self)
{
  if (self->state != CLOSED)
    disconnect (self, CLOSED, BELFRY_REDIS_FAULT_CLOSED);
}

void
belfry_redis_member_connect (BelfryRedisMember *self, BelfryRedisUrl *url)
{
  g_return_if_fail (self->state == SEEKING);

  belfry_redis_url_ref (url);
  g_clear_pointer (&self->url, belfry_redis_url_unref);
  self->url = url;
  self->state = DIALING;
  self->publisher = dial (self, &publisher_handler);
  self->subscriber = dial (self, &subscriber_handler);
}

void
belfry_redis_member_fail (BelfryRedisMember *self, BelfryRedisFault fault, const GError *error)
{
  fail (self, fault, error);
}

void
belfry_redis_member_set_probe_interval (BelfryRedisMember *self, gint64 interval)
{
  self->settings.probe_interval = interval;
  if (self->state == UP && belfry_deadline_remaining (&self->timer) > interval)
    belfry_deadline_wheel_set_after (self->settings.wheel, &self->timer, interval);
}

/* If it is subscribed to already, its confirmation brings the next probe. */
void
belfry_redis_member_set_probe_channel (BelfryRedisMember *self, const char *channel)
{
  BelfryRedisChannelKind kind = self->settings.probe_kind;
  gboolean joined = self->state >= JOINING && self->state < CLOSED;

  if (g_str_equal (channel, belfry_redis_probe_get_channel (&self->probe)))
    return;
  belfry_redis_subscriptions_unwant (self->subscriptions, kind,
                                     belfry_redis_probe_get_channel (&self->probe));
  belfry_redis_probe_set_channel (&self->probe, channel);
  self->settings.probe_channel = belfry_redis_probe_get_channel (&self->probe);
  if (!joined)
    return;
  belfry_deadline_cancel (&self->timer);
  belfry_redis_subscriptions_want (self->subscriptions, kind, self->settings.probe_channel);
  g_source_set_ready_time (self->pump, 0);
}

void
belfry_redis_member_resume (BelfryRedisMember *self)
{
  belfry_redis_subscriptions_resume (self->subscriptions);
  g_source_set_ready_time (self->pump, 0);
}

gboolean
belfry_redis_member_is_up (BelfryRedisMember *self)
{
  return self->state == UP;
}

gboolean
belfry_redis_member_is_connected (BelfryRedisMember *self)
{
  return self->state > DIALING && self->state < CLOSED;
}

BelfryRedisUrl *
belfry_redis_member_get_url (BelfryRedisMember *self)
{
  return self->url;
}

gint64
belfry_redis_member_get_latency (BelfryRedisMember *self)
{
  return self->latency;
}

gint64
belfry_redis_member_get_last_proof (BelfryRedisMember *self)
{
  return self->last_proof;
}

guint64
belfry_redis_member_get_generation (BelfryRedisMember *self)
{
  return self->generation;
}

gboolean
belfry_redis_member_call (BelfryRedisMember *self,
                          const BelfryRedisCommand *command,
                          GError **error)
{
  if (self->state == UP)
    return belfry_redis_connection_send (self->publisher, command, error);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "%s: not connected to Redis",
               command->argv[0]);
  return FALSE;
}

void
belfry_redis_member_forget (BelfryRedisMember *self, gpointer user_data)
{
  if (self->publisher != NULL)
    belfry_redis_connection_forget (self->publisher, user_data);
}

void
belfry_redis_member_subscribe (BelfryRedisMember *self,
                               BelfryRedisChannelKind kind,
                               const char *name)
{
  g_return_if_fail (strlen (name) <= BELFRY_REDIS_CHANNEL_MAX);

  if (belfry_redis_subscriptions_want (self->subscriptions, kind, name))
    g_source_set_ready_time (self->pump, 0);
}

void
belfry_redis_member_unsubscribe (BelfryRedisMember *self,
                                 BelfryRedisChannelKind kind,
                                 const char *name)
{
  belfry_redis_subscriptions_unwant (self->subscriptions, kind, name);
  g_source_set_ready_time (self->pump, 0);
}
