/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-store.h"

#include <string.h>

#include "belfry-test-store.h"
#include "belfry-test.h"

/* What a Redis answers, compared with the model that the memory broker is held to as well: it works
 * out from all that was ever published what there still must be. The clock is Redis's, so that an
 * age is known within some bounds; where it decides, both answers are right. */

#define SEED 20260103
#define N_STEPS 2500
#define N_TOPICS 5
#define N_POSITIONS 4
#define N_KEYS 3
#define MS ((gint64) 1000)
#define SECOND ((gint64) G_USEC_PER_SEC)
#define MAX_PAYLOAD 400

/* Redis looks at its clock once for each turn of its loop, and expires keys by milliseconds. */
#define SLACK (5 * MS)

typedef struct
{
  gint64 from;
  gint64 to;
} Span;

typedef struct
{
  guint64 id;
  Span arrived;
  gsize cost;
} Published;

/* A topic in the model. Its messages are those of the present epoch; the first that is kept is one
 * from @first to @last_first. */
typedef struct
{
  char name[4];
  gboolean exists;
  gboolean doubtful; /* whether it has another epoch now is Redis's to tell */
  guint64 epoch;     /* 0: not known yet */
  Span used;
  BelfryTopicTraits traits;
  GArray *messages; /* (element-type Published) (owned) */
  guint first;
  guint last_first;
  BelfryPosition positions[N_POSITIONS];
  BelfryPosition keys[N_KEYS];
  gboolean claimed[N_KEYS];
} Topic;

typedef struct
{
  BelfryTestStore *redis;  /* (owned) */
  BelfryRedisStore *store; /* (owned) */
  GRand *rand;             /* (owned) */
  Topic topics[N_TOPICS];
  guint64 next_id;
  guint n_complete;
  guint n_incomplete;
  guint n_repeated;
  guint n_forgotten;
} World;

static guint64
id_of (const BelfryMessage *message)
{
  guint64 id;

  g_assert_cmpuint (g_bytes_get_size (message->payload), >=, sizeof id);
  memcpy (&id, g_bytes_get_data (message->payload, NULL), sizeof id);
  return id;
}

static void
world_init (World *self)
{
  static const char *const names[N_TOPICS] = { "a", "b", "c{", "}d", "{e}" };

  *self = (World){ .next_id = 1 };
  self->redis = belfry_test_store_new (NULL);
  self->store = belfry_test_store_open (self->redis, "one");
  self->rand = g_rand_new_with_seed (SEED);
  for (int i = 0; i < N_TOPICS; i++)
    {
      g_strlcpy (self->topics[i].name, names[i], sizeof self->topics[i].name);
      self->topics[i].messages = g_array_new (FALSE, FALSE, sizeof (Published));
    }
}

static void
world_clear (World *self)
{
  for (int i = 0; i < N_TOPICS; i++)
    g_array_unref (self->topics[i].messages);
  belfry_redis_store_free (self->store);
  belfry_test_store_free (self->redis);
  g_rand_free (self->rand);
}

static gboolean
is_certain (Span since, Span now, gint64 age)
{
  return now.from - since.to - SLACK >= age;
}

static gboolean
is_possible (Span since, Span now, gint64 age)
{
  return now.to - since.from + SLACK >= age;
}

static void
model_reset (Topic *topic, gboolean exists)
{
  topic->exists = exists;
  topic->doubtful = FALSE;
  topic->epoch = 0;
  topic->first = topic->last_first = 0;
  topic->traits = (BelfryTopicTraits){ .history_size = G_MAXUINT, .history_ttl = 300 * SECOND };
  g_array_set_size (topic->messages, 0);
}

/* Redis has answered with @epoch. An idle topic is another one when it is used again. */
static void
model_use (World *self, Topic *topic, guint64 epoch, Span now)
{
  gboolean forgotten = topic->exists && is_certain (topic->used, now, topic->traits.history_ttl);
  gboolean doubtful = topic->exists && is_possible (topic->used, now, topic->traits.history_ttl);

  g_assert_cmpuint (epoch, !=, 0);
  doubtful = doubtful || topic->doubtful;
  self->n_forgotten += forgotten;
  if (!topic->exists || forgotten || (doubtful && epoch != topic->epoch))
    model_reset (topic, TRUE);
  for (guint i = 0; i < N_POSITIONS && topic->epoch == 0; i++)
    g_assert_cmpuint (topic->positions[i].epoch, !=, epoch);
  if (topic->epoch == 0)
    topic->epoch = epoch;
  g_assert_cmpuint (topic->epoch, ==, epoch);
  topic->doubtful = FALSE;
  topic->used = now;
}

static gboolean
is_within (const Topic *topic, guint first)
{
  gsize bytes = 0;

  for (guint i = first; i < topic->messages->len; i++)
    bytes += g_array_index (topic->messages, Published, i).cost;
  return topic->messages->len - first <= topic->traits.history_size &&
         (topic->traits.history_bytes == 0 || bytes <= topic->traits.history_bytes);
}

static void
model_trim (Topic *topic, Span now)
{
  guint n = topic->messages->len;
  gint64 ttl = topic->traits.history_ttl;

  while (topic->first < n &&
         (!is_within (topic, topic->first) ||
          is_certain (g_array_index (topic->messages, Published, topic->first).arrived, now, ttl)))
    topic->first++;
  topic->last_first = MAX (topic->first, topic->last_first);
  while (
      topic->last_first < n &&
      is_possible (g_array_index (topic->messages, Published, topic->last_first).arrived, now, ttl))
    topic->last_first++;
}

static void
remember (World *self, Topic *topic, BelfryPosition position)
{
  topic->positions[g_rand_int_range (self->rand, 0, N_POSITIONS)] = position;
}

static void
choose_traits (World *self, BelfryTopicTraits *traits)
{
  static const guint sizes[] = { 1, 3, 10, 1000, 10, 1000 };
  static const gsize bytes[] = { 0, 900, 2000, 20000 };
  static const gint64 ttls[] = { 60 * MS, 200 * MS, 20 * SECOND, 60 * SECOND };

  if (g_rand_int_range (self->rand, 0, 20) > 0 && traits->history_size > 0 &&
      traits->history_size != G_MAXUINT)
    return;
  traits->history_size = sizes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (sizes))];
  traits->history_bytes = bytes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (bytes))];
  traits->history_ttl = ttls[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (ttls))];
}

static BelfryPosition
publish (World *self, const BelfryPublication *publication, Span *now)
{
  BelfryPosition position;
  g_autoptr (GError) error = NULL;

  now->from = g_get_real_time ();
  belfry_redis_store_publish_async (self->store, publication, NULL, belfry_test_store_keep,
                                    self->redis);
  belfry_redis_store_publish_finish (belfry_test_store_wait (self->redis), &position, NULL, &error);
  g_assert_no_error (error);
  now->to = g_get_real_time ();
  return position;
}

static void
model_publish (World *self,
               Topic *topic,
               const BelfryPublication *publication,
               BelfryPosition position,
               const Published *published)
{
  model_use (self, topic, position.epoch, published->arrived);
  topic->traits = publication->traits;
  g_array_append_val (topic->messages, *published);
  g_assert_cmpuint (position.offset, ==, topic->messages->len);
  model_trim (topic, published->arrived);
  remember (self, topic, position);
}

/* With a key nothing may happen twice; and in a topic that keeps nothing, all that was is gone. */
static void
step_publish (World *self, Topic *topic)
{
  static const char *const names[N_KEYS] = { "k", "another key", "}" };
  gsize size = (gsize) g_rand_int_range (self->rand, sizeof (guint64), MAX_PAYLOAD);
  guint64 *data = g_malloc0 (size);
  g_autoptr (GBytes) payload = g_bytes_new_take (data, size);
  BelfryPublication publication = { .topic = topic->name, .payload = payload };
  int key = g_rand_int_range (self->rand, 0, 10 * N_KEYS);
  Published published = { .id = self->next_id++ };

  *data = published.id;
  published.cost = BELFRY_REDIS_STORE_MESSAGE_COST + strlen (topic->name) + size;
  publication.traits = topic->traits;
  choose_traits (self, &publication.traits);
  if (key < N_KEYS)
    publication.idempotency_key = names[key];
  if (key == 0 && g_rand_boolean (self->rand))
    publication.traits.history_size = 0;
  BelfryPosition position = publish (self, &publication, &published.arrived);
  if (key < N_KEYS && topic->claimed[key])
    {
      g_assert_cmpuint (position.epoch, ==, topic->keys[key].epoch);
      g_assert_cmpuint (position.offset, ==, topic->keys[key].offset);
      self->n_repeated++;
      return;
    }
  if (publication.traits.history_size == 0)
    model_reset (topic, FALSE);
  else
    model_publish (self, topic, &publication, position, &published);
  if (key >= N_KEYS)
    return;
  topic->claimed[key] = TRUE;
  topic->keys[key] = position;
}

static BelfryPosition
choose_since (World *self, const Topic *topic)
{
  switch (g_rand_int_range (self->rand, 0, 8))
    {
    case 0:
      return (BelfryPosition){ 1 + g_rand_int (self->rand), topic->messages->len };
    case 1:
      return (BelfryPosition){ MAX (topic->epoch, 1), topic->messages->len + 1 };
    case 2:
      return (BelfryPosition){ MAX (topic->epoch, 1), G_MAXUINT64 };
    case 3:
      return (BelfryPosition){ MAX (topic->epoch, 1), 0 };
    default:
      return topic->positions[g_rand_int_range (self->rand, 0, N_POSITIONS)];
    }
}

static void
check_messages (const Topic *topic, const BelfryHistoryPage *page, guint64 after)
{
  for (guint i = 0; i < page->messages->len; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (page->messages, i);
      guint64 offset = after + 1 + i;

      g_assert_cmpstr (message->topic, ==, topic->name);
      g_assert_cmpuint (message->position.epoch, ==, topic->epoch);
      g_assert_cmpuint (message->position.offset, ==, offset);
      g_assert_cmpuint (offset, <=, topic->messages->len);
      const Published *published = &g_array_index (topic->messages, Published, offset - 1);
      g_assert_cmpuint (id_of (message), ==, published->id);
      g_assert_cmpint (message->published, >=, published->arrived.from - SLACK);
      g_assert_cmpint (message->published, <=, published->arrived.to + SLACK);
    }
}

/* Returns: how many come, if the first that is kept is @first */
static guint64
count (const Topic *topic, const BelfryPosition *since, guint limit, guint first)
{
  guint64 last = topic->messages->len;

  if (since == NULL)
    return MIN (last - first, limit);
  return MIN (last - MAX (first, since->offset), limit);
}

/* Exactly what the topic's limits allow, in order; and complete if nothing is missing. */
static void
check_page (World *self,
            const Topic *topic,
            const BelfryHistoryPage *page,
            const BelfryPosition *since,
            guint limit)
{
  guint64 last = topic->messages->len;
  guint n = page->messages->len;

  g_assert_cmpuint (page->position.offset, ==, last);
  if (since != NULL && (since->epoch != topic->epoch || since->offset > last))
    {
      g_assert_cmpuint (n, ==, 0);
      g_assert_false (page->complete);
      return;
    }
  g_assert_cmpuint (n, <=, count (topic, since, limit, topic->first));
  g_assert_cmpuint (n, >=, count (topic, since, limit, topic->last_first));
  g_assert_cmpint (page->complete, ==, since == NULL || n == last - since->offset);
  if (n == 0)
    return;
  const BelfryMessage *oldest = g_ptr_array_index (page->messages, 0);
  guint64 after = oldest->position.offset - 1;
  check_messages (topic, page, after);
  if (since == NULL)
    {
      g_assert_cmpuint (after, ==, last - n);
      return;
    }
  g_assert_cmpuint (after, >=, MAX (topic->first, since->offset));
  g_assert_cmpuint (after, <=, MAX (topic->last_first, since->offset));
  self->n_complete += page->complete;
  self->n_incomplete += !page->complete;
}

static void
step_read (World *self, Topic *topic)
{
  gboolean recover = g_rand_int_range (self->rand, 0, 4) > 0;
  guint limit =
      g_rand_boolean (self->rand) ? G_MAXUINT : (guint) g_rand_int_range (self->rand, 0, 40);
  BelfryPosition chosen = choose_since (self, topic);
  const BelfryPosition *since = recover ? &chosen : NULL;
  Span now = { g_get_real_time (), 0 };
  g_autoptr (GError) error = NULL;

  belfry_redis_store_history_async (self->store, topic->name, NULL, since, limit, NULL,
                                    belfry_test_store_keep, self->redis);
  g_autoptr (BelfryHistoryPage) page =
      belfry_redis_store_history_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  now.to = g_get_real_time ();
  model_use (self, topic, page->position.epoch, now);
  model_trim (topic, now);
  check_page (self, topic, page, since, limit);
  remember (self, topic, page->position);
}

/* Redis may evict a key whenever it likes: what is left of the topic is not taken for all of it. */
static void
step_evict (World *self, Topic *topic)
{
  gboolean meta = g_rand_boolean (self->rand);
  g_autofree char *command =
      g_strdup_printf ("DEL belfry:%s:{%s}", meta ? "meta" : "stream", topic->name);

  if (topic->name[1] != '\0')
    return;
  belfry_test_store_command (self->redis, command);
  topic->doubtful = self->redis->integer > 0;
  if (meta && topic->doubtful)
    model_reset (topic, FALSE);
}

static void
step_time (World *self)
{
  gint64 until = g_get_real_time () + g_rand_int_range (self->rand, 1, 100) * MS;

  belfry_test_wait_until (g_get_real_time () >= until);
}

static void
step (World *self)
{
  Topic *topic = &self->topics[g_rand_int_range (self->rand, 0, N_TOPICS)];
  int choice = g_rand_int_range (self->rand, 0, 200);

  if (choice < 120)
    step_publish (self, topic);
  else if (choice < 190)
    step_read (self, topic);
  else if (choice < 193)
    step_evict (self, topic);
  else if (choice < 196)
    belfry_test_store_command (self->redis, "SCRIPT FLUSH");
  else
    step_time (self);
}

/* What is told is true and all there is; whatever Redis forgets in between. */
static void
test_model (void)
{
  World world;

  if (!belfry_test_redis_available ())
    return;
  world_init (&world);
  for (int i = 0; i < N_STEPS; i++)
    step (&world);
  g_test_message ("complete: %u, incomplete: %u, repeated: %u, forgotten: %u", world.n_complete,
                  world.n_incomplete, world.n_repeated, world.n_forgotten);
  g_assert_cmpuint (world.n_complete, >, N_STEPS / 100);
  g_assert_cmpuint (world.n_incomplete, >, N_STEPS / 100);
  g_assert_cmpuint (world.n_repeated, >, N_STEPS / 100);
  g_assert_cmpuint (world.n_forgotten, >, 0);
  world_clear (&world);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-store-model/model", test_model);
  return g_test_run ();
}
