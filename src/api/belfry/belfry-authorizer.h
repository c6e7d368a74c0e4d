/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-credentials.h>
#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryAuthorizer:
 *
 * Says who a client is.
 */
#define BELFRY_TYPE_AUTHORIZER (belfry_authorizer_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryAuthorizer, belfry_authorizer, BELFRY, AUTHORIZER, GObject)

/**
 * BelfryAuthorizerInterface:
 * @authenticate_async: looks at credentials
 * @authenticate_finish: gives the identity; or %NULL without an error to abstain, when the
 *   credentials are not of the kind that it knows; or fails with %BELFRY_PLUGIN_ERROR_REFUSED or
 *   %BELFRY_PLUGIN_ERROR_EXPIRED, which is final. After any other error the next one is asked.
 */
struct _BelfryAuthorizerInterface
{
  GTypeInterface parent_iface;

  void (*authenticate_async) (BelfryAuthorizer *self,
                              BelfryCredentials *credentials,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
  BelfryIdentity *(*authenticate_finish) (BelfryAuthorizer *self,
                                          GAsyncResult *result,
                                          GError **error);

  gpointer padding[4];
};

BELFRY_API
void belfry_authorizer_authenticate_async (BelfryAuthorizer *self,
                                           BelfryCredentials *credentials,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);

/* Returns: (transfer full) (nullable) */
BELFRY_API
BelfryIdentity *belfry_authorizer_authenticate_finish (BelfryAuthorizer *self,
                                                       GAsyncResult *result,
                                                       GError **error);

G_END_DECLS
