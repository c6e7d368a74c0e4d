/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-core-metrics.h"
#include "belfry-fake-client.h"
#include "belfry-memory-broker.h"
#include "belfry-session.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

#define N_WORKERS 2
#define N_CLIENTS 8
#define N_TOPICS 3
#define N_MESSAGES 1500
#define BURST 7

#define CONFIG "[auth]\nrequired = no\n[topic kept.*]\nhistory-size = 100000\npresence = yes\n"

typedef struct _Worker Worker;

/* What a client does next; a sink may not do it itself. */
typedef enum
{
  NEXT_NOTHING,
  NEXT_SUBSCRIBE,
  NEXT_UNSUBSCRIBE,
  NEXT_LEAVE,
} Next;

/* A client of a topic, which comes and goes, and must get every message once and in order: all of
 * them if the topic is kept, else all from one on until it unsubscribes. */
typedef struct
{
  Worker *worker;         /* (unowned) */
  BelfrySession *session; /* (owned) (nullable) */
  char *topic;            /* (owned) */
  gboolean kept;
  gboolean subscribed;
  BelfryPosition position;
  guint64 last; /* the number in the payload */
  guint n_got;
  guint patience; /* messages until it goes away */
  guint n_rounds;
  Next next;
  gboolean done;
} Client;

struct _Worker
{
  GThread *thread;        /* (owned) */
  GMainContext *context;  /* (owned) */
  BelfryShard *shard;     /* (unowned): the hub's */
  BelfryMetrics *metrics; /* (unowned) */
  BelfryClock *clock;     /* (unowned) */
  GRand *rand;            /* (owned) */
  Client clients[N_CLIENTS];
  atomic_int *n_done; /* (unowned) */
  atomic_int *stop;   /* (unowned) */
};

typedef struct
{
  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryMetrics *metrics;     /* (owned) */
  BelfryMetricsSlot *slot;    /* (owned) */
  BelfryBroker *broker;       /* (owned) */
  BelfryGate *gate;           /* (owned) */
  BelfryHub *hub;             /* (owned) */
  Worker workers[N_WORKERS];
  atomic_int n_done;
  atomic_int stop;
  guint n_published;
} Storm;

static void
on_deliver (gpointer data, BelfryMessage *message, const BelfryDelivery *delivery)
{
  Client *self = data;

  if (message->kind != BELFRY_MESSAGE_DATA)
    return;
  guint64 number = g_ascii_strtoull (g_bytes_get_data (message->payload, NULL), NULL, 10);
  g_assert_true (self->subscribed);
  g_assert_cmpstr (message->topic, ==, self->topic);
  if (self->last != 0)
    g_assert_cmpuint (number, ==, self->last + 1);
  self->last = number;
  if (self->kept)
    {
      g_assert_cmpuint (message->position.offset, >, self->position.offset);
      self->position = message->position;
    }
  self->n_got++;
  if (number == N_MESSAGES && !self->done)
    {
      self->done = TRUE;
      if (self->kept)
        atomic_fetch_add_explicit (self->worker->n_done, 1, memory_order_relaxed);
    }
  if (!self->done && --self->patience == 0)
    self->next = g_rand_boolean (self->worker->rand) ? NEXT_UNSUBSCRIBE : NEXT_LEAVE;
}

static void
on_subscribed (Client *self, const BelfryEventTopic *topic)
{
  g_assert_false (self->subscribed);
  self->subscribed = TRUE;
  self->patience = (guint) g_rand_int_range (self->worker->rand, 1, 60);
  self->n_rounds++;
  if (!self->kept)
    {
      self->last = 0;
      return;
    }
  g_assert_true (belfry_position_is_set (&topic->position));
  if (topic->recovery)
    g_assert_true (topic->recovered);
  if (belfry_position_is_set (&self->position))
    g_assert_cmpuint (topic->position.offset, ==, self->position.offset);
  self->position = topic->position;
}

static void
on_event (gpointer data, const BelfryEvent *event)
{
  Client *self = data;

  g_assert_no_error (event->error);
  g_assert_cmpint (event->kind, !=, BELFRY_EVENT_GAP);
  if (event->kind == BELFRY_EVENT_WELCOME)
    self->next = NEXT_SUBSCRIBE;
  else if (event->kind == BELFRY_EVENT_SUBSCRIBED)
    on_subscribed (self, &event->topics[0]);
  else if (event->kind == BELFRY_EVENT_UNSUBSCRIBED)
    {
      self->subscribed = FALSE;
      self->next = NEXT_SUBSCRIBE;
    }
}

static const BelfrySessionSink sink = {
  on_deliver,
  on_event,
  belfry_fake_client_is_authenticated,
  belfry_fake_client_must_not_close,
  belfry_fake_client_has_read_all,
  belfry_fake_client_must_not_sign_in,
};

static void
connect_client (Client *self)
{
  const BelfrySessionParams params = {
    .sink = &sink,
    .client = self,
    .dialect = "action",
    .endpoint = "/",
    .peer = "192.0.2.1",
  };
  g_autoptr (GError) error = NULL;

  self->session = belfry_session_new (self->worker->shard, &params, &error);
  g_assert_no_error (error);
}

static void
ask (Client *self, BelfryRequestKind kind)
{
  BelfryRequest *request = belfry_request_new (kind, 1);

  request->topics[0].topic = g_strdup (self->topic);
  request->topics[0].has_since =
      kind == BELFRY_REQUEST_SUBSCRIBE && belfry_position_is_set (&self->position);
  request->topics[0].since = self->position;
  belfry_session_request (self->session, request);
}

static void
act (Client *self)
{
  Next next = self->next;

  self->next = NEXT_NOTHING;
  if (next == NEXT_SUBSCRIBE)
    ask (self, BELFRY_REQUEST_SUBSCRIBE);
  else if (next == NEXT_UNSUBSCRIBE)
    ask (self, BELFRY_REQUEST_UNSUBSCRIBE);
  else if (next == NEXT_LEAVE)
    {
      belfry_session_free (self->session, 1001, "gone");
      self->subscribed = FALSE;
      connect_client (self);
    }
}

static gpointer
run_worker (gpointer data)
{
  Worker *self = data;
  g_autoptr (BelfryDeadlineWheel) wheel =
      belfry_deadline_wheel_new (self->clock, self->context, G_PRIORITY_DEFAULT);
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (self->metrics);

  g_main_context_push_thread_default (self->context);
  belfry_shard_start (self->shard, wheel, slot);
  for (int i = 0; i < N_CLIENTS; i++)
    connect_client (&self->clients[i]);
  while (!atomic_load_explicit (self->stop, memory_order_acquire))
    {
      g_main_context_iteration (self->context, TRUE);
      for (int i = 0; i < N_CLIENTS; i++)
        act (&self->clients[i]);
    }
  for (int i = 0; i < N_CLIENTS; i++)
    belfry_session_free (self->clients[i].session, 1001, "over");
  belfry_shard_stop (self->shard);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
worker_init (Worker *self, Storm *storm, guint index)
{
  self->context = g_main_context_new ();
  self->shard = belfry_hub_add_shard (storm->hub, self->context);
  self->metrics = storm->metrics;
  self->clock = storm->clock;
  self->rand = g_rand_new_with_seed (index);
  self->n_done = &storm->n_done;
  self->stop = &storm->stop;
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      Client *client = &self->clients[i];

      client->worker = self;
      client->kept = i % N_TOPICS != 0;
      client->topic = g_strdup_printf ("%s.%u", client->kept ? "kept" : "plain", i % N_TOPICS);
    }
  self->thread = g_thread_new ("worker", run_worker, self);
}

static void
worker_clear (Worker *self, Storm *storm)
{
  g_main_context_wakeup (self->context);
  g_thread_join (self->thread);
  belfry_hub_remove_shard (storm->hub, self->shard);
  for (int i = 0; i < N_CLIENTS; i++)
    g_free (self->clients[i].topic);
  g_rand_free (self->rand);
  g_main_context_unref (self->context);
}

static void
storm_init (Storm *self)
{
  const BelfryMetricTable table = { belfry_core_metrics, BELFRY_CORE_N_METRICS };
  g_autoptr (BelfryConfig) config = belfry_test_config_new (CONFIG);

  *self = (Storm){ .clock = belfry_system_clock_new () };
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->metrics = belfry_metrics_new (&table, 1);
  self->slot = belfry_metrics_slot_new (self->metrics);
  self->broker = belfry_memory_broker_new (self->clock, self->wheel, 64 << 20);
  self->gate = belfry_gate_new (self->clock, self->slot, FALSE);
  self->hub = belfry_hub_new (self->clock, self->broker, self->gate, self->metrics, config);
  atomic_init (&self->n_done, 0);
  atomic_init (&self->stop, 0);
  for (guint i = 0; i < N_WORKERS; i++)
    worker_init (&self->workers[i], self, i);
}

static guint
count_rounds (Storm *self)
{
  guint n = 0;

  for (int i = 0; i < N_WORKERS; i++)
    {
      for (int j = 0; j < N_CLIENTS; j++)
        n += self->workers[i].clients[j].n_rounds;
    }
  return n;
}

static void
storm_clear (Storm *self)
{
  atomic_store_explicit (&self->stop, 1, memory_order_release);
  for (int i = 0; i < N_WORKERS; i++)
    worker_clear (&self->workers[i], self);
  belfry_test_wait_until (belfry_hub_get_n_sessions (self->hub) == 0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (self->hub);
  belfry_test_assert_finalizes (self->gate);
  belfry_test_assert_finalizes (self->broker);
  belfry_metrics_slot_free (self->slot);
  belfry_metrics_unref (self->metrics);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
}

static void
publish (Storm *self, guint topic, guint number)
{
  g_autofree char *name = g_strdup_printf ("%s.%u", topic != 0 ? "kept" : "plain", topic);
  g_autofree char *text = g_strdup_printf ("%u", number);
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text) + 1);
  const BelfryHubPublication publication = { .topic = name, .payload = payload };

  belfry_hub_publish_async (self->hub, NULL, &publication, NULL, NULL, NULL);
}

/* All clients of kept topics have all messages; those of the plain topic may be away when the last
 * one comes. */
static int
count_kept (void)
{
  int n = 0;

  for (int i = 0; i < N_CLIENTS; i++)
    n += i % N_TOPICS != 0 ? N_WORKERS : 0;
  return n;
}

static gboolean
all_kept_done (Storm *self)
{
  return atomic_load_explicit (&self->n_done, memory_order_relaxed) >= count_kept ();
}

/* Two threads of clients that come and go while messages rain on them: each gets what is his, once
 * and in order, and who comes back gets what he missed. */
static void
test_storm (void)
{
  Storm storm;

  storm_init (&storm);
  for (guint number = 1; number <= N_MESSAGES; number++)
    {
      for (guint topic = 0; topic < N_TOPICS; topic++)
        publish (&storm, topic, number);
      for (int i = 0; number % BURST == 0 && i < 3; i++)
        g_main_context_iteration (NULL, FALSE);
    }
  belfry_test_wait_until (all_kept_done (&storm));
  storm_clear (&storm);
  g_test_message ("%u subscriptions", count_rounds (&storm));
  g_assert_cmpuint (count_rounds (&storm), >, N_WORKERS * N_CLIENTS);
  for (int i = 0; i < N_WORKERS; i++)
    {
      for (int j = 0; j < N_CLIENTS; j++)
        g_assert_true (!storm.workers[i].clients[j].kept || storm.workers[i].clients[j].done);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/core-threads/storm", test_storm);
  return g_test_run ();
}
