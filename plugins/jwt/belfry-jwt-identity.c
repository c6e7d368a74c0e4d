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

/* jansson allocates as GLib does.
 *
 * Returns: (transfer full): whatever it is, as JSON */
static char *
write_json (const json_t *value)
{
  return json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
}

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
add_list (BelfryIdentityBuilder *builder, const json_t *list, AddText add, gpointer user_data)
{
  const char *text = json_string_value (list);

  if (text != NULL)
    add_words (builder, text, add, user_data);
  for (gsize i = 0; i < json_array_size (list); i++)
    {
      text = json_string_value (json_array_get (list, i));
      if (text != NULL)
        add (builder, text, user_data);
    }
}

/* A claim of the whole name comes first: names that are URLs have dots. */
static const json_t *
find_claim (const BelfryJwtToken *token, const char *path)
{
  const json_t *value = belfry_jwt_token_get_claim (token, path);
  g_auto (GStrv) names = NULL;

  if (value != NULL)
    return value;
  names = g_strsplit (path, ".", -1);
  value = token->claims;
  for (char **name = names; *name != NULL; name++)
    value = json_object_get (value, *name);
  return value;
}

/* One that is null says nothing, as one that is not there: it must not be a name that all have in
 * common who lack a better one. */
static void
add_claim (BelfryIdentityBuilder *builder, const char *name, const json_t *value)
{
  char number[32];

  if (json_is_null (value))
    return;
  if (json_is_string (value))
    {
      belfry_identity_builder_add_claim (builder, name, json_string_value (value));
      return;
    }
  if (json_is_integer (value))
    {
      g_snprintf (number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value (value));
      belfry_identity_builder_add_claim (builder, name, number);
      return;
    }
  g_autofree char *json = write_json (value);
  belfry_identity_builder_add_claim (builder, name, json);
}

static void
add_claims (BelfryIdentityBuilder *builder, json_t *claims)
{
  const char *name;
  json_t *value;

  json_object_foreach (claims, name, value) add_claim (builder, name, value);
}

static void
add_info (BelfryIdentityBuilder *builder, const json_t *info)
{
  if (!json_is_object (info))
    return;
  g_autofree char *json = write_json (info);
  belfry_identity_builder_set_info (builder, json);
}

BelfryIdentity *
belfry_jwt_identity_new (const BelfryJwtToken *token, const char *roles_claim, GError **error)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (token->subject);

  belfry_identity_builder_set_expiry (builder, token->expires);
  belfry_identity_builder_set_token_id (builder, token->token_id);
  add_claims (builder, token->claims);
  add_list (builder, find_claim (token, roles_claim), add_role, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (grant_claims); i++)
    {
      BelfryTopicAction action = (BelfryTopicAction) i;

      add_list (builder, belfry_jwt_token_get_claim (token, grant_claims[i]), add_grant, &action);
    }
  add_info (builder, belfry_jwt_token_get_claim (token, "info"));
  return belfry_identity_builder_end (builder, error);
}
