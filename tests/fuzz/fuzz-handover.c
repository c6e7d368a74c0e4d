/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-handover"

#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "belfry-handover.h"
#include "belfry-history-store.h"
#include "belfry-idempotency.h"
#include "belfry-frame-reader.h"
#include "belfry-send-queue.h"

/* Whatever one image of the program seems to have left is read by the next without harm, and what
 * was restored is good to go on with. The first byte chooses what is read. */

#define MAX_FRAME 4096
#define MAX_FRAGMENTS 16
#define BUDGET 65536

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try_handover (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (BelfryHandover) handover = belfry_handover_parse (bytes, NULL);
  BelfryStateReader reader;

  if (handover == NULL)
    return;
  belfry_handover_read (handover, BELFRY_HANDOVER_SERVER, &reader);
  while (belfry_state_reader_is_good (&reader) && !belfry_state_reader_is_at_end (&reader))
    belfry_state_get_text (&reader);
}

static gboolean
on_message (const BelfryFrameMessage *message, gpointer user_data)
{
  return TRUE;
}

static gboolean
on_control (const guint8 *payload, gsize length, gpointer user_data)
{
  g_assert (length <= BELFRY_FRAME_CONTROL_MAX);
  return TRUE;
}

static void
on_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
}

static void
on_error (guint code, const char *reason, gpointer user_data)
{
}

static const BelfryFrameHandler handler = { on_message, on_control, on_control, on_close,
                                            on_error };

static void
try_frame_reader (const uint8_t *data, size_t size)
{
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();
  const BelfryFrameContext context = { &handler, inflater, MAX_FRAME, MAX_FRAME, MAX_FRAGMENTS };
  g_autofree guint8 *rest = g_memdup2 (data, size);
  BelfryStateReader state;
  BelfryFrameReader reader;

  belfry_state_reader_init (&state, data, size);
  belfry_frame_reader_init (&reader, BELFRY_FRAME_FROM_CLIENT, TRUE);
  belfry_frame_reader_restore (&reader, &state);
  if (!belfry_state_reader_is_good (&state))
    g_assert (belfry_frame_reader_is_idle (&reader));
  belfry_frame_reader_feed (&reader, &context, rest, size, NULL);
  belfry_frame_reader_clear (&reader);
}

static void
try_send_queue (const uint8_t *data, size_t size)
{
  BelfrySendQueue queue = { 0 };
  BelfryStateReader reader;
  struct iovec vectors[8];
  gsize total;

  belfry_state_reader_init (&reader, data, size);
  belfry_send_queue_restore (&queue, &reader);
  while (!belfry_send_queue_is_empty (&queue))
    {
      g_assert (belfry_send_queue_fill (&queue, vectors, G_N_ELEMENTS (vectors), &total) > 0);
      belfry_send_queue_pop (&queue, total);
    }
  g_assert_cmpuint (belfry_send_queue_get_bytes (&queue), ==, 0);
  belfry_send_queue_clear (&queue);
}

static gboolean
is_in_use (const char *topic, gpointer user_data)
{
  return FALSE;
}

static void
try_history (const uint8_t *data, size_t size)
{
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  BelfryDeadlineWheel *wheel = belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
  BelfryHistoryStore *store = belfry_history_store_new (clock, wheel, BUDGET, is_in_use, NULL);
  BelfryIdempotency *keys = belfry_idempotency_new (16, G_USEC_PER_SEC);
  BelfryStateReader reader;

  belfry_state_reader_init (&reader, data, size);
  if (!belfry_history_store_restore (store, &reader))
    g_assert_cmpuint (belfry_history_store_get_n_topics (store), ==, 0);
  belfry_idempotency_restore (keys, &reader);
  g_assert_cmpuint (belfry_idempotency_get_size (keys), <=, 16);
  belfry_idempotency_free (keys);
  belfry_history_store_free (store);
  belfry_deadline_wheel_free (wheel);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static void (*const tries[]) (const uint8_t *data, size_t size) = {
    try_handover,
    try_frame_reader,
    try_send_queue,
    try_history,
  };

  if (size > 0)
    tries[data[0] % G_N_ELEMENTS (tries)](data + 1, size - 1);
  return 0;
}
