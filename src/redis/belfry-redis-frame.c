/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-frame"

#include "config.h"

#include "belfry-redis-frame.h"

#include <string.h>

/* Pure functions over bytes: any thread. A payload is never copied when it is read. */

#define MARK_LENGTH (sizeof BELFRY_REDIS_FRAME_MARK - 1)
#define NO_EPOCH "0000000000000000"

static const char letters[] = {
  [BELFRY_MESSAGE_DATA] = 'd',
  [BELFRY_MESSAGE_JOIN] = 'j',
  [BELFRY_MESSAGE_LEAVE] = 'l',
};

static gboolean
has_mark (const char *bytes, gsize length)
{
  return length >= MARK_LENGTH && memcmp (bytes, BELFRY_REDIS_FRAME_MARK, MARK_LENGTH) == 0;
}

static gboolean
read_number (const char *digits, guint64 *value)
{
  guint64 number = 0;

  for (int i = 0; i < BELFRY_REDIS_NUMBER_LENGTH; i++)
    {
      if (!g_ascii_isdigit (digits[i]))
        return FALSE;
      number = number * 10 + (guint64) (digits[i] - '0');
    }
  *value = number;
  return number <= BELFRY_REDIS_NUMBER_MAX;
}

/* Either both are there or none. */
static gboolean
read_position (const char *digits, BelfryPosition *position)
{
  if (!read_number (digits + BELFRY_EPOCH_LENGTH, &position->offset))
    return FALSE;
  if (memcmp (digits, NO_EPOCH, BELFRY_EPOCH_LENGTH) == 0)
    {
      position->epoch = 0;
      return position->offset == 0;
    }
  return belfry_epoch_parse (digits, BELFRY_EPOCH_LENGTH, &position->epoch) && position->offset > 0;
}

static gboolean
read_header (const char *bytes, gsize length, BelfryRedisFrame *frame)
{
  guint64 published;

  if (length < BELFRY_REDIS_FRAME_HEADER || bytes[MARK_LENGTH] != BELFRY_REDIS_FRAME_VERSION[0])
    return FALSE;
  const char *position = bytes + MARK_LENGTH + 2;
  const char *time = position + BELFRY_EPOCH_LENGTH + BELFRY_REDIS_NUMBER_LENGTH;
  if (!belfry_redis_frame_parse_letter (bytes[MARK_LENGTH + 1], &frame->kind) ||
      !read_position (position, &frame->position) || !read_number (time, &published))
    return FALSE;
  frame->published = (gint64) published;
  return TRUE;
}

BelfryRedisFrameResult
belfry_redis_frame_read (GBytes *published, BelfryRedisFrame *frame)
{
  gsize length;
  const char *bytes = g_bytes_get_data (published, &length);

  if (!has_mark (bytes, length))
    return BELFRY_REDIS_FRAME_RAW;
  if (!read_header (bytes, length, frame))
    return BELFRY_REDIS_FRAME_BROKEN;
  frame->payload = g_bytes_new_from_bytes (published, BELFRY_REDIS_FRAME_HEADER,
                                           length - BELFRY_REDIS_FRAME_HEADER);
  return BELFRY_REDIS_FRAME_READ;
}

void
belfry_redis_frame_clear (BelfryRedisFrame *frame)
{
  g_clear_pointer (&frame->payload, g_bytes_unref);
}

GBytes *
belfry_redis_frame_write (const BelfryRedisFrame *frame)
{
  gboolean kept = frame->position.epoch != 0 && frame->position.offset <= BELFRY_REDIS_NUMBER_MAX;
  gboolean timed = frame->published >= 0 && (guint64) frame->published <= BELFRY_REDIS_NUMBER_MAX;
  GString *out = g_string_new (BELFRY_REDIS_FRAME_MARK BELFRY_REDIS_FRAME_VERSION);
  char epoch[BELFRY_EPOCH_LENGTH + 1];
  gsize length;
  const char *payload = g_bytes_get_data (frame->payload, &length);

  belfry_epoch_format (kept ? frame->position.epoch : 0, epoch);
  g_string_append_printf (out, "%c%s%016" G_GUINT64_FORMAT "%016" G_GINT64_FORMAT,
                          belfry_redis_frame_letter (frame->kind), epoch,
                          kept ? frame->position.offset : 0, timed ? frame->published : 0);
  g_string_append_len (out, payload, (gssize) length);
  return g_string_free_to_bytes (out);
}

gboolean
belfry_redis_frame_is_needed (GBytes *payload)
{
  gsize length;
  const char *bytes = g_bytes_get_data (payload, &length);

  return has_mark (bytes, length);
}

char
belfry_redis_frame_letter (BelfryMessageKind kind)
{
  return letters[kind];
}

gboolean
belfry_redis_frame_parse_letter (char letter, BelfryMessageKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      if (letters[i] == letter)
        {
          *kind = (BelfryMessageKind) i;
          return TRUE;
        }
    }
  return FALSE;
}
