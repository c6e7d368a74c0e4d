/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-topics.h"

#include "belfry-error.h"
#include "belfry-redis-metrics.h"
#include "belfry-test.h"

/* A pattern of topics, and what stands for it in Redis, where letters that mean something there are
 * escaped and a star stands for any text. */
static void
test_globs (void)
{
  static const struct
  {
    const char *prefix;
    const char *pattern;
    const char *glob;
  } rows[] = {
    { "", "a.*", "a.*" },
    { "", "a.>", "a.*" },
    { "", ">", "*" },
    { "", "*", "*" },
    { "", "*.*:x", "*.*:x" },
    { "app:", "a.*", "app:a.*" },
    { "", "a*b.*", "a\\*b.*" },
    { "", "a.x>.*", "a.x>.*" },
    { "", "[a-z]?\\.*", "\\[a-z\\]\\?\\\\.*" },
    { "p[1]*", "*", "p\\[1\\]\\**" },
    { "", "a..*", "a..*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *glob = belfry_redis_glob_new (rows[i].prefix, rows[i].pattern);

      g_assert_cmpstr (glob, ==, rows[i].glob);
    }
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GString *log = user_data;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_string_append (log, "yes ");
  else if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED))
    g_string_append (log, "closed ");
}

static void
wait_for (BelfryRedisWant *want, GString *log)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_result, log);

  g_task_set_source_tag (task, wait_for);
  belfry_redis_want_wait (want, task);
}

/* Whoever waits is told of the confirmation, or that it is given up. */
static void
test_waiting (void)
{
  g_autoptr (BelfryRedisTopics) topics = belfry_redis_topics_new ("");
  g_autoptr (GString) log = g_string_new (NULL);
  BelfryRedisTopic *a = belfry_redis_topics_add (topics, "a");
  BelfryRedisTopic *b = belfry_redis_topics_add (topics, "b");
  BelfryRedisPattern *c = belfry_redis_topics_add_pattern (topics, "c.*");

  wait_for (&a->want, log);
  wait_for (&a->want, log);
  belfry_redis_want_confirm (&a->want);
  belfry_test_wait_until (g_str_equal (log->str, "yes yes "));
  g_assert_true (a->want.subscribed);
  wait_for (&b->want, log);
  wait_for (&c->want, log);
  belfry_redis_topics_remove (topics, b);
  g_free (belfry_redis_topics_remove_pattern (topics, c));
  belfry_test_wait_until (g_str_equal (log->str, "yes yes closed closed "));
  g_assert_cmpuint (a->want.serial, !=, 0);
}

static gboolean
wants (BelfryRedisTopics *topics, const char *name)
{
  const BelfryTopicKey key = belfry_topic_key (name);

  return belfry_redis_topics_wants (topics, belfry_redis_topics_find (topics, &key), name);
}

static gboolean
takes (BelfryRedisTopics *topics, const char *name, const char *glob)
{
  const BelfryTopicKey key = belfry_topic_key (name);

  return belfry_redis_topics_takes_from (topics, belfry_redis_topics_find (topics, &key), name,
                                         glob);
}

/* A message is taken from one of the ways by which it comes: from its channel, or else from one of
 * the patterns that really match. */
static void
test_ways (void)
{
  g_autoptr (BelfryRedisTopics) topics = belfry_redis_topics_new ("");
  BelfryRedisTopic *name = belfry_redis_topics_add (topics, "a.b");
  BelfryRedisPattern *one = belfry_redis_topics_add_pattern (topics, "a.*");
  BelfryRedisPattern *all = belfry_redis_topics_add_pattern (topics, ">");

  g_assert_false (wants (topics, "a.b"));
  belfry_redis_want_confirm (&one->want);
  g_assert_true (takes (topics, "a.b", "a.*"));
  belfry_redis_want_confirm (&all->want);
  g_assert_true (takes (topics, "a.b", "*"));
  g_assert_false (takes (topics, "a.b", "a.*"));
  belfry_redis_want_confirm (&name->want);
  g_assert_false (takes (topics, "a.b", "*"));
  g_assert_true (wants (topics, "a.b"));
  g_free (belfry_redis_topics_remove_pattern (topics, all));
  g_assert_true (takes (topics, "a.x", "a.*"));
  g_assert_false (takes (topics, "a.x.y", "a.*"));
  g_assert_false (wants (topics, "a.x.y"));
  belfry_redis_topics_remove (topics, name);
  g_assert_true (takes (topics, "a.b", "a.*"));
}

/* Two patterns that are one for Redis are subscribed to once, and given up with the second. */
static void
test_shared_glob (void)
{
  g_autoptr (BelfryRedisTopics) topics = belfry_redis_topics_new ("");
  BelfryRedisPattern *one = belfry_redis_topics_add_pattern (topics, "a.*");
  BelfryRedisPattern *more = belfry_redis_topics_add_pattern (topics, "a.>");

  g_assert_true (one->glob == more->glob);
  g_assert_true (belfry_redis_topics_find_glob (topics, "a.*") == one->glob);
  belfry_redis_want_confirm (&one->want);
  belfry_redis_want_confirm (&more->want);
  g_assert_true (takes (topics, "a.b", "a.*"));
  g_assert_null (belfry_redis_topics_remove_pattern (topics, one));
  g_assert_true (takes (topics, "a.b.c", "a.*"));

  g_autofree char *glob = belfry_redis_topics_remove_pattern (topics, more);

  g_assert_cmpstr (glob, ==, "a.*");
  g_assert_null (belfry_redis_topics_find_glob (topics, "a.*"));
  g_assert_null (belfry_redis_topics_find_pattern (topics, "a.>"));
}

/* What there is can be listed. */
static void
test_list (void)
{
  g_autoptr (BelfryRedisTopics) topics = belfry_redis_topics_new ("");
  BelfryRedisTopic *name = belfry_redis_topics_add (topics, "a");
  BelfryRedisPattern *pattern = belfry_redis_topics_add_pattern (topics, "a.*");
  g_autoptr (GPtrArray) names = belfry_redis_topics_list (topics);
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (topics);

  g_assert_cmpuint (names->len, ==, 1);
  g_assert_true (names->pdata[0] == name);
  g_assert_cmpuint (patterns->len, ==, 1);
  g_assert_true (patterns->pdata[0] == pattern);
}

/* Each fault is counted under its own name. */
static void
test_metrics (void)
{
  const BelfryMetricTable table = { belfry_redis_metrics, BELFRY_REDIS_N_METRICS };
  g_autoptr (BelfryMetrics) metrics = belfry_metrics_new (&table, 1);
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);
  BelfryRedisSlot redis_slot;

  g_assert_nonnull (metrics);
  belfry_redis_slot_init (&redis_slot, slot);
  for (guint i = 1; i < BELFRY_REDIS_N_FAULTS; i++)
    {
      const BelfryMetricSpec *spec = &belfry_redis_metrics[BELFRY_REDIS_METRIC_FAULTS + i - 1];

      g_assert_cmpstr (spec->labels[0].value, ==,
                       belfry_redis_fault_to_string ((BelfryRedisFault) i));
    }
  belfry_redis_slot_count_fault (&redis_slot, BELFRY_REDIS_FAULT_CLOSED);
  belfry_redis_slot_count_fault (&redis_slot, BELFRY_REDIS_FAULT_NONE);

  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);

  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot,
                                                         BELFRY_REDIS_METRIC_RECEIVED - 1),
                    ==, 1);
  belfry_redis_slot_init (&redis_slot, NULL);
  belfry_redis_slot_set (&redis_slot, BELFRY_REDIS_METRIC_OUTBOX_BYTES, 1);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);

  belfry_test_add ("/redis-topics/globs", test_globs);
  belfry_test_add ("/redis-topics/waiting", test_waiting);
  belfry_test_add ("/redis-topics/ways", test_ways);
  belfry_test_add ("/redis-topics/shared-glob", test_shared_glob);
  belfry_test_add ("/redis-topics/list", test_list);
  belfry_test_add ("/redis-topics/metrics", test_metrics);

  return g_test_run ();
}
