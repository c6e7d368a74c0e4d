/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-topic-rules"

#include "config.h"

#include "belfry-topic-rules.h"

#include <string.h>

#include "belfry-config-table.h"
#include "belfry-error.h"
#include "belfry-topic-tree.h"
#include "belfry-topic.h"

/* The groups of topics as a tree of patterns. A rule says which of its traits are its own; for each
 * trait the most specific rule that has it as its own is looked for. The group of all topics has
 * all traits, defaults or not, and is the least specific. Never changes once it is made. */

/* In a group's name: all topics, of however many segments. */
#define ALL_TOPICS "*"

typedef enum
{
  TRAIT_HISTORY_SIZE,
  TRAIT_HISTORY_BYTES,
  TRAIT_HISTORY_TTL,
  TRAIT_PRESENCE,
  TRAIT_SLOW_CONSUMER,
  N_TRAITS,
} Trait;

static const BelfryConfigKey keys[] = {
  [TRAIT_HISTORY_SIZE] = BELFRY_CONFIG_TOPIC_HISTORY_SIZE,
  [TRAIT_HISTORY_BYTES] = BELFRY_CONFIG_TOPIC_HISTORY_BYTES,
  [TRAIT_HISTORY_TTL] = BELFRY_CONFIG_TOPIC_HISTORY_TTL,
  [TRAIT_PRESENCE] = BELFRY_CONFIG_TOPIC_PRESENCE,
  [TRAIT_SLOW_CONSUMER] = BELFRY_CONFIG_TOPIC_SLOW_CONSUMER,
};
G_STATIC_ASSERT (G_N_ELEMENTS (keys) == N_TRAITS);

typedef struct
{
  char *pattern; /* (owned) */
  gboolean own[N_TRAITS];
  BelfryTopicTraits traits;
} Rule;

struct _BelfryTopicRules
{
  gatomicrefcount refs;
  BelfryTopicTraits defaults; /* of all topics */
  gboolean own[N_TRAITS];     /* those of them that somebody has written down */
  GPtrArray *rules;           /* (element-type Rule) (owned) */
  BelfryTopicTree *tree;      /* (element-type Rule) (owned) */
};

typedef struct
{
  const Rule *best[N_TRAITS]; /* (unowned) (nullable) */
} Search;

static void
rule_free (Rule *self)
{
  g_free (self->pattern);
  g_free (self);
}

static void
read_traits (const BelfryConfigInstance *instance, BelfryTopicTraits *traits)
{
  *traits = (BelfryTopicTraits){
    .history_size =
        (guint) belfry_config_instance_get_number (instance, BELFRY_CONFIG_TOPIC_HISTORY_SIZE),
    .history_bytes =
        (gsize) belfry_config_instance_get_number (instance, BELFRY_CONFIG_TOPIC_HISTORY_BYTES),
    .history_ttl = belfry_config_instance_get_number (instance, BELFRY_CONFIG_TOPIC_HISTORY_TTL),
    .presence = belfry_config_instance_get_boolean (instance, BELFRY_CONFIG_TOPIC_PRESENCE),
    .slow_consumer = (BelfryConfigSlowConsumer)
        belfry_config_instance_get_enum (instance, BELFRY_CONFIG_TOPIC_SLOW_CONSUMER),
  };
}

static void
read_own (const BelfryConfigInstance *instance, gboolean *own)
{
  for (int i = 0; i < N_TRAITS; i++)
    own[i] = belfry_config_instance_is_set (instance, keys[i]);
}

static Rule *
rule_new (const BelfryConfigInstance *instance)
{
  Rule *self = g_new0 (Rule, 1);

  self->pattern = g_strdup (belfry_config_instance_get_name (instance));
  read_traits (instance, &self->traits);
  read_own (instance, self->own);
  return self;
}

static void
copy_trait (BelfryTopicTraits *to, const BelfryTopicTraits *from, Trait trait)
{
  switch (trait)
    {
    case TRAIT_HISTORY_SIZE:
      to->history_size = from->history_size;
      break;
    case TRAIT_HISTORY_BYTES:
      to->history_bytes = from->history_bytes;
      break;
    case TRAIT_HISTORY_TTL:
      to->history_ttl = from->history_ttl;
      break;
    case TRAIT_PRESENCE:
      to->presence = from->presence;
      break;
    case TRAIT_SLOW_CONSUMER:
      to->slow_consumer = from->slow_consumer;
      break;
    case N_TRAITS:
    default:
      g_assert_not_reached ();
    }
}

/* Where the group is written is known of its keys only. */
static char *
place_of (const BelfryConfigInstance *instance)
{
  for (int i = 0; i < N_TRAITS; i++)
    {
      if (belfry_config_instance_is_set (instance, keys[i]))
        {
          g_autofree char *origin = belfry_config_origin_to_string (
              belfry_config_instance_get_origin (instance, keys[i]));

          return g_strconcat (origin, ": ", NULL);
        }
    }
  return g_strdup ("");
}

static gboolean
check_pattern (const BelfryConfigInstance *instance, GError **error)
{
  const char *name = belfry_config_instance_get_name (instance);
  g_autoptr (GError) reason = NULL;
  BelfryTopicKind kind = belfry_topic_classify (name, strlen (name), &reason);

  if (kind == BELFRY_TOPIC_NAME || kind == BELFRY_TOPIC_PATTERN)
    return TRUE;
  g_autofree char *place = place_of (instance);
  g_autofree char *shown = g_strescape (name, NULL);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "%s[topic %s]: %s", place, shown,
               reason->message);
  return FALSE;
}

static void
consider (const char *pattern, gpointer value, gpointer user_data)
{
  const Rule *rule = value;
  Search *search = user_data;

  for (int i = 0; i < N_TRAITS; i++)
    {
      const Rule *best = search->best[i];

      if (rule->own[i] &&
          (best == NULL || belfry_topic_compare_specific (rule->pattern, best->pattern) < 0))
        search->best[i] = rule;
    }
}

G_STATIC_ASSERT ((int) BELFRY_SLOW_CONSUMER_DISCONNECT == (int) BELFRY_CONFIG_SLOW_DISCONNECT);
G_STATIC_ASSERT ((int) BELFRY_SLOW_CONSUMER_DROP_OLDEST == (int) BELFRY_CONFIG_SLOW_DROP_OLDEST);
G_STATIC_ASSERT ((int) BELFRY_SLOW_CONSUMER_DROP_NEWEST == (int) BELFRY_CONFIG_SLOW_DROP_NEWEST);
G_STATIC_ASSERT ((int) BELFRY_SLOW_CONSUMER_CONFLATE == (int) BELFRY_CONFIG_SLOW_CONFLATE);

static void
apply_wanted (BelfryTopicTraits *traits, const BelfryTopicSettings *wanted)
{
  guint64 bytes;
  BelfrySlowConsumer slow_consumer;

  belfry_topic_settings_get_history_size (wanted, &traits->history_size);
  belfry_topic_settings_get_history_ttl (wanted, &traits->history_ttl);
  belfry_topic_settings_get_presence (wanted, &traits->presence);
  if (belfry_topic_settings_get_history_bytes (wanted, &bytes))
    traits->history_bytes = (gsize) bytes;
  if (belfry_topic_settings_get_slow_consumer (wanted, &slow_consumer))
    traits->slow_consumer = (BelfryConfigSlowConsumer) slow_consumer;
}

BelfryTopicRules *
belfry_topic_rules_new (BelfryConfig *config, GError **error)
{
  g_autoptr (BelfryTopicRules) self = g_new0 (BelfryTopicRules, 1);
  guint n = belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_TOPIC);

  g_atomic_ref_count_init (&self->refs);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) rule_free);
  self->tree = belfry_topic_tree_new ();
  for (guint i = 0; i < n; i++)
    {
      const BelfryConfigInstance *instance =
          belfry_config_get_instance (config, BELFRY_CONFIG_GROUP_TOPIC, i);

      if (strcmp (belfry_config_instance_get_name (instance), ALL_TOPICS) == 0)
        {
          read_traits (instance, &self->defaults);
          read_own (instance, self->own);
          continue;
        }
      if (!check_pattern (instance, error))
        return NULL;
      Rule *rule = rule_new (instance);
      g_ptr_array_add (self->rules, rule);
      belfry_topic_tree_insert (self->tree, rule->pattern, rule);
    }
  return g_steal_pointer (&self);
}

BelfryTopicRules *
belfry_topic_rules_ref (BelfryTopicRules *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_topic_rules_unref (BelfryTopicRules *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  belfry_topic_tree_free (self->tree);
  g_ptr_array_unref (self->rules);
  g_free (self);
}

void
belfry_topic_rules_lookup (const BelfryTopicRules *self,
                           const char *topic,
                           const BelfryTopicSettings *wanted,
                           BelfryTopicTraits *traits)
{
  Search search = { 0 };
  BelfryTopicTraits others = self->defaults;

  if (wanted != NULL)
    apply_wanted (&others, wanted);
  belfry_topic_tree_match (self->tree, topic, consider, &search);
  *traits = self->defaults;
  for (int i = 0; i < N_TRAITS; i++)
    {
      if (search.best[i] != NULL)
        copy_trait (traits, &search.best[i]->traits, (Trait) i);
      else if (!self->own[i])
        copy_trait (traits, &others, (Trait) i);
    }
}
