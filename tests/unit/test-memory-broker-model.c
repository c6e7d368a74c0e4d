/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-memory-broker.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

/* What the memory broker answers, compared with what a model does that never drops anything and
 * works out from all that was ever published what there still must be. */

#define SEED 20260102
#define N_STEPS 6000
#define N_TOPICS 5
#define N_EPOCHS 4
#define SECOND ((gint64) G_USEC_PER_SEC)
#define MAX_PAYLOAD 400
#define PLENTY ((gsize) 1024 * 1024 * 1024)
#define SCARCE ((gsize) 12 * 1024)

typedef struct
{
  guint64 id;
  gint64 arrived;
  gsize cost;
} Published;

/* A topic in the model. Its messages are those of the present epoch. */
typedef struct
{
  char name[2];
  gboolean exists;
  gboolean subscribed;
  guint64 epoch; /* 0: not known yet */
  gint64 used;
  BelfryTopicTraits traits;
  GArray *messages;                   /* (element-type Published) (owned) */
  guint first;                        /* the first that is kept */
  BelfryPosition positions[N_EPOCHS]; /* some that clients may have, of whatever epoch */
} Topic;

typedef struct
{
  BelfryFakeClock *clock;     /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryBroker *broker;       /* (owned) */
  GRand *rand;                /* (owned) */
  Topic topics[N_TOPICS];
  guint64 next_id;
  gboolean exact; /* the budget is never reached, so that the model knows what is kept */
  guint n_complete;
  guint n_incomplete;
  GAsyncResult *result; /* (owned) (nullable) */
} World;

static gint64
now_of (const World *self)
{
  return belfry_clock_now (BELFRY_CLOCK (self->clock));
}

static guint64
id_of (const BelfryMessage *message)
{
  return *(const guint64 *) g_bytes_get_data (message->payload, NULL);
}

static void
no_message (BelfryMessage *message, gpointer user_data)
{
}

static const BelfryBrokerSink sink = { .message = no_message };

static void
world_init (World *self, gsize budget)
{
  *self = (World){ .exact = budget == PLENTY, .next_id = 1 };
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->broker = belfry_memory_broker_new (BELFRY_CLOCK (self->clock), self->wheel, budget);
  self->rand = g_rand_new_with_seed (SEED);
  belfry_broker_set_sink (self->broker, &sink, NULL);
  for (int i = 0; i < N_TOPICS; i++)
    {
      self->topics[i].name[0] = (char) ('a' + i);
      self->topics[i].messages = g_array_new (FALSE, FALSE, sizeof (Published));
    }
}

static void
world_clear (World *self)
{
  for (int i = 0; i < N_TOPICS; i++)
    g_array_unref (self->topics[i].messages);
  g_clear_object (&self->result);
  belfry_test_assert_finalizes (self->broker);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
  g_rand_free (self->rand);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  World *self = user_data;

  g_set_object (&self->result, result);
}

static GAsyncResult *
wait_for_result (World *self)
{
  belfry_test_wait_until (self->result != NULL);
  return self->result;
}

static void
model_reset (Topic *topic, gboolean exists)
{
  topic->exists = exists;
  topic->epoch = 0;
  topic->first = 0;
  topic->traits = (BelfryTopicTraits){ .history_size = G_MAXUINT, .history_ttl = 300 * SECOND };
  g_array_set_size (topic->messages, 0);
}

/* An idle topic that nobody wants is another one when it is used again. */
static void
model_use (World *self, Topic *topic)
{
  gint64 now = now_of (self);
  gboolean idle = now - topic->used >= topic->traits.history_ttl;

  if (!topic->exists || (idle && !topic->subscribed))
    model_reset (topic, TRUE);
  topic->used = now;
}

static void
model_trim (World *self, Topic *topic)
{
  const BelfryTopicTraits *traits = &topic->traits;

  for (; topic->first < topic->messages->len; topic->first++)
    {
      const Published *oldest = &g_array_index (topic->messages, Published, topic->first);
      gsize bytes = 0;

      for (guint i = topic->first; i < topic->messages->len; i++)
        bytes += g_array_index (topic->messages, Published, i).cost;
      if (topic->messages->len - topic->first <= traits->history_size &&
          (traits->history_bytes == 0 || bytes <= traits->history_bytes) &&
          now_of (self) - oldest->arrived < traits->history_ttl)
        return;
    }
}

/* The model learns an epoch from the first answer, and then holds the broker to it. */
static void
check_epoch (World *self, Topic *topic, guint64 epoch)
{
  g_assert_cmpuint (epoch, !=, 0);
  for (guint i = 0; i < N_EPOCHS && topic->epoch == 0 && self->exact; i++)
    g_assert_cmpuint (topic->positions[i].epoch, !=, epoch);
  if (!self->exact && topic->epoch != epoch && topic->epoch != 0)
    {
      model_reset (topic, TRUE);
      topic->used = now_of (self);
    }
  if (topic->epoch == 0)
    topic->epoch = epoch;
  g_assert_cmpuint (topic->epoch, ==, epoch);
}

static void
remember (World *self, Topic *topic, BelfryPosition position)
{
  topic->positions[g_rand_int_range (self->rand, 0, N_EPOCHS)] = position;
}

static void
choose_traits (World *self, BelfryTopicTraits *traits)
{
  static const guint sizes[] = { 1, 3, 10, 1000, 10, 1000, 10, 0 };
  static const gsize bytes[] = { 0, 700, 2000, 20000 };

  if (g_rand_int_range (self->rand, 0, 20) > 0 && traits->history_size > 0 &&
      traits->history_size != G_MAXUINT)
    return;
  traits->history_size = sizes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (sizes))];
  traits->history_bytes = bytes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (bytes))];
  traits->history_ttl = g_rand_int_range (self->rand, 1, 20) * SECOND;
}

static void
model_publish (World *self, Topic *topic, BelfryPosition position, const Published *published)
{
  check_epoch (self, topic, position.epoch);
  g_array_append_val (topic->messages, *published);
  g_assert_cmpuint (position.offset, ==, topic->messages->len);
  model_trim (self, topic);
  remember (self, topic, position);
}

static gsize
cost_of (const char *topic, GBytes *payload)
{
  BelfryMessageParams params = { .topic = topic, .payload = payload };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  return belfry_message_get_cost (message) + sizeof (gpointer);
}

static void
step_publish (World *self, Topic *topic)
{
  gsize size = (gsize) g_rand_int_range (self->rand, sizeof (guint64), MAX_PAYLOAD);
  guint64 *data = g_malloc0 (size);
  g_autoptr (GBytes) payload = g_bytes_new_take (data, size);
  BelfryPublication publication = { .topic = topic->name, .payload = payload };
  BelfryPosition position;

  *data = self->next_id++;
  publication.traits = topic->traits;
  choose_traits (self, &publication.traits);
  if (publication.traits.history_size > 0)
    model_use (self, topic);
  topic->traits = publication.traits;
  g_clear_object (&self->result);
  belfry_broker_publish_async (self->broker, &publication, NULL, on_result, self);
  g_assert_true (
      belfry_broker_publish_finish (self->broker, wait_for_result (self), &position, NULL));
  g_assert_cmpint (belfry_position_is_set (&position), ==, publication.traits.history_size > 0);
  const Published published = { *data, now_of (self), cost_of (topic->name, payload) };
  if (publication.traits.history_size == 0)
    model_reset (topic, FALSE);
  else
    model_publish (self, topic, position, &published);
}

static BelfryPosition
choose_since (World *self, const Topic *topic)
{
  switch (g_rand_int_range (self->rand, 0, 8))
    {
    case 0:
      return (BelfryPosition){ g_rand_int (self->rand), topic->messages->len };
    case 1:
      return (BelfryPosition){ topic->epoch, topic->messages->len + 1 };
    case 2:
      return (BelfryPosition){ topic->epoch, 0 };
    default:
      return topic->positions[g_rand_int_range (self->rand, 0, N_EPOCHS)];
    }
}

/* The messages must be those with these offsets, byte for byte. */
static void
check_messages (const Topic *topic, const BelfryHistoryPage *page, guint64 after)
{
  for (guint i = 0; i < page->messages->len; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (page->messages, i);
      guint64 offset = after + 1 + i;

      g_assert_cmpuint (message->position.epoch, ==, topic->epoch);
      g_assert_cmpuint (message->position.offset, ==, offset);
      g_assert_cmpuint (offset, <=, topic->messages->len);
      g_assert_cmpuint (id_of (message), ==,
                        g_array_index (topic->messages, Published, offset - 1).id);
    }
}

/* Whatever was dropped and why: what is told is true, in order, and complete if that is said. */
static void
check_recovery (const Topic *topic,
                const BelfryHistoryPage *page,
                const BelfryPosition *since,
                guint limit)
{
  guint n = page->messages->len;

  if (since->epoch != topic->epoch || since->offset > topic->messages->len)
    {
      g_assert_cmpuint (n, ==, 0);
      g_assert_false (page->complete);
      return;
    }
  guint64 missed = topic->messages->len - since->offset;
  g_assert_cmpint (page->complete, ==, n == missed);
  g_assert_cmpuint (n, <=, MIN (missed, limit));
  if (n == 0)
    return;
  const BelfryMessage *first = g_ptr_array_index (page->messages, 0);
  g_assert_cmpuint (first->position.offset, >, since->offset);
  check_messages (topic, page, first->position.offset - 1);
}

/* Without pressure on the memory nothing may be missing that the topic's own limits allow. */
static void
check_exact (const Topic *topic,
             const BelfryHistoryPage *page,
             const BelfryPosition *since,
             guint limit)
{
  guint64 last = topic->messages->len;
  guint64 after = topic->first;

  if (since == NULL)
    after = MAX (after, last - MIN (last, limit));
  else if (since->epoch != topic->epoch || since->offset > last)
    after = last;
  else
    after = MAX (after, since->offset);
  g_assert_cmpuint (page->messages->len, ==, MIN (last - after, limit));
  check_messages (topic, page, after);
}

static void
step_read (World *self, Topic *topic)
{
  gboolean recover = g_rand_int_range (self->rand, 0, 4) > 0;
  guint limit =
      g_rand_boolean (self->rand) ? G_MAXUINT : (guint) g_rand_int_range (self->rand, 0, 8);
  BelfryPosition since = choose_since (self, topic);

  model_use (self, topic);
  g_clear_object (&self->result);
  belfry_broker_history_async (self->broker, topic->name, recover ? &since : NULL, limit, NULL,
                               on_result, self);
  g_autoptr (BelfryHistoryPage) page =
      belfry_broker_history_finish (self->broker, wait_for_result (self), NULL);
  check_epoch (self, topic, page->position.epoch);
  model_trim (self, topic);
  g_assert_cmpuint (page->position.offset, ==, topic->messages->len);
  if (self->exact)
    check_exact (topic, page, recover ? &since : NULL, limit);
  if (recover)
    {
      check_recovery (topic, page, &since, limit);
      self->n_complete += page->complete && page->messages->len > 0;
      self->n_incomplete += !page->complete;
    }
  else
    g_assert_true (page->complete);
  remember (self, topic, page->position);
}

static void
step_subscribe (World *self, Topic *topic)
{
  if (topic->subscribed)
    {
      topic->used = now_of (self);
      belfry_broker_unsubscribe (self->broker, topic->name);
    }
  else
    {
      /* One that is outdated, but was not given back yet, may be taken up again. */
      belfry_deadline_wheel_turn (self->wheel);
      if (topic->exists && now_of (self) - topic->used >= topic->traits.history_ttl)
        model_reset (topic, FALSE);
      belfry_broker_subscribe_async (self->broker, topic->name, NULL, NULL, NULL);
    }
  topic->subscribed = !topic->subscribed;
}

/* Never a whole second, so that no deadline is still within the wheel's tick. */
static void
step_time (World *self)
{
  gint64 whole = g_rand_int_range (self->rand, 0, g_rand_boolean (self->rand) ? 2 : 12);

  belfry_fake_clock_advance (self->clock, whole * SECOND + SECOND / 8);
  if (g_rand_boolean (self->rand))
    belfry_deadline_wheel_turn (self->wheel);
}

static void
run (gsize budget)
{
  World world;

  world_init (&world, budget);
  for (int step = 0; step < N_STEPS; step++)
    {
      Topic *topic = &world.topics[g_rand_int_range (world.rand, 0, N_TOPICS)];
      int choice = g_rand_int_range (world.rand, 0, 40);

      if (choice < 24)
        step_publish (&world, topic);
      else if (choice < 36)
        step_read (&world, topic);
      else if (choice < 37)
        step_subscribe (&world, topic);
      else
        step_time (&world);
    }
  g_test_message ("complete: %u, incomplete: %u", world.n_complete, world.n_incomplete);
  g_assert_cmpuint (world.n_complete, >, N_STEPS / 100);
  g_assert_cmpuint (world.n_incomplete, >, N_STEPS / 100);
  world_clear (&world);
}

/* With room for all, exactly what each topic's limits allow is kept, and told. */
static void
test_plenty (void)
{
  run (PLENTY);
}

/* Under pressure less is kept, but whatever is told is true, and a hole is never hidden. */
static void
test_scarce (void)
{
  run (SCARCE);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/memory-broker-model/plenty", test_plenty);
  belfry_test_add ("/memory-broker-model/scarce", test_scarce);
  return g_test_run ();
}
