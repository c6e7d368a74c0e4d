/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-answer.h"

#include <libsoup/soup.h>

#include "belfry-webhook-json.h"

/* What HTTP answers mean. The backend is trusted with what it says, but not to say it well. */

/* A hundred years: nobody means more, and microseconds of it are far from the end of 64 bits. */
#define MAX_SECONDS (G_GINT64_CONSTANT (100) * 366 * 24 * 3600)

/* Not in libsoup's list. */
#define STATUS_TOO_MANY_REQUESTS 429

typedef struct
{
  const char *name; /* (unowned) */
  BelfryTopicAction action;
} GrantRow;

static const GrantRow grants[] = {
  { "subscribe", BELFRY_TOPIC_ACTION_SUBSCRIBE },
  { "publish", BELFRY_TOPIC_ACTION_PUBLISH },
  { "presence", BELFRY_TOPIC_ACTION_PRESENCE },
  { "history", BELFRY_TOPIC_ACTION_HISTORY },
};
G_STATIC_ASSERT (G_N_ELEMENTS (grants) == BELFRY_N_TOPIC_ACTIONS);

static BelfryWebhookAnswer *
answer_new (BelfryWebhookAnswerKind kind, BelfryIdentity *identity)
{
  BelfryWebhookAnswer *self = g_new0 (BelfryWebhookAnswer, 1);

  g_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->identity = identity;
  return self;
}

static gboolean
fail (GError **error, const char *name, const char *expected)
{
  g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED,
               "the answer's “%s”: expected %s", name, expected);
  return FALSE;
}

/* A member that is null counts as one that is not there. */
static JsonNode *
find (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static const char *
string_of (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* Returns FALSE if it is there and no string; @value: (out): NULL if it is not there */
static gboolean
get_string (JsonObject *object, const char *name, const char **value, GError **error)
{
  JsonNode *node = find (object, name);

  *value = node != NULL ? string_of (node) : NULL;
  return node == NULL || *value != NULL || fail (error, name, "a string");
}

typedef void (*TakeString) (BelfryIdentityBuilder *builder, const char *value, const GrantRow *row);

static void
take_role (BelfryIdentityBuilder *builder, const char *value, const GrantRow *row)
{
  belfry_identity_builder_add_role (builder, value);
}

static void
take_grant (BelfryIdentityBuilder *builder, const char *value, const GrantRow *row)
{
  belfry_identity_builder_add_grant (builder, row->action, value);
}

static gboolean
read_strings (JsonObject *object,
              const char *name,
              BelfryIdentityBuilder *builder,
              TakeString take,
              const GrantRow *row,
              GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail (error, name, "an array of strings");
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *value = string_of (json_array_get_element (array, i));

      if (value == NULL)
        return fail (error, name, "an array of strings");
      take (builder, value, row);
    }
  return TRUE;
}

/* One that is null must not be a name that all have in common who lack a better one. */
static gboolean
read_claims (JsonObject *object, BelfryIdentityBuilder *builder, GError **error)
{
  JsonNode *node = find (object, "claims");
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "claims", "an object");
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value))
    {
      if (JSON_NODE_HOLDS_NULL (value))
        continue;
      g_autofree char *json = string_of (value) == NULL ? json_to_string (value, FALSE) : NULL;
      belfry_identity_builder_add_claim (builder, name, json != NULL ? json : string_of (value));
    }
  return TRUE;
}

static gboolean
read_info (JsonObject *object, BelfryIdentityBuilder *builder, GError **error)
{
  JsonNode *node = find (object, "info");

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "info", "an object");
  g_autofree char *json = json_to_string (node, FALSE);
  belfry_identity_builder_set_info (builder, json);
  return TRUE;
}

/* Returns FALSE if it is there and no such number; @seconds is left as it is if it is not there */
static gboolean
get_seconds (JsonObject *object, const char *name, gint64 *seconds, GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return fail (error, name, "a whole number of seconds");
  *seconds = json_node_get_int (node);
  return (*seconds > 0 && *seconds <= MAX_SECONDS) ||
         fail (error, name, "seconds from 1 to a hundred years");
}

static gboolean
read_expiry (JsonObject *object, gint64 wall, BelfryIdentityBuilder *builder, GError **error)
{
  gint64 expires_in = 0;
  gint64 expires = 0;

  if (!get_seconds (object, "expires_in", &expires_in, error) ||
      !get_seconds (object, "expires_at", &expires, error))
    return FALSE;
  if (expires_in != 0 && expires != 0)
    return fail (error, "expires_at", "only one of it and “expires_in”");
  if (expires_in != 0)
    belfry_identity_builder_set_expiry (builder, wall + expires_in * G_USEC_PER_SEC);
  else if (expires != 0)
    belfry_identity_builder_set_expiry (builder, expires * G_USEC_PER_SEC);
  return TRUE;
}

static gboolean
read_all (JsonObject *object, gint64 wall, BelfryIdentityBuilder *builder, GError **error)
{
  const char *token_id;

  if (!read_strings (object, "roles", builder, take_role, NULL, error) ||
      !read_claims (object, builder, error) || !read_info (object, builder, error) ||
      !read_expiry (object, wall, builder, error) ||
      !get_string (object, "token_id", &token_id, error))
    return FALSE;
  belfry_identity_builder_set_token_id (builder, token_id);
  for (gsize i = 0; i < G_N_ELEMENTS (grants); i++)
    {
      if (!read_strings (object, grants[i].name, builder, take_grant, &grants[i], error))
        return FALSE;
    }
  return TRUE;
}

static BelfryWebhookAnswer *
read_identity (JsonObject *object, gint64 wall, GError **error)
{
  g_autoptr (GError) fault = NULL;
  const char *subject;

  if (!get_string (object, "subject", &subject, error))
    return NULL;
  if (subject == NULL)
    {
      fail (error, "subject", "the user's name");
      return NULL;
    }
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (subject);
  if (!read_all (object, wall, builder, error))
    return NULL;
  /* What cannot be an identity is the backend's fault, not the client's. */
  BelfryIdentity *identity = belfry_identity_builder_end (builder, &fault);
  if (identity == NULL)
    {
      g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "the answer's %s",
                   fault->message);
      return NULL;
    }
  gint64 expiry = belfry_identity_get_expiry (identity);
  if (expiry != 0 && expiry <= wall)
    {
      belfry_identity_unref (identity);
      return answer_new (BELFRY_WEBHOOK_EXPIRED, NULL);
    }
  return answer_new (BELFRY_WEBHOOK_IDENTITY, identity);
}

static BelfryWebhookAnswer *
fail_status (guint status, GError **error)
{
  gboolean later = status >= 500 || status == STATUS_TOO_MANY_REQUESTS;

  g_set_error (error, BELFRY_PLUGIN_ERROR,
               later ? BELFRY_PLUGIN_ERROR_UNAVAILABLE : BELFRY_PLUGIN_ERROR_FAILED,
               "the backend answered with status %u", status);
  return NULL;
}

BelfryWebhookAnswer *
belfry_webhook_answer_parse_identity (guint status, GBytes *content, gint64 wall, GError **error)
{
  if (status == SOUP_STATUS_NO_CONTENT)
    return answer_new (BELFRY_WEBHOOK_ABSTAIN, NULL);
  if (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN)
    return answer_new (BELFRY_WEBHOOK_REFUSED, NULL);
  if (status != SOUP_STATUS_OK)
    return fail_status (status, error);
  g_autoptr (JsonObject) object =
      belfry_webhook_json_parse (content, BELFRY_WEBHOOK_MAX_DEPTH, error);
  return object != NULL ? read_identity (object, wall, error) : NULL;
}

BelfryWebhookAnswer *
belfry_webhook_answer_parse_verdict (guint status, GBytes *content, gint64 wall, GError **error)
{
  if (status == SOUP_STATUS_NO_CONTENT)
    return answer_new (BELFRY_WEBHOOK_ABSTAIN, NULL);
  if (status == SOUP_STATUS_FORBIDDEN)
    return answer_new (BELFRY_WEBHOOK_DENY, NULL);
  if (status != SOUP_STATUS_OK)
    return fail_status (status, error);
  g_autoptr (JsonObject) object =
      belfry_webhook_json_parse (content, BELFRY_WEBHOOK_MAX_DEPTH, error);
  if (object == NULL)
    return NULL;
  JsonNode *node = find (object, "allow");
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      fail (error, "allow", "true or false");
      return NULL;
    }
  return answer_new (json_node_get_boolean (node) ? BELFRY_WEBHOOK_ALLOW : BELFRY_WEBHOOK_DENY,
                     NULL);
}

BelfryWebhookAnswer *
belfry_webhook_answer_ref (BelfryWebhookAnswer *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
belfry_webhook_answer_unref (BelfryWebhookAnswer *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_free (self);
}

gboolean
belfry_webhook_answer_is_positive (const BelfryWebhookAnswer *self)
{
  return self->kind == BELFRY_WEBHOOK_IDENTITY || self->kind == BELFRY_WEBHOOK_ALLOW;
}
