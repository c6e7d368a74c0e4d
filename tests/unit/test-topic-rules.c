/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-topic-rules.h"

#include "belfry-error.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

#define KIB 1024
#define SECOND ((gint64) G_USEC_PER_SEC)

static BelfryTopicRules *
make_rules (const char *text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);
  g_autoptr (GError) error = NULL;
  BelfryTopicRules *rules = belfry_topic_rules_new (config, &error);

  g_assert_no_error (error);
  return rules;
}

static BelfryTopicTraits
lookup (const BelfryTopicRules *rules, const char *topic)
{
  BelfryTopicTraits traits;

  belfry_topic_rules_lookup (rules, topic, NULL, &traits);
  return traits;
}

/* Where nothing is written, every topic has the defaults. */
static void
test_defaults (void)
{
  g_autoptr (BelfryTopicRules) rules = make_rules ("");
  BelfryTopicTraits traits = lookup (rules, "a.b.c");

  g_assert_cmpuint (traits.history_size, ==, 0);
  g_assert_cmpuint (traits.history_bytes, ==, KIB * KIB);
  g_assert_cmpint (traits.history_ttl, ==, 300 * SECOND);
  g_assert_false (traits.presence);
  g_assert_cmpint (traits.slow_consumer, ==, BELFRY_CONFIG_SLOW_DISCONNECT);
}

/* The group of all topics is that of those with many segments, too. */
static void
test_all_topics (void)
{
  g_autoptr (BelfryTopicRules) rules = make_rules (
      "[topic *]\nhistory-size = 1\nhistory-bytes = 2KiB\nhistory-ttl = 3s\npresence = yes\n"
      "slow-consumer = conflate\n");
  static const char *const topics[] = { "a", "a.b", "a:b/c", "." };

  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      BelfryTopicTraits traits = lookup (rules, topics[i]);

      g_assert_cmpuint (traits.history_size, ==, 1);
      g_assert_cmpuint (traits.history_bytes, ==, 2 * KIB);
      g_assert_cmpint (traits.history_ttl, ==, 3 * SECOND);
      g_assert_true (traits.presence);
      g_assert_cmpint (traits.slow_consumer, ==, BELFRY_CONFIG_SLOW_CONFLATE);
    }
}

static const char layers[] = "[topic *]\nhistory-size = 1\nhistory-ttl = 1s\n"
                             "[topic >]\nhistory-size = 2\n"
                             "[topic chat.>]\nhistory-size = 3\npresence = yes\n"
                             "[topic chat.*]\nhistory-size = 4\nhistory-bytes = 4KiB\n"
                             "[topic chat.*.log]\nslow-consumer = drop-oldest\n"
                             "[topic chat.lobby]\npresence = no\n"
                             "[topic *.lobby]\nhistory-size = 6\nhistory-ttl = 6s\n";

static const struct
{
  const char *topic;
  BelfryTopicTraits traits;
} layered[] = {
  { "news", { 2, KIB *KIB, SECOND, FALSE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "chat", { 2, KIB *KIB, SECOND, FALSE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "chat.a", { 4, 4 * KIB, SECOND, TRUE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "chat.a.b", { 3, KIB *KIB, SECOND, TRUE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "chat.a.log", { 3, KIB *KIB, SECOND, TRUE, BELFRY_CONFIG_SLOW_DROP_OLDEST } },
  { "chat.lobby", { 4, 4 * KIB, 6 * SECOND, FALSE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "game.lobby", { 6, KIB *KIB, 6 * SECOND, FALSE, BELFRY_CONFIG_SLOW_DISCONNECT } },
  { "chat:a", { 2, KIB *KIB, SECOND, FALSE, BELFRY_CONFIG_SLOW_DISCONNECT } },
};

/* Each trait is that of the most specific pattern which sets that very trait. */
static void
test_key_by_key (void)
{
  g_autoptr (BelfryTopicRules) rules = make_rules (layers);

  for (gsize i = 0; i < G_N_ELEMENTS (layered); i++)
    {
      BelfryTopicTraits traits = lookup (rules, layered[i].topic);

      g_test_message ("%s", layered[i].topic);
      g_assert_cmpuint (traits.history_size, ==, layered[i].traits.history_size);
      g_assert_cmpuint (traits.history_bytes, ==, layered[i].traits.history_bytes);
      g_assert_cmpint (traits.history_ttl, ==, layered[i].traits.history_ttl);
      g_assert_cmpint (traits.presence, ==, layered[i].traits.presence);
      g_assert_cmpint (traits.slow_consumer, ==, layered[i].traits.slow_consumer);
    }
}

/* The order in which groups are written has no say. */
static void
test_order (void)
{
  g_autoptr (BelfryTopicRules) rules =
      make_rules ("[topic a.b]\nhistory-size = 1\n[topic a.*]\nhistory-size = 2\n");
  g_autoptr (BelfryTopicRules) reversed =
      make_rules ("[topic a.*]\nhistory-size = 2\n[topic a.b]\nhistory-size = 1\n");

  g_assert_cmpuint (lookup (rules, "a.b").history_size, ==, 1);
  g_assert_cmpuint (lookup (reversed, "a.b").history_size, ==, 1);
}

/* A value that is written is one, even if it is the default. */
static void
test_default_written (void)
{
  g_autoptr (BelfryTopicRules) rules =
      make_rules ("[topic *]\nhistory-size = 5\n[topic a]\nhistory-size = 0\n");

  g_assert_cmpuint (lookup (rules, "a").history_size, ==, 0);
  g_assert_cmpuint (lookup (rules, "b").history_size, ==, 5);
}

static const struct
{
  const char *defect;
  const char *text;
  const char *said;
} bad_groups[] = {
  { "the rest is not the last", "\n[topic a.>.b]\npresence = yes\n",
    "test.conf:3: [topic a.>.b]: *not the last*" },
  { "the second key tells the place", "[topic >.]\nhistory-ttl = 1s\n",
    "test.conf:2: [topic >.]: *not the last*" },
  { "no key tells the place", "[topic a.>.b]\n", "[topic a.>.b]: *not the last*" },
  { "a reserved name", "[topic __x]\npresence = yes\n", "test.conf:2: [topic __x]: *reserved*" },
  { "a reserved pattern", "[topic $SYS.>]\npresence = yes\n",
    "test.conf:2: [topic $SYS.>]: *reserved*" },
};

/* A group whose name is no pattern is told, with its place if that is known. */
static void
test_bad_groups (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_groups); i++)
    {
      g_test_message ("%s", bad_groups[i].defect);
      g_autoptr (BelfryConfig) config = belfry_test_config_new (bad_groups[i].text);
      g_autoptr (GError) error = NULL;
      g_assert_null (belfry_topic_rules_new (config, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_true (g_pattern_match_simple (bad_groups[i].said, error->message));
    }
}

/* Rules outlive their configuration, as long as somebody has a reference. */
static void
test_references (void)
{
  BelfryTopicRules *rules = make_rules ("[topic a]\nhistory-size = 5\n");
  BelfryTopicRules *other = belfry_topic_rules_ref (rules);

  belfry_topic_rules_unref (rules);
  g_assert_cmpuint (lookup (other, "a").history_size, ==, 5);
  belfry_topic_rules_unref (other);
}

typedef struct
{
  const char *what;
  const char *config;
  guint size;
  gint64 ttl;
  gboolean presence;
} WantedCase;

/* A policy wants of `a.b` seven messages for a minute, and presence. */
static const WantedCase wanted_cases[] = {
  { "nothing is written down", "", 7, 60 * G_USEC_PER_SEC, TRUE },
  { "something else is", "[topic b]\npresence = no\n", 7, 60 * G_USEC_PER_SEC, TRUE },
  { "one of them for the topic", "[topic a.b]\nhistory-size = 3\n", 3, 60 * G_USEC_PER_SEC, TRUE },
  { "one of them for a pattern", "[topic a.>]\npresence = no\n", 7, 60 * G_USEC_PER_SEC, FALSE },
  { "one of them for all topics", "[topic *]\nhistory-ttl = 2s\n", 7, 2 * G_USEC_PER_SEC, TRUE },
  { "the default, but written down", "[topic *]\nhistory-size = 0\n", 0, 60 * G_USEC_PER_SEC,
    TRUE },
};

/* What the administrator has written down holds, whatever a policy wants; the defaults do not. */
static void
test_wanted (void)
{
  g_autoptr (BelfryTopicSettings) wanted = belfry_topic_settings_new ();

  belfry_topic_settings_set_history_size (wanted, 7);
  belfry_topic_settings_set_history_ttl (wanted, 60 * G_USEC_PER_SEC);
  belfry_topic_settings_set_presence (wanted, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (wanted_cases); i++)
    {
      g_autoptr (BelfryConfig) config = belfry_test_config_new (wanted_cases[i].config);
      g_autoptr (BelfryTopicRules) rules = belfry_topic_rules_new (config, NULL);
      BelfryTopicTraits traits;

      g_test_message ("%s", wanted_cases[i].what);
      belfry_topic_rules_lookup (rules, "a.b", wanted, &traits);
      g_assert_cmpuint (traits.history_size, ==, wanted_cases[i].size);
      g_assert_cmpint (traits.history_ttl, ==, wanted_cases[i].ttl);
      g_assert_cmpint (traits.presence, ==, wanted_cases[i].presence);
      g_assert_cmpuint (traits.history_bytes, ==, 1 << 20);
    }
}

/* Each of the words for slow clients is the same one. */
static void
test_wanted_slow_consumer (void)
{
  g_autoptr (BelfryTopicSettings) wanted = belfry_topic_settings_new ();
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("");
  g_autoptr (BelfryTopicRules) rules = belfry_topic_rules_new (config, NULL);

  for (int i = 0; i < BELFRY_CONFIG_N_SLOW; i++)
    {
      BelfryTopicTraits traits;

      belfry_topic_settings_set_slow_consumer (wanted, (BelfrySlowConsumer) i);
      belfry_topic_settings_set_history_bytes (wanted, 5);
      belfry_topic_rules_lookup (rules, "a", wanted, &traits);
      g_assert_cmpint (traits.slow_consumer, ==, i);
      g_assert_cmpuint (traits.history_bytes, ==, 5);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/topic-rules/defaults", test_defaults);
  belfry_test_add ("/topic-rules/all-topics", test_all_topics);
  belfry_test_add ("/topic-rules/key-by-key", test_key_by_key);
  belfry_test_add ("/topic-rules/order", test_order);
  belfry_test_add ("/topic-rules/default-written", test_default_written);
  belfry_test_add ("/topic-rules/bad-groups", test_bad_groups);
  belfry_test_add ("/topic-rules/references", test_references);
  belfry_test_add ("/topic-rules/wanted", test_wanted);
  belfry_test_add ("/topic-rules/wanted-slow-consumer", test_wanted_slow_consumer);
  return g_test_run ();
}
