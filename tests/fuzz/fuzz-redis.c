/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-redis"

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "belfry-redis-push.h"
#include "belfry-redis-reader.h"

/* Whatever a Redis says, read at once or in pieces, leads to the same replies, within the bounds.
 * The first byte says how it is cut. */

#define MAX_BYTES 256
#define MAX_ELEMENTS 64
#define MAX_DEPTH 4

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
write_down (GString *log, const BelfryRedisReply *reply, guint depth)
{
  GBytes *bytes = belfry_redis_reply_get_bytes (reply);

  g_assert (depth <= MAX_DEPTH);
  g_string_append_printf (log, "%d %" G_GINT64_FORMAT " %d ",
                          (int) belfry_redis_reply_get_kind (reply),
                          belfry_redis_reply_get_integer (reply),
                          (int) belfry_redis_reply_get_fault (reply));
  if (bytes != NULL)
    {
      g_assert (g_bytes_get_size (bytes) <= MAX_BYTES);
      g_string_append_len (log, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
    }
  g_assert (belfry_redis_reply_get_n_elements (reply) <= MAX_ELEMENTS);
  for (guint i = 0; i < belfry_redis_reply_get_n_elements (reply); i++)
    write_down (log, belfry_redis_reply_get_element (reply, i), depth + 1);
}

/* Returns: whether there may be more */
static gboolean
drain (BelfryRedisReader *reader, GString *log)
{
  for (;;)
    {
      g_autoptr (BelfryRedisReply) reply = NULL;
      g_autoptr (GError) error = NULL;
      BelfryRedisPush push;

      if (!belfry_redis_reader_next (reader, &reply, &error))
        {
          g_assert (error != NULL && reply == NULL);
          return FALSE;
        }
      if (reply == NULL)
        return TRUE;
      write_down (log, reply, 0);
      if (belfry_redis_push_read (reply, &push) == BELFRY_REDIS_PUSH_READ)
        g_assert (push.channel != NULL);
    }
}

static GString *
read_all (const uint8_t *data, size_t size, size_t piece)
{
  const BelfryRedisLimits limits = { MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH };
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&limits);
  GString *log = g_string_new (NULL);

  for (size_t at = 0; at < size; at += piece)
    {
      belfry_redis_reader_feed (reader, data + at, MIN (piece, size - at));
      if (!drain (reader, log))
        break;
    }
  return log;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2 || size > MAX_BYTES)
    return 0;
  GString *whole = read_all (data + 1, size - 1, size);
  GString *pieces = read_all (data + 1, size - 1, 1 + data[0] % 16);

  g_assert (g_string_equal (whole, pieces));
  g_string_free (whole, TRUE);
  g_string_free (pieces, TRUE);
  return 0;
}
