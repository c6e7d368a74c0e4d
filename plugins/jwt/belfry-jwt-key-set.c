/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-key-set.h"

#include <stdatomic.h>
#include <string.h>

/* Which key a token is verified with. The token only proposes: issuer and name narrow the choice
 * among keys that fit the algorithm, and a key of another family is never in it. */
struct _BelfryJwtKeySet
{
  atomic_uint ref_count;
  GPtrArray *keys; /* (owned) (element-type BelfryJwtKey) */
};

static gboolean
same_group (const BelfryJwtKey *one, const BelfryJwtKey *other)
{
  return one->family == other->family && g_strcmp0 (one->issuer, other->issuer) == 0 &&
         g_strcmp0 (one->id, other->id) == 0;
}

static gboolean
check_group (const GPtrArray *keys, const BelfryJwtKey *key, GError **error)
{
  guint n = 0;

  for (guint i = 0; i < keys->len; i++)
    n += same_group (keys->pdata[i], key);
  if (n <= BELFRY_JWT_MAX_TRIES)
    return TRUE;
  g_set_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY,
               "%u keys of one kind and issuer have %s%s: expected at most %d", n,
               key->id == NULL ? "no kid" : "the kid ", key->id == NULL ? "" : key->id,
               BELFRY_JWT_MAX_TRIES);
  return FALSE;
}

/* The keys that one look-up chooses from. */
typedef struct
{
  const char *issuer;                  /* (unowned) (nullable) */
  const char *id;                      /* (unowned) (nullable) */
  const BelfryJwtAlgorithm *algorithm; /* (unowned) */
} Query;

static gboolean
has_issuer (const BelfryJwtKeySet *self, const char *issuer)
{
  for (guint i = 0; i < self->keys->len; i++)
    {
      const BelfryJwtKey *key = self->keys->pdata[i];

      if (g_strcmp0 (key->issuer, issuer) == 0)
        return TRUE;
    }
  return FALSE;
}

static gsize
find_named (const BelfryJwtKeySet *self,
            const Query *query,
            const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES])
{
  gsize n = 0;

  for (guint i = 0; i < self->keys->len && n < BELFRY_JWT_MAX_TRIES; i++)
    {
      const BelfryJwtKey *key = self->keys->pdata[i];

      if (belfry_jwt_key_fits (key, query->algorithm) &&
          g_strcmp0 (key->issuer, query->issuer) == 0 && g_strcmp0 (key->id, query->id) == 0)
        found[n++] = key;
    }
  return n;
}

/* For a token that does not name its key. */
static gsize
find_only (const BelfryJwtKeySet *self, const Query *query, const BelfryJwtKey **found)
{
  gsize n = 0;

  for (guint i = 0; i < self->keys->len; i++)
    {
      const BelfryJwtKey *key = self->keys->pdata[i];

      if (belfry_jwt_key_fits (key, query->algorithm) &&
          g_strcmp0 (key->issuer, query->issuer) == 0)
        {
          *found = key;
          n++;
        }
    }
  return n == 1 ? 1 : 0;
}

BelfryJwtKeySet *
belfry_jwt_key_set_new (GPtrArray *keys, GError **error)
{
  g_autoptr (GPtrArray) owned = keys;

  if (keys->len > BELFRY_JWT_MAX_KEYS)
    {
      g_set_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY, "%u keys: expected at most %d",
                   keys->len, BELFRY_JWT_MAX_KEYS);
      return NULL;
    }
  for (guint i = 0; i < keys->len; i++)
    {
      if (!check_group (keys, keys->pdata[i], error))
        return NULL;
    }
  BelfryJwtKeySet *self = g_new0 (BelfryJwtKeySet, 1);
  atomic_init (&self->ref_count, 1);
  self->keys = g_steal_pointer (&owned);
  return self;
}

BelfryJwtKeySet *
belfry_jwt_key_set_ref (BelfryJwtKeySet *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_jwt_key_set_unref (BelfryJwtKeySet *self)
{
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    {
      g_ptr_array_unref (self->keys);
      g_free (self);
    }
}

guint
belfry_jwt_key_set_get_size (const BelfryJwtKeySet *self)
{
  return self->keys->len;
}

gboolean
belfry_jwt_key_set_equal (const BelfryJwtKeySet *self, const BelfryJwtKeySet *other)
{
  if (self->keys->len != other->keys->len)
    return FALSE;
  for (guint i = 0; i < self->keys->len; i++)
    {
      const BelfryJwtKey *one = self->keys->pdata[i];
      const BelfryJwtKey *two = other->keys->pdata[i];

      if (!same_group (one, two) || one->only != two->only || one->length != two->length ||
          memcmp (one->bytes, two->bytes, one->length) != 0)
        return FALSE;
    }
  return TRUE;
}

gsize
belfry_jwt_key_set_find (const BelfryJwtKeySet *self,
                         const char *issuer,
                         const char *id,
                         const BelfryJwtAlgorithm *algorithm,
                         const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES],
                         BelfryJwtFault *fault)
{
  Query query = { .issuer = issuer, .id = id, .algorithm = algorithm };
  gsize n;

  if (!has_issuer (self, issuer))
    query.issuer = NULL;
  *fault = self->keys->len > 0 && !has_issuer (self, query.issuer) ? BELFRY_JWT_FAULT_ISSUER
                                                                   : BELFRY_JWT_FAULT_KEY;
  n = find_named (self, &query, found);
  if (n == 0 && id == NULL)
    n = find_only (self, &query, found);
  else if (n == 0)
    {
      query.id = NULL;
      n = find_named (self, &query, found);
    }
  if (n > 0)
    *fault = BELFRY_JWT_FAULT_NONE;
  return n;
}
