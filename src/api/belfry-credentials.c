/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-credentials.h>

#include <stdatomic.h>
#include <string.h>

#include "belfry-text-block.h"

/* What a client shows of itself. Owned by all who hold a reference, on any thread: nothing but the
 * count changes after it is made. One block of memory holds the texts, too, and all of it is wiped
 * with the last reference. */
struct _BelfryCredentials
{
  atomic_uint ref_count;
  gboolean has_peer;
  guint uid;
  gint pid;
  gsize size;              /* of the whole block */
  const char *token;       /* (unowned) (nullable): this one and those below are in the block */
  const char *address;     /* (unowned) (nullable) */
  const char *origin;      /* (unowned) (nullable) */
  const char *endpoint;    /* (unowned) (nullable) */
  const char *certificate; /* (unowned) (nullable) */
  char texts[];
};

G_DEFINE_BOXED_TYPE (BelfryCredentials,
                     belfry_credentials,
                     belfry_credentials_ref,
                     belfry_credentials_unref)

BelfryCredentials *
belfry_credentials_new (const BelfryCredentialsParams *params)
{
  g_return_val_if_fail (params != NULL, NULL);
  gsize size = sizeof (BelfryCredentials) + belfry_text_size (params->token) +
               belfry_text_size (params->address) + belfry_text_size (params->origin) +
               belfry_text_size (params->endpoint) + belfry_text_size (params->certificate);
  BelfryCredentials *self = g_malloc0 (size);
  char *end = self->texts;

  atomic_init (&self->ref_count, 1);
  self->size = size;
  self->has_peer = params->has_peer;
  self->uid = params->uid;
  self->pid = params->pid;
  self->token = belfry_text_put (&end, params->token);
  self->address = belfry_text_put (&end, params->address);
  self->origin = belfry_text_put (&end, params->origin);
  self->endpoint = belfry_text_put (&end, params->endpoint);
  self->certificate = belfry_text_put (&end, params->certificate);
  return self;
}

BelfryCredentials *
belfry_credentials_ref (BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_credentials_unref (BelfryCredentials *self)
{
  g_return_if_fail (self != NULL);

  /* Release: what this thread read comes before the wiping. Acquire: the wiping comes after. */
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  explicit_bzero (self, self->size);
  g_free (self);
}

const char *
belfry_credentials_get_token (const BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->token;
}

const char *
belfry_credentials_get_address (const BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->address;
}

const char *
belfry_credentials_get_origin (const BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->origin;
}

const char *
belfry_credentials_get_endpoint (const BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->endpoint;
}

const char *
belfry_credentials_get_certificate (const BelfryCredentials *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->certificate;
}

gboolean
belfry_credentials_get_peer (const BelfryCredentials *self, guint *uid, gint *pid)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!self->has_peer)
    return FALSE;
  if (uid != NULL)
    *uid = self->uid;
  if (pid != NULL)
    *pid = self->pid;
  return TRUE;
}
