/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-message"

#include "config.h"

#include "belfry-message.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-hash.h"
#include "belfry-json-scan.h"

/* What is published, with its frames. The struct and the topic are one block of memory. A frame
 * goes from NULL to its value once and stays until the message is freed, so that readers need
 * neither lock nor reference. */

/* Stands where a frame was asked for and there is none. */
#define NO_FRAME ((GBytes *) GSIZE_TO_POINTER (1))

/* What a GBytes and the allocator's own need, about. */
#define OVERHEAD 64

/* A payload's length is bounded where it comes in; it is as long as it is here. */
static const BelfryJsonLimits json_limits = { G_MAXSIZE, BELFRY_PAYLOAD_MAX_DEPTH };
G_STATIC_ASSERT (BELFRY_PAYLOAD_MAX_DEPTH <= BELFRY_JSON_DEPTH_CEILING);

/* To GLib, a NUL ends text; in a payload it is a character like others. */
static gboolean
is_utf8 (const char *text, gsize length)
{
  const char *end = text + length;

  while (!g_utf8_validate_len (text, (gsize) (end - text), &text))
    {
      if (*text != '\0')
        return FALSE;
      text++;
    }
  return TRUE;
}

static BelfryPayloadKind
classify (GBytes *payload)
{
  gsize length;
  const char *text = g_bytes_get_data (payload, &length);
  BelfryJsonScan scan;

  if (length == 0)
    return BELFRY_PAYLOAD_TEXT;
  if (belfry_json_scan (text, length, &json_limits, &scan))
    return scan.kind == BELFRY_JSON_OBJECT ? BELFRY_PAYLOAD_OBJECT : BELFRY_PAYLOAD_JSON;
  return is_utf8 (text, length) ? BELFRY_PAYLOAD_TEXT : BELFRY_PAYLOAD_BYTES;
}

static void
free_frame (_Atomic (GBytes *) *slot)
{
  GBytes *frame = atomic_load_explicit (slot, memory_order_relaxed);

  if (frame != NULL && frame != NO_FRAME)
    g_bytes_unref (frame);
}

BelfryMessage *
belfry_message_new (const BelfryMessageParams *params)
{
  gsize length = strlen (params->topic);
  BelfryMessage *self = g_malloc0 (sizeof (BelfryMessage) + length + 1);

  g_atomic_ref_count_init (&self->refs);
  self->kind = (guint8) params->kind;
  self->payload_kind = (guint8) classify (params->payload);
  self->topic_length = (guint16) length;
  self->topic_hash = belfry_hash_text (params->topic);
  self->position = params->position;
  self->arrived = params->arrived;
  self->published = params->published;
  self->payload = g_bytes_ref (params->payload);
  for (guint i = 0; i < BELFRY_MESSAGE_N_FORMS; i++)
    {
      atomic_init (&self->frames[i][0], NULL);
      atomic_init (&self->frames[i][1], NULL);
    }
  memcpy (self->topic, params->topic, length);
  return self;
}

BelfryMessage *
belfry_message_ref (BelfryMessage *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_message_unref (BelfryMessage *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  for (guint i = 0; i < BELFRY_MESSAGE_N_FORMS; i++)
    {
      free_frame (&self->frames[i][0]);
      free_frame (&self->frames[i][1]);
    }
  g_bytes_unref (self->payload);
  g_free (self);
}

gsize
belfry_message_get_cost (const BelfryMessage *self)
{
  return sizeof (BelfryMessage) + OVERHEAD + self->topic_length + g_bytes_get_size (self->payload);
}

GBytes *
belfry_message_get_frame (BelfryMessage *self,
                          guint form,
                          gboolean compressed,
                          BelfryMessageEncode encode,
                          gpointer user_data)
{
  g_return_val_if_fail (form < BELFRY_MESSAGE_N_FORMS, NULL);

  _Atomic (GBytes *) *slot = &self->frames[form][compressed ? 1 : 0];
  GBytes *frame = atomic_load_explicit (slot, memory_order_acquire);

  if (frame == NULL)
    {
      GBytes *made = encode (self, compressed, user_data);

      if (made == NULL)
        made = NO_FRAME;
      if (atomic_compare_exchange_strong_explicit (slot, &frame, made, memory_order_acq_rel,
                                                   memory_order_acquire))
        frame = made;
      else if (made != NO_FRAME)
        g_bytes_unref (made);
    }
  return frame == NO_FRAME ? NULL : frame;
}
