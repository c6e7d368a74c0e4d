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
 *
 * The authorizers are asked in the order of `auth.authorizers`. The first that neither abstains nor
 * fails decides; if none does, the client is refused.
 */
#define BELFRY_TYPE_AUTHORIZER (belfry_authorizer_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryAuthorizer, belfry_authorizer, BELFRY, AUTHORIZER, GObject)

/**
 * BelfryAuthorizerInterface:
 * @parent_iface: the parent
 * @authenticate_async: looks at credentials. The default abstains
 * @authenticate_finish: gives the identity; or %NULL without an error to abstain, when the
 *   credentials are not of the kind that it knows; or fails with [error@Belfry.PluginError.REFUSED]
 *   or [error@Belfry.PluginError.EXPIRED], which is final. After any other error the next one is
 *   asked. The default ends a #GTask of @authenticate_async
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

  /*< private >*/
  gpointer padding[4]; /* (unowned): room for later functions */
};

/**
 * belfry_authorizer_authenticate_async:
 * @self: an authorizer
 * @credentials: what a client shows of itself
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Asks who shows these credentials.
 */
BELFRY_API
void belfry_authorizer_authenticate_async (BelfryAuthorizer *self,
                                           BelfryCredentials *credentials,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);

/**
 * belfry_authorizer_authenticate_finish:
 * @self: an authorizer
 * @result: what the callback was given
 * @error: where to put an error
 *
 * Gets the answer.
 *
 * Returns: (transfer full) (nullable): the identity; %NULL without an error if it has nothing to
 *   say of such credentials
 */
BELFRY_API
BelfryIdentity *belfry_authorizer_authenticate_finish (BelfryAuthorizer *self,
                                                       GAsyncResult *result,
                                                       GError **error);

G_END_DECLS
