/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-dialect-read.h"
#include "belfry-dialect.h"
#include "belfry-error.h"
#include "belfry-fuzz.h"
#include "belfry-json-scan.h"
#include "belfry-topic.h"

/* Any bytes as what a client says, in each dialect: it is a request or an error, never both. What
 * is answered, and what is delivered of what it publishes, is JSON, whatever was said. */

#define MAX_MESSAGE 64
#define MAX_TOPICS 4

static const BelfryDialectPeer peer = {
  .session = "AAAAAAAAAAAAAAAA",
  .max_message = MAX_MESSAGE,
  .max_topics = MAX_TOPICS,
};

static const BelfryJsonLimits limits = { G_MAXSIZE, BELFRY_JSON_DEPTH_CEILING };

static void
check_json (const GString *text)
{
  BelfryJsonScan scan;

  if (!belfry_json_scan (text->str, text->len, &limits, &scan) || scan.kind != BELFRY_JSON_OBJECT)
    g_error ("not an object: %s", text->str);
}

static void
check_event (const BelfryDialect *dialect, const BelfryEvent *event)
{
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();

  dialect->event (event, texts);
  for (guint i = 0; i < texts->len; i++)
    {
      const GString *text = g_ptr_array_index (texts, i);

      check_json (text);
      if (event->request != NULL && event->request->id != NULL &&
          strstr (text->str, event->request->id) == NULL)
        g_error ("the id is not echoed: %s", text->str);
    }
}

static void
check_answers (const BelfryDialect *dialect, const BelfryRequest *request)
{
  BelfryEventTopic topics[MAX_TOPICS];

  for (guint i = 0; i < request->n_topics; i++)
    topics[i] = (BelfryEventTopic){ .topic = request->topics[i].topic,
                                    .position = request->topics[i].since,
                                    .recovery = request->topics[i].has_since };
  for (int kind = BELFRY_EVENT_AUTHENTICATED; kind <= BELFRY_EVENT_PRESENCE; kind++)
    check_event (dialect, &(BelfryEvent){ .kind = (BelfryEventKind) kind,
                                          .request = request,
                                          .n_topics = request->n_topics,
                                          .topics = topics });
  check_event (dialect, &(BelfryEvent){ .kind = BELFRY_EVENT_PONG, .request = request });
}

static void
check_delivery (const BelfryDialect *dialect, const BelfryRequest *request)
{
  const char *topic = request->topics[0].topic;
  g_autoptr (GString) text = g_string_new (NULL);

  if (request->payload == NULL ||
      belfry_topic_classify (topic, strlen (topic), NULL) != BELFRY_TOPIC_NAME)
    return;
  g_autoptr (BelfryMessage) message =
      belfry_message_new (&(BelfryMessageParams){ .topic = topic, .payload = request->payload });
  dialect->message (message, text);
  check_json (text);
}

static void
check_request (const BelfryRequest *request)
{
  g_assert_cmpuint (request->n_topics, <=, MAX_TOPICS);
  for (guint i = 0; i < request->n_topics; i++)
    {
      g_assert_true (g_utf8_validate (request->topics[i].topic, -1, NULL));
      g_assert_cmpuint (strlen (request->topics[i].topic), <, BELFRY_TOPIC_MAX + 5);
    }
  g_assert_true (request->payload == NULL || g_bytes_get_size (request->payload) <= MAX_MESSAGE);
  g_assert_true (request->id == NULL || strlen (request->id) <= BELFRY_DIALECT_ID_MAX);
  g_assert_true (request->token == NULL || strlen (request->token) <= BELFRY_DIALECT_TOKEN_MAX);
}

static void
check_refusal (const BelfryDialect *dialect, const GError *error, char **id)
{
  g_autoptr (BelfryRequest) fault = belfry_request_new (BELFRY_REQUEST_PING, 0);

  g_assert_nonnull (error);
  g_assert_true (belfry_error_is_client_fault (error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  fault->id = g_steal_pointer (id);
  check_event (dialect,
               &(BelfryEvent){ .kind = BELFRY_EVENT_ERROR, .request = fault, .error = error });
}

static void
check_dialect (const BelfryDialect *dialect, const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autoptr (BelfryRequest) request = dialect->parse (&peer, TRUE, data, size, &id, &error);

  if (request == NULL)
    {
      check_refusal (dialect, error, &id);
      return;
    }
  g_assert_no_error (error);
  g_assert_null (id);
  check_request (request);
  check_answers (dialect, request);
  if (request->n_topics > 0)
    check_delivery (dialect, request);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  check_dialect (&belfry_dialect_action, data, size);
  check_dialect (&belfry_dialect_typed, data, size);
  check_dialect (&belfry_dialect_typed_envelope, data, size);
  return 0;
}
