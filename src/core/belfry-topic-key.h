/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hash.h"

G_BEGIN_DECLS

/**
 * BelfryTopicKey:
 * @hash: belfry_hash_text() of @name
 *
 * A topic's name as hash tables look it up, with a hash that is not worked out again for each
 * message: messages bring theirs with them. The first field of what is in such a table.
 */
typedef struct
{
  const char *name; /* (unowned) */
  guint32 hash;
} BelfryTopicKey;

static inline BelfryTopicKey
belfry_topic_key (const char *name)
{
  return (BelfryTopicKey){ name, belfry_hash_text (name) };
}

static inline guint
belfry_topic_key_hash (gconstpointer key)
{
  return ((const BelfryTopicKey *) key)->hash;
}

static inline gboolean
belfry_topic_key_equal (gconstpointer a, gconstpointer b)
{
  const BelfryTopicKey *x = a;
  const BelfryTopicKey *y = b;

  return x->hash == y->hash && g_str_equal (x->name, y->name);
}

G_END_DECLS
