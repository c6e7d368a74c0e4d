/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-authorizer.h>

G_DEFINE_INTERFACE (BelfryAuthorizer, belfry_authorizer, G_TYPE_OBJECT)

static void
default_authenticate_async (BelfryAuthorizer *self,
                            BelfryCredentials *credentials,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryIdentity *identity = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, default_authenticate_async);
  if (belfry_authorizer_is_prompt (self))
    identity = belfry_authorizer_authenticate (self, credentials, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, identity, (GDestroyNotify) belfry_identity_unref);
}

static BelfryIdentity *
default_authenticate_finish (BelfryAuthorizer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_authorizer_default_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = default_authenticate_async;
  iface->authenticate_finish = default_authenticate_finish;
}

void
belfry_authorizer_authenticate_async (BelfryAuthorizer *self,
                                      BelfryCredentials *credentials,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_AUTHORIZER (self));
  g_return_if_fail (credentials != NULL);

  BELFRY_AUTHORIZER_GET_IFACE (self)->authenticate_async (self, credentials, cancellable, callback,
                                                          user_data);
}

BelfryIdentity *
belfry_authorizer_authenticate_finish (BelfryAuthorizer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_AUTHORIZER (self), NULL);

  return BELFRY_AUTHORIZER_GET_IFACE (self)->authenticate_finish (self, result, error);
}

gboolean
belfry_authorizer_is_prompt (BelfryAuthorizer *self)
{
  g_return_val_if_fail (BELFRY_IS_AUTHORIZER (self), FALSE);

  return BELFRY_AUTHORIZER_GET_IFACE (self)->authenticate != NULL;
}

BelfryIdentity *
belfry_authorizer_authenticate (BelfryAuthorizer *self,
                                BelfryCredentials *credentials,
                                GError **error)
{
  g_return_val_if_fail (belfry_authorizer_is_prompt (self), NULL);
  g_return_val_if_fail (credentials != NULL, NULL);

  return BELFRY_AUTHORIZER_GET_IFACE (self)->authenticate (self, credentials, error);
}
