/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-certificate"

#include "config.h"

#include "belfry-certificate.h"

#include "belfry-error.h"

/* A pointer behind a lock, which is held for no longer than a reference takes. */
struct _BelfryCertificate
{
  gatomicrefcount refs;
  GMutex lock;
  GTlsCertificate *certificate; /* (owned) (nullable): under the lock */
};

BelfryCertificate *
belfry_certificate_new (void)
{
  BelfryCertificate *self = g_new0 (BelfryCertificate, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  return self;
}

BelfryCertificate *
belfry_certificate_ref (BelfryCertificate *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_certificate_unref (BelfryCertificate *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_object (&self->certificate);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
belfry_certificate_load (BelfryCertificate *self,
                         const char *chain,
                         const char *key,
                         GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GTlsCertificate) fresh = g_tls_certificate_new_from_files (chain, key, &problem);

  if (fresh == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                   "the certificate %s with the key %s: %s", chain, key, problem->message);
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  GTlsCertificate *former = self->certificate;
  self->certificate = g_steal_pointer (&fresh);
  g_mutex_unlock (&self->lock);
  g_clear_object (&former);
  return TRUE;
}

GTlsCertificate *
belfry_certificate_get (BelfryCertificate *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  return self->certificate != NULL ? g_object_ref (self->certificate) : NULL;
}
