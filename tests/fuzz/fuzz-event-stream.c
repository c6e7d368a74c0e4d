/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-dialect-read.h"
#include "belfry-event-stream.h"
#include "belfry-fuzz.h"

/* Any text as a Last-Event-ID, and any bytes as what is published to a stream: an id is read whole
 * or not at all, and what is published stays within the data of one event. */

static void
check_id (const char *id)
{
  BelfryRequestTopic topics[] = { { .topic = (char *) "news" }, { .topic = (char *) "old" } };
  gboolean good = belfry_event_stream_id_parse (id, topics, G_N_ELEMENTS (topics));

  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      if (!good)
        g_assert_cmpuint (topics[i].since.epoch, ==, BELFRY_DIALECT_FOREIGN_EPOCH);
      g_assert_true (topics[i].has_since || (good && topics[i].since.epoch == 0));
    }
}

static void
check_block (const char *bytes, gsize length)
{
  g_autoptr (GBytes) payload = g_bytes_new (bytes, length);
  g_autoptr (BelfryMessage) message =
      belfry_message_new (&(BelfryMessageParams){ .topic = "news", .payload = payload });
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_dialect_event_stream.message (message, text);
  g_assert_true (g_str_has_prefix (text->str, "event: message\ndata: "));
  g_assert_cmpuint (strlen (text->str), ==, text->len);
  g_assert_null (strchr (text->str, '\r'));
  for (const char *p = strchr (text->str, '\n') + 1; *p != '\n'; p = strchr (p, '\n') + 1)
    g_assert_true (g_str_has_prefix (p, "data: "));
  g_assert_true (g_str_has_suffix (text->str, "}\n\n"));
  g_assert_true (strstr (text->str, "\n\n") == text->str + text->len - 2);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *id = g_strndup ((const char *) data, size);

  check_id (id);
  check_block ((const char *) data, size);
  return 0;
}
