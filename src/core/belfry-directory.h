/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-catch-up.h"
#include "belfry-deadline-wheel.h"
#include "belfry-topic-key.h"

G_BEGIN_DECLS

/**
 * BelfryDirectory:
 *
 * The topics and patterns that somebody here wants, and on which shards. Belongs to the main
 * thread.
 */
typedef struct _BelfryDirectory BelfryDirectory;

/**
 * BelfryEntryState:
 *
 * How an entry stands with the broker.
 */
typedef enum
{
  BELFRY_ENTRY_IDLE, /* it knows nothing of it */
  BELFRY_ENTRY_SUBSCRIBING,
  BELFRY_ENTRY_SUBSCRIBED,
  BELFRY_ENTRY_LINGERING, /* subscribed, though nobody wants it any more */
} BelfryEntryState;

/* As many shards as an entry counts for without an allocation of its own. */
#define BELFRY_ENTRY_FEW_SHARDS 4

/**
 * BelfryEntry:
 *
 * A topic or a pattern. An entry is there as long as it has subscribers, or anybody who is about to
 * subscribe, or is known to the broker: who leaves asks belfry_entry_is_unused(). Fields that
 * are not private may be read.
 */
typedef struct
{
  BelfryTopicKey key;
  guint8 state; /* a #BelfryEntryState; its user's to set */
  guint8 is_pattern;
  guint32 n_subscribers; /* on all shards together */
  guint32 n_wanting;     /* sessions that are about to subscribe; the user's to count */
  /*< private >*/
  guint32 n_counts;
  /*< public >*/
  guint64 mark;             /* the user's: which of them looked at it last */
  BelfryTopicTraits traits; /* the user's to set */
  GQueue *waiting;          /* (owned) (nullable): for the broker's confirmation; the user's */
  BelfryCatchUp *catch_up;  /* (owned) (nullable): while history is asked for; the user's */
  BelfryDeadline *linger;   /* (owned) (nullable): while it lingers; the user's */
  /*< private >*/
  union
  {
    guint32 few[BELFRY_ENTRY_FEW_SHARDS]; /* while no more are counted for */
    guint32 *many;                        /* (owned) (array length=n_counts): otherwise */
  } counts;
  /*< public >*/
  char name[];
} BelfryEntry;

/* How many entries a page looks at, whatever it is that is looked for. */
#define BELFRY_DIRECTORY_MAX_SCAN 4096

typedef void (*BelfryDirectoryFunc) (BelfryEntry *entry, gpointer user_data);
typedef void (*BelfryDirectoryShardFunc) (guint shard, gpointer user_data);

BelfryDirectory *belfry_directory_new (void);
void belfry_directory_free (BelfryDirectory *self);

/* Returns: (transfer none) (nullable) */
BelfryEntry *belfry_directory_lookup (BelfryDirectory *self, const BelfryTopicKey *key);

/* Returns: (transfer none): one that is idle if there was none */
BelfryEntry *belfry_directory_ensure (BelfryDirectory *self, const char *name, gboolean is_pattern);
void belfry_directory_remove (BelfryDirectory *self, BelfryEntry *entry);

void belfry_directory_add_subscriber (BelfryDirectory *self, BelfryEntry *entry, guint shard);
void belfry_directory_remove_subscriber (BelfryDirectory *self, BelfryEntry *entry, guint shard);
guint belfry_entry_get_n_subscribers (const BelfryEntry *entry, guint shard);

/* Returns: whether nobody subscribes or is about to */
gboolean belfry_entry_is_unused (const BelfryEntry *entry);

/**
 * belfry_directory_route:
 * @entry: (nullable): what belfry_directory_lookup() finds for @topic
 * @topic: a name
 * @func: called once for each shard that has subscribers to it, or to a pattern that matches
 */
void belfry_directory_route (BelfryDirectory *self,
                             const BelfryEntry *entry,
                             const char *topic,
                             BelfryDirectoryShardFunc func,
                             gpointer user_data);

/* In no order. @func may remove the entry that it is called with. */
void belfry_directory_foreach (BelfryDirectory *self, BelfryDirectoryFunc func, gpointer user_data);

/**
 * belfry_directory_list:
 * @pattern: (nullable): a pattern or a name; only what it matches. Patterns are listed where it is
 * %NULL or the pattern itself
 * @after: (nullable): only names behind this one, which need not be there
 * @next: (out) (transfer none) (nullable): behind which there may be more; %NULL if there are none
 *
 * A page: it can be short, since how many entries are looked at is bounded.
 *
 * Returns: (transfer container) (element-type BelfryEntry): entries that have subscribers, in the
 * order of their names
 */
GPtrArray *belfry_directory_list (BelfryDirectory *self,
                                  const char *pattern,
                                  const char *after,
                                  guint limit,
                                  const char **next);

/* Returns: how many subscriptions a message of @topic, a name, is for */
guint belfry_directory_count_subscribers (BelfryDirectory *self, const char *topic);

/* Returns: how many have subscribers */
guint belfry_directory_get_n_topics (BelfryDirectory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryDirectory, belfry_directory_free)

G_END_DECLS
