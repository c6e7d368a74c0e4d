/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-reader"

#include "config.h"

#include "belfry-redis-reader.h"

#include <hiredis/hiredis.h>

/* hiredis's reader, with our replies and our bounds.
 *
 * Its own functions would allocate for as many elements as an array claims to have. It lets others
 * make the values, and those here count first: what they refuse, the reader takes for a lack of
 * memory and ends with. It keeps what is not complete without a bound; so that is looked at
 * whenever no further reply comes out. */

struct _BelfryRedisReader
{
  redisReader *reader; /* (owned) */
  BelfryRedisLimits limits;
  gsize n_bytes;      /* of the reply that is being read */
  guint n_elements;   /* likewise */
  const char *excess; /* (unowned) (nullable): which limit was broken */
  gboolean failed;
};

static gpointer
place (const redisReadTask *task, BelfryRedisReply *value)
{
  if (task->parent != NULL)
    belfry_redis_reply_set_element (task->parent->obj, (guint) task->idx, value);
  return value;
}

static BelfryRedisReplyKind
kind_of (int type)
{
  switch (type)
    {
    case REDIS_REPLY_STATUS:
      return BELFRY_REDIS_REPLY_STATUS;
    case REDIS_REPLY_ERROR:
      return BELFRY_REDIS_REPLY_ERROR;
    default:
      return BELFRY_REDIS_REPLY_STRING;
    }
}

static gpointer
create_string (const redisReadTask *task, char *bytes, size_t length)
{
  BelfryRedisReader *self = task->privdata;

  if (length > self->limits.bytes - self->n_bytes)
    {
      self->excess = "a reply is too large";
      return NULL;
    }
  self->n_bytes += length;
  return place (task, belfry_redis_reply_new_bytes (kind_of (task->type), bytes, length));
}

static guint
depth_of (const redisReadTask *task)
{
  guint depth = 1;

  for (const redisReadTask *above = task->parent; above != NULL; above = above->parent)
    depth++;
  return depth;
}

static gpointer
create_array (const redisReadTask *task, int n_elements)
{
  BelfryRedisReader *self = task->privdata;

  if (n_elements < 0 || (guint) n_elements > self->limits.elements - self->n_elements)
    {
      self->excess = "a reply has too many elements";
      return NULL;
    }
  if (depth_of (task) > self->limits.depth)
    {
      self->excess = "a reply is nested too deeply";
      return NULL;
    }
  self->n_elements += (guint) n_elements;
  return place (task, belfry_redis_reply_new_array ((guint) n_elements));
}

static gpointer
create_integer (const redisReadTask *task, long long integer)
{
  return place (task, belfry_redis_reply_new_integer (integer));
}

static gpointer
create_nil (const redisReadTask *task)
{
  return place (task, belfry_redis_reply_new_nil ());
}

static void
free_value (gpointer value)
{
  if (value != NULL)
    belfry_redis_reply_free (value);
}

/* hiredis asks for a table that it could write to, and never does. */
static const redisReplyObjectFunctions functions = {
  create_string, create_array, create_integer, create_nil, free_value,
};

static gboolean
fail (BelfryRedisReader *self, GError **error)
{
  self->failed = TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL, "what Redis says: %s",
               self->excess != NULL ? self->excess : "expected a reply of RESP2");
  return FALSE;
}

BelfryRedisReader *
belfry_redis_reader_new (const BelfryRedisLimits *limits)
{
  BelfryRedisReader *self = g_new0 (BelfryRedisReader, 1);

  self->limits = *limits;
  self->reader = redisReaderCreateWithFunctions ((redisReplyObjectFunctions *) &functions);
  if (self->reader == NULL)
    g_error ("no memory for a reader");
  self->reader->privdata = self;
  return self;
}

void
belfry_redis_reader_free (BelfryRedisReader *self)
{
  redisReaderFree (self->reader);
  g_free (self);
}

void
belfry_redis_reader_feed (BelfryRedisReader *self, const guint8 *bytes, gsize length)
{
  if (!self->failed && redisReaderFeed (self->reader, (const char *) bytes, length) != REDIS_OK)
    self->failed = TRUE;
}

gboolean
belfry_redis_reader_next (BelfryRedisReader *self, BelfryRedisReply **reply, GError **error)
{
  gpointer value = NULL;

  *reply = NULL;
  if (self->failed || redisReaderGetReply (self->reader, &value) != REDIS_OK)
    return fail (self, error);
  if (value != NULL)
    {
      self->n_bytes = 0;
      self->n_elements = 0;
      *reply = value;
      return TRUE;
    }
  if (self->reader->len - self->reader->pos > self->limits.bytes - self->n_bytes)
    {
      self->excess = "a reply is too large";
      return fail (self, error);
    }
  return TRUE;
}
