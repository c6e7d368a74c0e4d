/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-redis-frame"

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-redis-slot.h"

/* Whatever is published: what is read of it is written so that the same is read again. A payload is
 * never lost, and never taken for anything else. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_frame (GBytes *published)
{
  BelfryRedisFrame frame;
  BelfryRedisFrameResult result = belfry_redis_frame_read (published, &frame);

  g_assert ((result != BELFRY_REDIS_FRAME_RAW) == belfry_redis_frame_is_needed (published));
  if (result != BELFRY_REDIS_FRAME_READ)
    return;
  g_autoptr (GBytes) written = belfry_redis_frame_write (&frame);
  g_assert (g_bytes_equal (published, written));
  belfry_redis_frame_clear (&frame);
}

static void
check_framing (GBytes *payload)
{
  const BelfryRedisFrame frame = { .payload = payload, .position = { 1, 1 } };
  g_autoptr (GBytes) written = belfry_redis_frame_write (&frame);
  BelfryRedisFrame again;

  g_assert (belfry_redis_frame_read (written, &again) == BELFRY_REDIS_FRAME_READ);
  g_assert (g_bytes_equal (again.payload, payload));
  belfry_redis_frame_clear (&again);
}

static void
check_same (const BelfryRedisEnvelope *envelope)
{
  g_autoptr (GBytes) written = belfry_redis_envelope_write (envelope);
  g_auto (BelfryRedisEnvelope) again = { 0 };

  g_assert (belfry_redis_envelope_read (written, &again, NULL));
  g_assert_cmpstr (again.topic, ==, envelope->topic);
  g_assert_cmpstr (again.origin, ==, envelope->origin);
  g_assert (again.kind == envelope->kind && again.published == envelope->published);
  g_assert (again.position.epoch == envelope->position.epoch);
  g_assert (again.position.offset == envelope->position.offset);
  g_assert (g_bytes_equal (again.payload, envelope->payload));
}

static void
check_envelope (GBytes *published)
{
  g_auto (BelfryRedisEnvelope) envelope = { 0 };
  g_autoptr (GError) error = NULL;

  if (belfry_redis_envelope_read (published, &envelope, &error))
    check_same (&envelope);
  else
    g_assert (error != NULL && envelope.topic == NULL);
}

/* White space around JSON is no part of it. */
static void
check_enveloping (GBytes *payload)
{
  char topic[] = "a";
  const BelfryRedisEnvelope envelope = { .topic = topic, .payload = payload };
  g_autoptr (GBytes) written = belfry_redis_envelope_write (&envelope);
  g_auto (BelfryRedisEnvelope) again = { 0 };
  gsize length;
  gsize n;

  g_assert (belfry_redis_envelope_read (written, &again, NULL));
  const char *whole = g_bytes_get_data (payload, &length);
  const char *part = g_bytes_get_data (again.payload, &n);
  g_assert (n <= length && (n == 0 || memmem (whole, length, part, n) != NULL));
  g_assert (n == length || g_ascii_isspace (whole[0]) || g_ascii_isspace (whole[length - 1]));
  check_same (&again);
}

/* A key has the slot of its channel, whatever either looks like. */
static void
check_key (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) parts = g_strsplit (text, " ", 2);

  if (g_strv_length (parts) < 2)
    return;
  g_autofree char *channel = g_strconcat (parts[0], parts[1], NULL);
  g_autofree char *key = belfry_redis_slot_name_key (parts[0], "kind", channel, "detail");
  g_assert (belfry_redis_slot_of (key, strlen (key)) ==
            belfry_redis_slot_of (channel, strlen (channel)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  check_frame (bytes);
  check_framing (bytes);
  check_envelope (bytes);
  check_enveloping (bytes);
  check_key (data, size);
  return 0;
}
