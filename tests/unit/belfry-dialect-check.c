/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-check"

#include "config.h"

#include "belfry-dialect-check.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "belfry-error.h"
#include "belfry-json-scan.h"

static const char *const kinds[] = {
  [BELFRY_REQUEST_AUTHENTICATE] = "authenticate", [BELFRY_REQUEST_REFRESH] = "refresh",
  [BELFRY_REQUEST_SUBSCRIBE] = "subscribe",       [BELFRY_REQUEST_UNSUBSCRIBE] = "unsubscribe",
  [BELFRY_REQUEST_PUBLISH] = "publish",           [BELFRY_REQUEST_PRESENCE] = "presence",
  [BELFRY_REQUEST_HISTORY] = "history",           [BELFRY_REQUEST_PING] = "ping",
};
G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == BELFRY_REQUEST_N_KINDS);

static const BelfryDialectPeer peer = {
  .session = BELFRY_CHECK_SESSION,
  .max_message = BELFRY_CHECK_MAX_MESSAGE,
  .max_topics = BELFRY_CHECK_MAX_TOPICS,
};

static void
describe_topics (const BelfryRequest *request, GString *line)
{
  for (guint i = 0; i < request->n_topics; i++)
    {
      const BelfryRequestTopic *topic = &request->topics[i];

      g_string_append_printf (line, " %s", topic->topic);
      if (topic->has_since)
        g_string_append_printf (line, "@%" G_GUINT64_FORMAT ":%" G_GINT64_MODIFIER "x",
                                topic->since.offset, topic->since.epoch);
    }
}

static char *
describe (const BelfryRequest *request)
{
  GString *line = g_string_new (kinds[request->kind]);

  describe_topics (request, line);
  if (request->token != NULL)
    g_string_append_printf (line, " token=%s", request->token);
  if (request->payload != NULL)
    g_string_append_printf (line, " payload=%.*s", (int) g_bytes_get_size (request->payload),
                            (const char *) g_bytes_get_data (request->payload, NULL));
  if (request->limit > 0)
    g_string_append_printf (line, " limit=%u", request->limit);
  if (request->id != NULL)
    g_string_append_printf (line, " id=%s", request->id);
  return g_string_free (line, FALSE);
}

static void
assert_json (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  BelfryJsonScan scan;

  g_assert_true (belfry_json_scan (text, length, NULL, &scan));
  json_parser_load_from_data (parser, text, (gssize) length, &error);
  g_assert_no_error (error);
}

char *
belfry_check_parse (const BelfryDialect *dialect, const char *text, gssize length)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  g_autofree guint8 *bytes = g_memdup2 (text, size);
  g_autoptr (BelfryRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  request = dialect->parse (&peer, TRUE, bytes, size, &id, &error);
  g_assert_true ((request == NULL) == (error != NULL));
  if (request != NULL)
    {
      g_assert_null (id);
      return describe (request);
    }
  g_assert_true (belfry_error_is_client_fault (error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return g_strconcat ("!", belfry_error_client_code (error), id != NULL ? " id=" : NULL, id, NULL);
}

char *
belfry_check_event (const BelfryDialect *dialect, const BelfryEvent *event)
{
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();
  GString *lines = g_string_new (NULL);

  dialect->event (event, texts);
  for (guint i = 0; i < texts->len; i++)
    {
      const GString *text = g_ptr_array_index (texts, i);

      if (dialect->form != BELFRY_FORM_EVENT_STREAM)
        assert_json (text->str, text->len);
      g_string_append_printf (lines, "%s%s", i == 0 ? "" : "\n", text->str);
    }
  return g_string_free (lines, FALSE);
}

char *
belfry_check_message (const BelfryDialect *dialect, const BelfryMessage *message)
{
  GString *text = g_string_new (NULL);

  dialect->message (message, text);
  if (dialect->form != BELFRY_FORM_EVENT_STREAM)
    assert_json (text->str, text->len);
  return g_string_free (text, FALSE);
}

BelfryMessage *
belfry_check_message_new (BelfryMessageKind kind,
                          const char *topic,
                          const char *payload,
                          guint64 offset)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));

  return belfry_message_new (&(BelfryMessageParams){
      .topic = topic,
      .payload = bytes,
      .kind = kind,
      .position = { offset > 0 ? BELFRY_CHECK_EPOCH : 0, offset },
  });
}
