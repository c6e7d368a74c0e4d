/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-push"

#include "config.h"

#include "belfry-redis-push.h"

/* RESP2 has no kind of its own for what comes unasked: it is an array that begins with a known
 * word. So the same bytes may be the answer to a command; only a connection that does nothing but
 * subscribe may read them this way. */

typedef struct
{
  const char *word; /* (unowned) */
  guint n_elements;
} Shape;

static const Shape shapes[] = {
  [BELFRY_REDIS_PUSH_MESSAGE] = { "message", 3 },
  [BELFRY_REDIS_PUSH_PMESSAGE] = { "pmessage", 4 },
  [BELFRY_REDIS_PUSH_SMESSAGE] = { "smessage", 3 },
  [BELFRY_REDIS_PUSH_SUBSCRIBE] = { "subscribe", 3 },
  [BELFRY_REDIS_PUSH_PSUBSCRIBE] = { "psubscribe", 3 },
  [BELFRY_REDIS_PUSH_SSUBSCRIBE] = { "ssubscribe", 3 },
  [BELFRY_REDIS_PUSH_UNSUBSCRIBE] = { "unsubscribe", 3 },
  [BELFRY_REDIS_PUSH_PUNSUBSCRIBE] = { "punsubscribe", 3 },
  [BELFRY_REDIS_PUSH_SUNSUBSCRIBE] = { "sunsubscribe", 3 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (shapes) == BELFRY_REDIS_N_PUSHES);

static GBytes *
string_at (const BelfryRedisReply *reply, guint index)
{
  const BelfryRedisReply *element = belfry_redis_reply_get_element (reply, index);

  if (belfry_redis_reply_get_kind (element) != BELFRY_REDIS_REPLY_STRING)
    return NULL;
  return belfry_redis_reply_get_bytes (element);
}

static gboolean
find_kind (const BelfryRedisReply *reply, BelfryRedisPushKind *kind)
{
  const BelfryRedisReply *first = belfry_redis_reply_get_element (reply, 0);
  const char *word = first != NULL ? belfry_redis_reply_get_text (first) : NULL;

  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (shapes); i++)
    {
      if (g_str_equal (word, shapes[i].word))
        {
          *kind = (BelfryRedisPushKind) i;
          return TRUE;
        }
    }
  return FALSE;
}

BelfryRedisPushResult
belfry_redis_push_read (const BelfryRedisReply *reply, BelfryRedisPush *push)
{
  BelfryRedisPushKind kind;

  if (!find_kind (reply, &kind))
    return BELFRY_REDIS_PUSH_NONE;
  if (belfry_redis_reply_get_n_elements (reply) != shapes[kind].n_elements)
    return BELFRY_REDIS_PUSH_BROKEN;
  gboolean through_pattern = kind == BELFRY_REDIS_PUSH_PMESSAGE;
  *push = (BelfryRedisPush){ .kind = kind };
  push->pattern = through_pattern ? string_at (reply, 1) : NULL;
  push->channel = string_at (reply, through_pattern ? 2 : 1);
  if (push->channel == NULL || (through_pattern && push->pattern == NULL))
    return BELFRY_REDIS_PUSH_BROKEN;
  if (!belfry_redis_push_is_message (kind))
    return BELFRY_REDIS_PUSH_READ;
  push->payload = string_at (reply, shapes[kind].n_elements - 1);
  return push->payload != NULL ? BELFRY_REDIS_PUSH_READ : BELFRY_REDIS_PUSH_BROKEN;
}

gboolean
belfry_redis_push_confirms (const char *command, BelfryRedisPushKind *kind)
{
  for (guint i = BELFRY_REDIS_PUSH_SUBSCRIBE; i < G_N_ELEMENTS (shapes); i++)
    {
      if (g_ascii_strcasecmp (command, shapes[i].word) == 0)
        {
          *kind = (BelfryRedisPushKind) i;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
belfry_redis_push_is_message (BelfryRedisPushKind kind)
{
  return kind < BELFRY_REDIS_PUSH_SUBSCRIBE;
}
