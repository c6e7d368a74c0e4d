/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-token.h"

#include <string.h>

#include "belfry-jwt-json.h"
#include "belfry-jwt-text.h"

/* A JSON Web Token in its compact form (RFC 7515, 7519), as far as it can be read without a key.
 * Keys and addresses of keys in the header (jwk, jku, x5c, x5u) are never looked at. */

#define N_PARTS 3

typedef struct
{
  const char *start[N_PARTS]; /* (unowned) */
  gsize length[N_PARTS];
} Parts;

static BelfryJwtFault
split (const char *text, Parts *parts)
{
  gsize length = strnlen (text, BELFRY_JWT_MAX_TOKEN + 1);
  const char *end = text + length;

  if (length > BELFRY_JWT_MAX_TOKEN)
    return BELFRY_JWT_FAULT_LENGTH;
  for (gsize i = 0; i < N_PARTS; i++)
    {
      const char *dot = memchr (text, '.', (gsize) (end - text));

      if ((dot == NULL) != (i == N_PARTS - 1))
        return BELFRY_JWT_FAULT_SEGMENTS;
      parts->start[i] = text;
      parts->length[i] = (gsize) ((dot == NULL ? end : dot) - text);
      if (parts->length[i] == 0)
        return BELFRY_JWT_FAULT_SEGMENTS;
      text = dot == NULL ? end : dot + 1;
    }
  return BELFRY_JWT_FAULT_NONE;
}

/* (transfer full) (nullable) */
static json_t *
read_object (const Parts *parts, gsize i, BelfryJwtFault *fault)
{
  gsize length = 0;
  g_autofree char *text = belfry_jwt_base64url_decode (parts->start[i], parts->length[i], &length);

  *fault = BELFRY_JWT_FAULT_BASE64;
  return text == NULL ? NULL : belfry_jwt_json_object_read (text, length, fault);
}

/* What a token may be, in any case of letters; RFC 9068 for the last two. A token that is something
 * else to its issuer, for logging out or for asking who somebody is, lets nobody in. */
static const struct
{
  const char *name; /* (unowned) */
  gboolean is_plain;
} types[] = {
  { "JWT", TRUE },
  { "at+jwt", FALSE },
  { "application/at+jwt", FALSE },
};

static BelfryJwtFault
read_type (BelfryJwtToken *self)
{
  const json_t *typ = json_object_get (self->header, "typ");

  self->is_plain = TRUE;
  if (typ == NULL)
    return BELFRY_JWT_FAULT_NONE;
  const char *type = json_string_value (typ);
  if (type == NULL)
    return BELFRY_JWT_FAULT_HEADER;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (g_ascii_strcasecmp (type, types[i].name) != 0)
        continue;
      self->is_plain = types[i].is_plain;
      return BELFRY_JWT_FAULT_NONE;
    }
  return BELFRY_JWT_FAULT_TYPE;
}

static BelfryJwtFault
read_header (BelfryJwtToken *self)
{
  const char *name = json_string_value (json_object_get (self->header, "alg"));
  const json_t *key_id = json_object_get (self->header, "kid");

  self->key_id = json_string_value (key_id);
  if (name == NULL || (self->key_id == NULL && key_id != NULL))
    return BELFRY_JWT_FAULT_HEADER;
  if (json_object_get (self->header, "crit") != NULL ||
      json_object_get (self->header, "b64") != NULL)
    return BELFRY_JWT_FAULT_CRITICAL;
  self->algorithm = belfry_jwt_algorithm_find (name);
  if (self->algorithm == NULL)
    return BELFRY_JWT_FAULT_ALGORITHM;
  return read_type (self);
}

static BelfryJwtFault
read_issuer (BelfryJwtToken *self)
{
  const json_t *issuer = belfry_jwt_token_get_claim (self, "iss");

  self->issuer = json_string_value (issuer);
  return issuer != NULL && self->issuer == NULL ? BELFRY_JWT_FAULT_ISSUER : BELFRY_JWT_FAULT_NONE;
}

static BelfryJwtFault
check_signature_form (const BelfryJwtToken *self, const Parts *parts)
{
  gsize length = 0;
  g_autofree char *signature =
      belfry_jwt_base64url_decode (parts->start[N_PARTS - 1], parts->length[N_PARTS - 1], &length);

  if (signature == NULL)
    return BELFRY_JWT_FAULT_BASE64;
  if (self->algorithm->signature != 0 && self->algorithm->signature != length)
    return BELFRY_JWT_FAULT_SIGNATURE;
  return BELFRY_JWT_FAULT_NONE;
}

BelfryJwtToken *
belfry_jwt_token_read (const char *text, BelfryJwtFault *fault)
{
  g_autoptr (BelfryJwtToken) self = g_new0 (BelfryJwtToken, 1);
  Parts parts;

  *fault = split (text, &parts);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    self->header = read_object (&parts, 0, fault);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    *fault = read_header (self);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    *fault = check_signature_form (self, &parts);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    self->claims = read_object (&parts, 1, fault);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    *fault = read_issuer (self);
  return *fault == BELFRY_JWT_FAULT_NONE ? g_steal_pointer (&self) : NULL;
}

void
belfry_jwt_token_free (BelfryJwtToken *self)
{
  g_clear_pointer (&self->header, json_decref);
  g_clear_pointer (&self->claims, json_decref);
  g_free (self);
}

json_t *
belfry_jwt_token_get_claim (const BelfryJwtToken *self, const char *name)
{
  return json_object_get (self->claims, name);
}
