/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-parse"

#include "config.h"

#include "belfry-dialect-parse.h"

#include <string.h>

#include "belfry-error.h"

/* From a client's text to a request, by the grammar of its dialect. Pure functions: any thread. */

/* What a request is made of, one bit each. */
enum
{
  PART_TOKEN = 1 << 0,
  PART_TOKEN_NEEDED = 1 << 1,
  PART_TOPIC = 1 << 2,
  PART_MORE_TOPICS = 1 << 3,
  PART_PAYLOAD = 1 << 4,
  PART_SINCE = 1 << 5,
  PART_LIMIT = 1 << 6,
};

/* One who signs in may have other credentials than a token. */
static const guint8 parts[] = {
  [BELFRY_REQUEST_AUTHENTICATE] = PART_TOKEN,
  [BELFRY_REQUEST_REFRESH] = PART_TOKEN | PART_TOKEN_NEEDED,
  [BELFRY_REQUEST_SUBSCRIBE] = PART_TOPIC | PART_MORE_TOPICS | PART_SINCE,
  [BELFRY_REQUEST_UNSUBSCRIBE] = PART_TOPIC | PART_MORE_TOPICS,
  [BELFRY_REQUEST_PUBLISH] = PART_TOPIC | PART_PAYLOAD,
  [BELFRY_REQUEST_PRESENCE] = PART_TOPIC,
  [BELFRY_REQUEST_HISTORY] = PART_TOPIC | PART_SINCE | PART_LIMIT,
  [BELFRY_REQUEST_PING] = 0,
};
G_STATIC_ASSERT (G_N_ELEMENTS (parts) == BELFRY_REQUEST_N_KINDS);

typedef struct
{
  const BelfryDialectGrammar *grammar; /* (unowned) */
  const BelfryDialectPeer *peer;       /* (unowned) */
  BelfryDialectRead read;
} Parse;

static gboolean
may_list_topics (const Parse *self, BelfryRequestKind kind)
{
  return self->grammar->has_lists && (parts[kind] & PART_MORE_TOPICS) != 0;
}

static gboolean
check_session (const Parse *self, GError **error)
{
  if (!self->grammar->has_session ||
      !belfry_dialect_read_has (&self->read, BELFRY_DIALECT_SESSION) ||
      belfry_dialect_read_equal (&self->read, BELFRY_DIALECT_SESSION, self->peer->session))
    return TRUE;
  if (self->read.members[BELFRY_DIALECT_SESSION].kind == BELFRY_JSON_STRING)
    g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_SESSION_MISMATCH,
                         "this is not the session of this connection");
  else
    g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                         "“session” must be a string");
  return FALSE;
}

static gboolean
find_kind (const Parse *self, BelfryRequestKind *kind, GError **error)
{
  BelfryDialectName verb = self->grammar->verb;

  for (int i = 0; i < BELFRY_REQUEST_N_KINDS; i++)
    {
      *kind = (BelfryRequestKind) i;
      if (belfry_dialect_read_equal (&self->read, verb, self->grammar->verbs[i]))
        return TRUE;
    }
  if (self->read.members[verb].kind == BELFRY_JSON_STRING)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNKNOWN_ACTION, "there is no such “%s”",
                 belfry_dialect_name (verb));
  else
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "“%s” must say what is asked for",
                 belfry_dialect_name (verb));
  return FALSE;
}

/* Stops one above the bound. */
static guint
count_topics (const Parse *self, const BelfryJsonMember *list)
{
  BelfryJsonIter iter;
  BelfryJsonMember member;
  guint n = 0;

  belfry_json_iter_init (&iter, self->read.text, list->value);
  while (n <= self->peer->max_topics && belfry_json_iter_next (&iter, &member))
    n++;
  return n;
}

static gboolean
check_list (const Parse *self, const BelfryJsonMember *list, guint n_topics, GError **error)
{
  if (list->kind != BELFRY_JSON_ARRAY || n_topics == 0)
    g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                         "“topics” must be a list of topics");
  else if (belfry_dialect_read_has (&self->read, self->grammar->topic))
    g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                         "“topic” and “topics” do not go together");
  else if (n_topics > self->peer->max_topics)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                 "a request may name %u topics at most", self->peer->max_topics);
  else
    return TRUE;
  return FALSE;
}

static BelfryRequest *
read_list (const Parse *self, BelfryRequestKind kind, GError **error)
{
  const BelfryJsonMember *list = &self->read.members[BELFRY_DIALECT_TOPICS];
  guint n_topics = count_topics (self, list);
  BelfryJsonIter iter;
  BelfryJsonMember member;

  if (!check_list (self, list, n_topics, error))
    return NULL;
  g_autoptr (BelfryRequest) request = belfry_request_new (kind, n_topics);
  belfry_json_iter_init (&iter, self->read.text, list->value);
  for (guint i = 0; i < n_topics && belfry_json_iter_next (&iter, &member); i++)
    {
      request->topics[i].topic = belfry_dialect_dup_topic (self->read.text, &member);
      if (request->topics[i].topic == NULL)
        {
          g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                               "each of “topics” must be a string");
          return NULL;
        }
    }
  return g_steal_pointer (&request);
}

static BelfryRequest *
read_topic (const Parse *self, BelfryRequestKind kind, GError **error)
{
  BelfryDialectName name = self->grammar->topic;
  char *topic = belfry_dialect_dup_topic (self->read.text, &self->read.members[name]);

  if (topic == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "“%s” must name a topic",
                   belfry_dialect_name (name));
      return NULL;
    }
  BelfryRequest *request = belfry_request_new (kind, 1);
  request->topics[0].topic = topic;
  return request;
}

static BelfryRequest *
read_topics (const Parse *self, BelfryRequestKind kind, GError **error)
{
  if ((parts[kind] & PART_TOPIC) == 0)
    return belfry_request_new (kind, 0);
  if (may_list_topics (self, kind) && belfry_dialect_read_has (&self->read, BELFRY_DIALECT_TOPICS))
    return read_list (self, kind, error);
  return read_topic (self, kind, error);
}

static int
compare_topics (gconstpointer a, gconstpointer b)
{
  const BelfryRequestTopic *const *left = a;
  const BelfryRequestTopic *const *right = b;

  return strcmp ((*left)->topic, (*right)->topic);
}

/* Sorted, so that a long list and a long "since" do not cost their product. */
static GPtrArray *
sort_topics (const BelfryRequest *request)
{
  GPtrArray *sorted = g_ptr_array_sized_new (request->n_topics);

  for (guint i = 0; i < request->n_topics; i++)
    g_ptr_array_add (sorted, &request->topics[i]);
  g_ptr_array_sort (sorted, compare_topics);
  return sorted;
}

/* Returns the first of those that are not before @topic. */
static guint
lower_bound (const GPtrArray *sorted, const char *topic)
{
  guint low = 0;
  guint high = sorted->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const BelfryRequestTopic *each = g_ptr_array_index (sorted, middle);

      if (strcmp (each->topic, topic) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
set_since (const GPtrArray *sorted, const char *topic, const BelfryPosition *since)
{
  for (guint i = lower_bound (sorted, topic); i < sorted->len; i++)
    {
      BelfryRequestTopic *each = g_ptr_array_index (sorted, i);

      if (strcmp (each->topic, topic) != 0)
        return;
      each->since = *since;
      each->has_since = TRUE;
    }
}

/* Positions of topics that are not asked for are let pass: a client may hand over all it has. */
static gboolean
read_since_by_topic (const Parse *self, BelfryRequest *request, GError **error)
{
  const BelfryJsonMember *since = &self->read.members[BELFRY_DIALECT_SINCE];
  g_autoptr (GPtrArray) sorted = sort_topics (request);
  BelfryJsonIter iter;
  BelfryJsonMember member;

  if (since->kind != BELFRY_JSON_OBJECT)
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                           "“since” must be positions by topic");
      return FALSE;
    }
  belfry_json_iter_init (&iter, self->read.text, since->value);
  while (belfry_json_iter_next (&iter, &member))
    {
      const BelfryJsonMember name = { .value = member.name, .kind = BELFRY_JSON_STRING };
      g_autofree char *topic = belfry_dialect_dup_topic (self->read.text, &name);
      BelfryPosition position;

      if (!belfry_dialect_read_position (self->read.text, &member, &position, error))
        return FALSE;
      set_since (sorted, topic, &position);
    }
  return TRUE;
}

static gboolean
read_since (const Parse *self, BelfryRequest *request, GError **error)
{
  if (!belfry_dialect_read_has (&self->read, BELFRY_DIALECT_SINCE))
    return TRUE;
  if (may_list_topics (self, request->kind))
    return read_since_by_topic (self, request, error);
  request->topics[0].has_since = TRUE;
  return belfry_dialect_read_position (self->read.text, &self->read.members[BELFRY_DIALECT_SINCE],
                                       &request->topics[0].since, error);
}

static gboolean
read_parts (const Parse *self, BelfryRequest *request, GError **error)
{
  const BelfryDialectGrammar *grammar = self->grammar;
  guint8 wanted = parts[request->kind];

  if ((wanted & PART_TOKEN_NEEDED) != 0 ||
      ((wanted & PART_TOKEN) != 0 && belfry_dialect_read_has (&self->read, grammar->token)))
    {
      request->token = belfry_dialect_read_token (&self->read, grammar->token, error);
      if (request->token == NULL)
        return FALSE;
    }
  if ((wanted & PART_PAYLOAD) != 0)
    {
      request->payload = belfry_dialect_read_payload (&self->read, grammar->payload,
                                                      self->peer->max_message, error);
      if (request->payload == NULL)
        return FALSE;
    }
  if ((wanted & PART_SINCE) != 0 && !read_since (self, request, error))
    return FALSE;
  return (wanted & PART_LIMIT) == 0 ||
         belfry_dialect_read_limit (&self->read, &request->limit, error);
}

static BelfryRequest *
read_request (const Parse *self, GError **error)
{
  g_autoptr (BelfryRequest) request = NULL;
  BelfryRequestKind kind;

  if (!check_session (self, error) || !find_kind (self, &kind, error))
    return NULL;
  request = read_topics (self, kind, error);
  if (request == NULL || !read_parts (self, request, error))
    return NULL;
  return g_steal_pointer (&request);
}

BelfryRequest *
belfry_dialect_parse (const BelfryDialectGrammar *grammar,
                      const BelfryDialectPeer *peer,
                      gboolean text,
                      const guint8 *bytes,
                      gsize length,
                      char **id,
                      GError **error)
{
  Parse parse = { .grammar = grammar, .peer = peer };

  *id = NULL;
  if (!text)
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                           "a request is text, not binary");
      return NULL;
    }
  if (!belfry_dialect_read_init (&parse.read, bytes, length, error) ||
      !belfry_dialect_read_id (&parse.read, id, error))
    return NULL;
  BelfryRequest *request = read_request (&parse, error);
  if (request != NULL)
    request->id = g_steal_pointer (id);
  return request;
}
