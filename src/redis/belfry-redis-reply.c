/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-reply"

#include "config.h"

#include "belfry-redis-reply.h"

#include <string.h>

/* Our own reply instead of hiredis's: bytes that can be kept without copying them once more, since
 * most replies are messages on their way to clients, and nothing of hiredis beyond the reader. */

struct _BelfryRedisReply
{
  BelfryRedisReplyKind kind;
  guint n_elements;
  gint64 integer;
  GBytes *bytes;                /* (owned) (nullable): followed by a NUL that does not count */
  BelfryRedisReply *elements[]; /* (element-type BelfryRedisReply) (owned): NULL until read */
};

static BelfryRedisReply *
reply_new (BelfryRedisReplyKind kind, guint n_elements)
{
  BelfryRedisReply *self =
      g_malloc0 (sizeof (BelfryRedisReply) + n_elements * sizeof (BelfryRedisReply *));

  self->kind = kind;
  self->n_elements = n_elements;
  return self;
}

BelfryRedisReplyKind
belfry_redis_reply_get_kind (const BelfryRedisReply *self)
{
  return self->kind;
}

gint64
belfry_redis_reply_get_integer (const BelfryRedisReply *self)
{
  return self->integer;
}

GBytes *
belfry_redis_reply_get_bytes (const BelfryRedisReply *self)
{
  return self->bytes;
}

const char *
belfry_redis_reply_get_text (const BelfryRedisReply *self)
{
  if (self->bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (self->bytes, &length);
  return memchr (text, '\0', length) == NULL ? text : NULL;
}

guint
belfry_redis_reply_get_n_elements (const BelfryRedisReply *self)
{
  return self->n_elements;
}

const BelfryRedisReply *
belfry_redis_reply_get_element (const BelfryRedisReply *self, guint index)
{
  return index < self->n_elements ? self->elements[index] : NULL;
}

BelfryRedisFault
belfry_redis_reply_get_fault (const BelfryRedisReply *self)
{
  if (self->kind != BELFRY_REDIS_REPLY_ERROR)
    return BELFRY_REDIS_FAULT_NONE;
  const char *text = belfry_redis_reply_get_text (self);
  return text != NULL ? belfry_redis_fault_from_text (text) : BELFRY_REDIS_FAULT_OTHER;
}

BelfryRedisReply *
belfry_redis_reply_new_nil (void)
{
  return reply_new (BELFRY_REDIS_REPLY_NIL, 0);
}

BelfryRedisReply *
belfry_redis_reply_new_integer (gint64 integer)
{
  BelfryRedisReply *self = reply_new (BELFRY_REDIS_REPLY_INTEGER, 0);

  self->integer = integer;
  return self;
}

BelfryRedisReply *
belfry_redis_reply_new_bytes (BelfryRedisReplyKind kind, const char *bytes, gsize length)
{
  BelfryRedisReply *self = reply_new (kind, 0);
  char *copy = g_malloc (length + 1);

  if (length > 0)
    memcpy (copy, bytes, length);
  copy[length] = '\0';
  /* GBytes drops a pointer to nothing, and with it the NUL: an empty text is a static one. */
  if (length == 0)
    {
      g_free (copy);
      self->bytes = g_bytes_new_static ("", 0);
    }
  else
    {
      self->bytes = g_bytes_new_take (copy, length);
    }
  return self;
}

BelfryRedisReply *
belfry_redis_reply_new_array (guint n_elements)
{
  return reply_new (BELFRY_REDIS_REPLY_ARRAY, n_elements);
}

void
belfry_redis_reply_set_element (BelfryRedisReply *self, guint index, BelfryRedisReply *element)
{
  g_return_if_fail (index < self->n_elements && self->elements[index] == NULL);

  self->elements[index] = element;
}

void
belfry_redis_reply_free (BelfryRedisReply *self)
{
  for (guint i = 0; i < self->n_elements; i++)
    g_clear_pointer (&self->elements[i], belfry_redis_reply_free);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}
