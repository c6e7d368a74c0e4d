/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-identity.h"

#include "belfry-jwt-text.h"

/* From the claims of a good token to an identity: pure functions, without state. */

/* The claims that allow topics without asking a policy. */
static const char *const grant_claims[] = {
  [BELFRY_TOPIC_ACTION_SUBSCRIBE] = "subscribe",
  [BELFRY_TOPIC_ACTION_PUBLISH] = "publish",
  [BELFRY_TOPIC_ACTION_PRESENCE] = "presence",
  [BELFRY_TOPIC_ACTION_HISTORY] = "history",
};
G_STATIC_ASSERT (G_N_ELEMENTS (grant_claims) == BELFRY_N_TOPIC_ACTIONS);

typedef void (*AddText) (BelfryIdentityBuilder *builder, const char *text, gpointer user_data);

static void
add_role (BelfryIdentityBuilder *builder, const char *text, gpointer user_data)
{
  belfry_identity_builder_add_role (builder, text);
}

static void
add_grant (BelfryIdentityBuilder *builder, const char *text, gpointer user_data)
{
  belfry_identity_builder_add_grant (builder, *(const BelfryTopicAction *) user_data, text);
}

static void
add_words (BelfryIdentityBuilder *builder, const char *text, AddText add, gpointer user_data)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      if (**word != '\0')
        add (builder, *word, user_data);
    }
}

/* A list is an array of texts, or one text with spaces; all else allows nothing. */
static void
add_list (BelfryIdentityBuilder *builder, JsonNode *node, AddText add, gpointer user_data)
{
  const char *text = belfry_jwt_get_text (node);
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (text != NULL)
    add_words (builder, text, add, user_data);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      text = belfry_jwt_get_text (json_array_get_element (array, i));
      if (text != NULL)
        add (builder, text, user_data);
    }
}

/* A claim of the whole name comes first: names that are URLs have dots. */
static JsonNode *
find_claim (const BelfryJwtToken *token, const char *path)
{
  JsonNode *node = belfry_jwt_token_get_claim (token, path);
  g_auto (GStrv) names = NULL;

  if (node != NULL)
    return node;
  names = g_strsplit (path, ".", -1);
  node = token->claims;
  for (char **name = names; *name != NULL; name++)
    {
      if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
        return NULL;
      node = json_object_get_member (json_node_get_object (node), *name);
    }
  return node;
}

/* One that is null says nothing, as one that is not there: it must not be a name that all have in
 * common who lack a better one. */
static void
add_claim (JsonObject *claims, const char *name, JsonNode *value, gpointer user_data)
{
  BelfryIdentityBuilder *builder = user_data;
  const char *text = belfry_jwt_get_text (value);
  char number[32];

  if (JSON_NODE_HOLDS_NULL (value))
    return;
  if (text != NULL)
    {
      belfry_identity_builder_add_claim (builder, name, text);
      return;
    }
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_INT64)
    {
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, json_node_get_int (value));
      belfry_identity_builder_add_claim (builder, name, number);
      return;
    }
  g_autofree char *json = json_to_string (value, FALSE);
  belfry_identity_builder_add_claim (builder, name, json);
}

static void
add_info (BelfryIdentityBuilder *builder, JsonNode *info)
{
  if (info == NULL || !JSON_NODE_HOLDS_OBJECT (info))
    return;
  g_autofree char *json = json_to_string (info, FALSE);
  belfry_identity_builder_set_info (builder, json);
}

BelfryIdentity *
belfry_jwt_identity_new (const BelfryJwtToken *token, const char *roles_claim, GError **error)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (token->subject);

  belfry_identity_builder_set_expiry (builder, token->expires);
  belfry_identity_builder_set_token_id (builder, token->token_id);
  json_object_foreach_member (json_node_get_object (token->claims), add_claim, builder);
  add_list (builder, find_claim (token, roles_claim), add_role, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (grant_claims); i++)
    {
      BelfryTopicAction action = (BelfryTopicAction) i;

      add_list (builder, belfry_jwt_token_get_claim (token, grant_claims[i]), add_grant, &action);
    }
  add_info (builder, belfry_jwt_token_get_claim (token, "info"));
  return belfry_identity_builder_end (builder, error);
}
