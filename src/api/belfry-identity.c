/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include "belfry-identity-private.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-text-block.h"

/* Who somebody is. Owned by all who hold a reference, on any thread: nothing but the count changes
 * after it is made. There is one for each client, so it is one block of memory: this struct, then
 * the lists of pointers, each ended by NULL, then the texts that they point to. The first pointer
 * is a NULL by itself: all lists that are empty. */
struct _BelfryIdentity
{
  atomic_uint ref_count;
  guint16 starts[BELFRY_IDENTITY_N_LISTS]; /* where each list begins in `words` */
  gint64 expiry;
  const char *subject;  /* (unowned): in this block */
  const char *token_id; /* (unowned) (nullable): in this block */
  const char *info;     /* (unowned) (nullable): in this block */
  const char *words[];  /* (unowned) (nullable): in this block */
};

/* Every entry may be a claim, of two words, in a list of its own, but for the empty one. */
G_STATIC_ASSERT (2 * BELFRY_IDENTITY_MAX_ENTRIES + BELFRY_IDENTITY_N_LISTS + 1 <= G_MAXUINT16);

G_DEFINE_BOXED_TYPE (BelfryIdentity, belfry_identity, belfry_identity_ref, belfry_identity_unref)

static gsize
count_words (const BelfryIdentityParts *parts)
{
  gsize n_words = 1;

  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    {
      if (parts->lists[list]->len > 0)
        n_words += parts->lists[list]->len + 1;
    }
  return n_words;
}

static gsize
count_text (const BelfryIdentityParts *parts)
{
  gsize size = belfry_text_size (parts->subject) + belfry_text_size (parts->token_id) +
               belfry_text_size (parts->info);

  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    {
      for (guint i = 0; i < parts->lists[list]->len; i++)
        size += belfry_text_size (g_ptr_array_index (parts->lists[list], i));
    }
  return size;
}

static void
put_lists (BelfryIdentity *self, const BelfryIdentityParts *parts, char **end)
{
  gsize next = 1;

  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    {
      guint length = parts->lists[list]->len;

      if (length == 0)
        continue;
      self->starts[list] = (guint16) next;
      for (guint i = 0; i < length; i++)
        self->words[next++] = belfry_text_put (end, g_ptr_array_index (parts->lists[list], i));
      self->words[next++] = NULL;
    }
}

BelfryIdentity *
belfry_identity_new (const BelfryIdentityParts *parts)
{
  gsize n_words = count_words (parts);
  gsize head = sizeof (BelfryIdentity) + n_words * sizeof (char *);
  BelfryIdentity *self = g_malloc0 (head + count_text (parts));
  char *end = (char *) self + head;

  atomic_init (&self->ref_count, 1);
  self->expiry = parts->expiry;
  self->subject = belfry_text_put (&end, parts->subject);
  self->token_id = belfry_text_put (&end, parts->token_id);
  self->info = belfry_text_put (&end, parts->info);
  put_lists (self, parts, &end);
  return self;
}

BelfryIdentity *
belfry_identity_ref (BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_identity_unref (BelfryIdentity *self)
{
  g_return_if_fail (self != NULL);

  /* Release: what this thread read comes before the end. Acquire: the end comes after. */
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    g_free (self);
}

const char *
belfry_identity_get_subject (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->subject;
}

const char *
belfry_identity_get_token_id (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->token_id;
}

const char *
belfry_identity_get_info (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->info;
}

gint64
belfry_identity_get_expiry (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->expiry;
}

gboolean
belfry_identity_has_role (const BelfryIdentity *self, const char *role)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (role != NULL, FALSE);

  return g_strv_contains (belfry_identity_get_roles (self), role);
}

const char *const *
belfry_identity_get_roles (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->words + self->starts[BELFRY_IDENTITY_ROLES];
}

const char *
belfry_identity_get_claim (const BelfryIdentity *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (const char *const *claim = self->words + self->starts[BELFRY_IDENTITY_CLAIMS];
       *claim != NULL; claim += 2)
    {
      if (strcmp (claim[0], name) == 0)
        return claim[1];
    }
  return NULL;
}

const char *const *
belfry_identity_get_claims (const BelfryIdentity *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->words + self->starts[BELFRY_IDENTITY_CLAIMS];
}

const char *const *
belfry_identity_get_grants (const BelfryIdentity *self, BelfryTopicAction action)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail ((guint) action < BELFRY_N_TOPIC_ACTIONS, self->words);

  return self->words + self->starts[action];
}
