/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-identity-private.h"

/* Puts an identity together. Owned by who makes it, on one thread; counted, because boxed types of
 * other languages are. It keeps the first thing that was wrong, and takes nothing after it, so that
 * a stranger's token is never held in a larger form than an identity may have. */
struct _BelfryIdentityBuilder
{
  atomic_uint ref_count;
  char *subject;                             /* (owned) */
  char *token_id;                            /* (owned) (nullable) */
  char *info;                                /* (owned) (nullable) */
  GPtrArray *lists[BELFRY_IDENTITY_N_LISTS]; /* (owned) (element-type utf8) */
  guint n_entries;
  gsize size; /* of all texts, without the subject */
  gint64 expiry;
  GError *fault;         /* (owned) (nullable): the first that came */
  GError *subject_fault; /* (owned) (nullable): stays when the builder begins again */
};

G_DEFINE_BOXED_TYPE (BelfryIdentityBuilder,
                     belfry_identity_builder,
                     belfry_identity_builder_ref,
                     belfry_identity_builder_unref)

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **fault, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (*fault == NULL)
    *fault = g_error_new_valist (BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (g_ascii_iscntrl (*text))
        return TRUE;
    }
  return FALSE;
}

/* A name is what people, logs and lists see: short, on one line. */
static gboolean
check_name (const char *what, const char *name, GError **fault)
{
  gsize length = strnlen (name, BELFRY_IDENTITY_MAX_NAME + 1);

  if (length == 0 || length > BELFRY_IDENTITY_MAX_NAME)
    return refuse (fault, "%s: expected 1 to %d bytes", what, BELFRY_IDENTITY_MAX_NAME);
  if (!g_utf8_validate (name, (gssize) length, NULL) || has_control (name))
    return refuse (fault, "%s: expected UTF-8 without control characters", what);
  return TRUE;
}

/* Counts a text before it is copied. */
static gboolean
take_size (BelfryIdentityBuilder *self, const char *what, const char *text)
{
  gsize room = BELFRY_IDENTITY_MAX_SIZE - self->size;
  gsize length = strnlen (text, room + 1);

  if (length > room)
    return refuse (&self->fault, "%s: more than %d bytes of text in all", what,
                   BELFRY_IDENTITY_MAX_SIZE);
  if (!g_utf8_validate (text, (gssize) length, NULL))
    return refuse (&self->fault, "%s: expected UTF-8", what);
  self->size += length;
  return TRUE;
}

static gboolean
take_entry (BelfryIdentityBuilder *self, const char *what, const char *name)
{
  if (self->fault != NULL || !check_name (what, name, &self->fault))
    return FALSE;
  if (self->n_entries >= BELFRY_IDENTITY_MAX_ENTRIES)
    return refuse (&self->fault, "%s: more than %d roles, claims and grants", what,
                   BELFRY_IDENTITY_MAX_ENTRIES);
  self->n_entries++;
  return take_size (self, what, name);
}

static void
clear_content (BelfryIdentityBuilder *self)
{
  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    g_ptr_array_set_size (self->lists[list], 0);
  g_clear_pointer (&self->token_id, g_free);
  g_clear_pointer (&self->info, g_free);
  g_clear_error (&self->fault);
  self->n_entries = 0;
  self->size = 0;
  self->expiry = 0;
}

static int
compare_claims (gconstpointer a, gconstpointer b)
{
  const char *const *one = a;
  const char *const *other = b;

  return strcmp (one[0], other[0]);
}

/* Two of the same name would let the writer choose which one each reader sees. */
static gboolean
order_claims (BelfryIdentityBuilder *self)
{
  GPtrArray *claims = self->lists[BELFRY_IDENTITY_CLAIMS];

  if (claims->len == 0)
    return TRUE;
  qsort (claims->pdata, claims->len / 2, 2 * sizeof (gpointer), compare_claims);
  for (guint i = 2; i < claims->len; i += 2)
    {
      if (strcmp (claims->pdata[i - 2], claims->pdata[i]) == 0)
        return refuse (&self->fault, "claim: “%s” is there twice", (char *) claims->pdata[i]);
    }
  return TRUE;
}

BelfryIdentityBuilder *
belfry_identity_builder_new (const char *subject)
{
  g_return_val_if_fail (subject != NULL, NULL);
  BelfryIdentityBuilder *self = g_new0 (BelfryIdentityBuilder, 1);

  atomic_init (&self->ref_count, 1);
  if (check_name ("subject", subject, &self->subject_fault))
    self->subject = g_strdup (subject);
  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    self->lists[list] = g_ptr_array_new_with_free_func (g_free);
  return self;
}

BelfryIdentityBuilder *
belfry_identity_builder_ref (BelfryIdentityBuilder *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_identity_builder_unref (BelfryIdentityBuilder *self)
{
  g_return_if_fail (self != NULL);

  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  clear_content (self);
  for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
    g_ptr_array_unref (self->lists[list]);
  g_clear_error (&self->subject_fault);
  g_free (self->subject);
  g_free (self);
}

void
belfry_identity_builder_add_role (BelfryIdentityBuilder *self, const char *role)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (role != NULL);

  if (take_entry (self, "role", role))
    g_ptr_array_add (self->lists[BELFRY_IDENTITY_ROLES], g_strdup (role));
}

void
belfry_identity_builder_add_claim (BelfryIdentityBuilder *self, const char *name, const char *value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);

  if (!take_entry (self, "claim", name) || !take_size (self, "claim", value))
    return;
  g_ptr_array_add (self->lists[BELFRY_IDENTITY_CLAIMS], g_strdup (name));
  g_ptr_array_add (self->lists[BELFRY_IDENTITY_CLAIMS], g_strdup (value));
}

void
belfry_identity_builder_add_grant (BelfryIdentityBuilder *self,
                                   BelfryTopicAction action,
                                   const char *pattern)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail ((guint) action < BELFRY_N_TOPIC_ACTIONS);
  g_return_if_fail (pattern != NULL);

  if (take_entry (self, "grant", pattern))
    g_ptr_array_add (self->lists[action], g_strdup (pattern));
}

void
belfry_identity_builder_set_expiry (BelfryIdentityBuilder *self, gint64 expires)
{
  g_return_if_fail (self != NULL);

  if (expires < 0)
    refuse (&self->fault, "expiry: expected a time after 1970");
  self->expiry = expires;
}

void
belfry_identity_builder_set_token_id (BelfryIdentityBuilder *self, const char *token_id)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->token_id, g_free);
  if (token_id != NULL && check_name ("token", token_id, &self->fault))
    self->token_id = g_strdup (token_id);
}

void
belfry_identity_builder_set_info (BelfryIdentityBuilder *self, const char *json)
{
  g_return_if_fail (self != NULL);

  self->size -= self->info != NULL ? strlen (self->info) : 0;
  g_clear_pointer (&self->info, g_free);
  if (json == NULL || self->fault != NULL || !take_size (self, "info", json))
    return;
  if (!g_str_has_prefix (json, "{") || !g_str_has_suffix (json, "}"))
    refuse (&self->fault, "info: expected a JSON object");
  else
    self->info = g_strdup (json);
}

BelfryIdentity *
belfry_identity_builder_end (BelfryIdentityBuilder *self, GError **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  BelfryIdentity *identity = NULL;

  if (self->subject == NULL)
    g_propagate_error (error, g_error_copy (self->subject_fault));
  else if (self->fault != NULL || !order_claims (self))
    g_propagate_error (error, g_steal_pointer (&self->fault));
  else
    {
      BelfryIdentityParts parts = { self->subject, self->token_id, self->info,
                                    .expiry = self->expiry };

      for (int list = 0; list < BELFRY_IDENTITY_N_LISTS; list++)
        parts.lists[list] = self->lists[list];
      identity = belfry_identity_new (&parts);
    }
  clear_content (self);
  return identity;
}
