/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-test-core.h"
#include "belfry-test.h"

#define N_SEEDS 25
#define N_STEPS 600
#define N_CLIENTS 5
#define HISTORY 4

#define CONFIG "[auth]\nrequired = no\n[topic k.*]\nhistory-size = 4\n"

/* What can be subscribed to: the first two are kept, the last is a pattern of two others. */
static const char *const names[] = { "k.0", "k.1", "p.0", "*.0" };
#define N_KEPT 2
#define N_TOPICS 3
#define N_NAMES 4
G_STATIC_ASSERT (G_N_ELEMENTS (names) == N_NAMES);

typedef enum
{
  STATE_NO,
  STATE_ASKED, /* to subscribe, without an answer yet */
  STATE_YES,
  STATE_LEAVING, /* asked to unsubscribe */
} State;

typedef struct _World World;

/* What a client must have, by the model, and what it has. */
typedef struct
{
  World *world;           /* (unowned) */
  BelfrySession *session; /* (owned) */
  State states[N_NAMES];
  BelfryPosition positions[N_KEPT];
  guint64 top_when_asked[N_KEPT];
  guint n_got[N_TOPICS]; /* in this step */
} Client;

/* The reference: how many messages each topic has had. */
struct _World
{
  BelfryTestCore core;
  GRand *rand; /* (owned) */
  Client clients[N_CLIENTS];
  guint64 tops[N_TOPICS];
  gboolean holds; /* the broker may be late, so that nothing is said of when */
  guint n_recovered;
  guint n_not_recovered;
};

static guint
index_of (const char *name)
{
  guint i = 0;

  while (!g_str_equal (names[i], name))
    i++;
  return i;
}

/* A kept topic's messages come without a hole from where the subscription began. */
static void
on_deliver (gpointer data, BelfryMessage *message, const BelfryDelivery *delivery)
{
  Client *self = data;
  guint topic = index_of (message->topic);
  gboolean by_name = self->states[topic] == STATE_YES || self->states[topic] == STATE_LEAVING;
  gboolean by_pattern = self->states[N_TOPICS] >= STATE_YES && topic != 1;

  g_assert_true (by_name || by_pattern);
  self->n_got[topic]++;
  if (topic >= N_KEPT || !by_name)
    return;
  g_assert_cmpuint (message->position.epoch, ==, self->positions[topic].epoch);
  g_assert_cmpuint (message->position.offset, ==, self->positions[topic].offset + 1);
  self->positions[topic].offset++;
}

/* It is recovered if the history reached back far enough all the time, and not if it never did. */
static void
check_recovery (Client *self, guint topic, const BelfryEventTopic *event)
{
  guint64 since = self->positions[topic].offset;
  gboolean is_ours = self->positions[topic].epoch == event->position.epoch;

  if (!event->recovery)
    return;
  if (is_ours && self->world->tops[topic] - since <= HISTORY)
    g_assert_true (event->recovered);
  if (self->top_when_asked[topic] - since > HISTORY)
    g_assert_false (event->recovered);
  if (event->recovered)
    {
      g_assert_cmpuint (event->position.offset, ==, since);
      self->world->n_recovered++;
    }
  else
    self->world->n_not_recovered++;
}

static void
on_event (gpointer data, const BelfryEvent *event)
{
  Client *self = data;

  g_assert_no_error (event->error);
  for (guint i = 0; i < event->n_topics; i++)
    {
      guint name = index_of (event->topics[i].topic);

      if (event->kind == BELFRY_EVENT_UNSUBSCRIBED)
        {
          g_assert_cmpint (self->states[name], ==, STATE_LEAVING);
          self->states[name] = STATE_NO;
          continue;
        }
      g_assert_cmpint (self->states[name], ==, STATE_ASKED);
      self->states[name] = STATE_YES;
      if (name >= N_KEPT)
        continue;
      check_recovery (self, name, &event->topics[i]);
      self->positions[name] = event->topics[i].position;
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
  int shard = g_rand_int_range (self->world->rand, 0, BELFRY_TEST_SHARDS);
  g_autoptr (GError) error = NULL;

  self->session = belfry_session_new (self->world->core.shards[shard], &params, &error);
  g_assert_no_error (error);
}

static void
reconnect (Client *self)
{
  belfry_session_free (self->session, 1001, "gone");
  for (int i = 0; i < N_NAMES; i++)
    self->states[i] = STATE_NO;
  connect_client (self);
}

/* Half of those who could recover want to. */
static void
subscribe (Client *self, guint name)
{
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, 1);

  request->topics[0].topic = g_strdup (names[name]);
  if (name < N_KEPT)
    {
      self->top_when_asked[name] = self->world->tops[name];
      request->topics[0].since = self->positions[name];
      request->topics[0].has_since =
          belfry_position_is_set (&self->positions[name]) && g_rand_boolean (self->world->rand);
    }
  self->states[name] = STATE_ASKED;
  belfry_session_request (self->session, request);
}

static void
unsubscribe (Client *self, guint name)
{
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_UNSUBSCRIBE, 1);

  request->topics[0].topic = g_strdup (names[name]);
  self->states[name] = STATE_LEAVING;
  belfry_session_request (self->session, request);
}

/* Who must get a message when everything else has come to rest. */
static gboolean
wants (const Client *client, guint topic)
{
  return client->states[topic] == STATE_YES ||
         (topic != 1 && client->states[N_TOPICS] == STATE_YES);
}

static void
publish (World *self, guint topic)
{
  gboolean wanted[N_CLIENTS];

  for (int i = 0; i < N_CLIENTS; i++)
    {
      wanted[i] = wants (&self->clients[i], topic);
      self->clients[i].n_got[topic] = 0;
    }
  self->tops[topic]++;
  belfry_test_core_publish (&self->core, names[topic], "x");
  belfry_fake_client_settle ();
  for (int i = 0; !self->holds && i < N_CLIENTS; i++)
    g_assert_cmpuint (self->clients[i].n_got[topic], ==, wanted[i] ? 1 : 0);
}

static void
hold (World *self)
{
  static const guint what[] = {
    BELFRY_LATE_HISTORY,
    BELFRY_LATE_HISTORY | BELFRY_LATE_BEFORE,
    BELFRY_LATE_HISTORY | BELFRY_LATE_SUBSCRIBE,
    BELFRY_LATE_HISTORY | BELFRY_LATE_SUBSCRIBE | BELFRY_LATE_BEFORE,
  };

  self->holds = TRUE;
  belfry_late_broker_hold (self->core.broker,
                           (BelfryLate) what[g_rand_int_range (self->rand, 0, 4)]);
}

/* Everything comes to rest: nobody waits any more, and everybody has what there is. */
static void
come_to_rest (World *self)
{
  belfry_late_broker_hold (self->core.broker, 0);
  belfry_late_broker_release (self->core.broker, G_MAXUINT);
  belfry_fake_client_settle ();
  self->holds = FALSE;
  for (int i = 0; i < N_CLIENTS; i++)
    {
      const Client *client = &self->clients[i];

      for (int name = 0; name < N_NAMES; name++)
        {
          g_assert_true (client->states[name] == STATE_NO || client->states[name] == STATE_YES);
          if (name < N_KEPT && client->states[name] == STATE_YES)
            g_assert_cmpuint (client->positions[name].offset, ==, self->tops[name]);
        }
    }
}

static void
step (World *self)
{
  Client *client = &self->clients[g_rand_int_range (self->rand, 0, N_CLIENTS)];
  guint name = (guint) g_rand_int_range (self->rand, 0, N_NAMES);
  int chance = g_rand_int_range (self->rand, 0, 100);

  if (chance < 40)
    publish (self, name % N_TOPICS);
  else if (chance < 65 && client->states[name] == STATE_NO)
    subscribe (client, name);
  else if (chance < 75 && client->states[name] == STATE_YES)
    unsubscribe (client, name);
  else if (chance < 82)
    reconnect (client);
  else if (chance < 88)
    hold (self);
  else if (chance < 94)
    belfry_late_broker_release (self->core.broker, 1);
  else
    come_to_rest (self);
  if (!self->holds || g_rand_boolean (self->rand))
    belfry_fake_client_settle ();
}

static void
live (guint32 seed, guint *n_recovered, guint *n_not_recovered)
{
  World world = { .rand = g_rand_new_with_seed (seed) };

  g_test_message ("seed %u", seed);
  belfry_test_core_init (&world.core, CONFIG);
  for (int i = 0; i < N_CLIENTS; i++)
    {
      world.clients[i].world = &world;
      connect_client (&world.clients[i]);
    }
  for (int i = 0; i < N_STEPS; i++)
    step (&world);
  come_to_rest (&world);
  for (int i = 0; i < N_CLIENTS; i++)
    belfry_session_free (world.clients[i].session, 1001, "over");
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_topics (world.core.hub), ==, 0);
  g_assert_cmpuint (belfry_hub_get_n_sessions (world.core.hub), ==, 0);
  belfry_test_core_clear (&world.core);
  g_rand_free (world.rand);
  *n_recovered += world.n_recovered;
  *n_not_recovered += world.n_not_recovered;
}

/* Clients that subscribe, leave and come back as chance wills, with a broker that may be late,
 * against a model that only counts. Both kinds of recovery are seen. */
static void
test_model (void)
{
  guint n_recovered = 0;
  guint n_not_recovered = 0;

  for (guint32 seed = 1; seed <= N_SEEDS; seed++)
    live (seed, &n_recovered, &n_not_recovered);
  g_test_message ("%u recovered, %u not", n_recovered, n_not_recovered);
  g_assert_cmpuint (n_recovered, >, N_SEEDS);
  g_assert_cmpuint (n_not_recovered, >, N_SEEDS);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/core-model/model", test_model);
  return g_test_run ();
}
