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
 * @authenticate_async: looks at credentials. The default says what @authenticate does, or abstains
 * @authenticate_finish: gives the identity; or %NULL without an error to abstain, when the
 *   credentials are not of the kind that it knows; or fails with [error@Belfry.PluginError.REFUSED]
 *   or [error@Belfry.PluginError.EXPIRED], which is final. After any other error the next one is
 *   asked. The default ends a #GTask of @authenticate_async
 * @authenticate: (nullable): looks at credentials at once, and answers as @authenticate_finish
 * does. For an authorizer that never has to wait for anything: it is then all that is called. The
 *   default is %NULL
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
  BelfryIdentity *(*authenticate) (BelfryAuthorizer *self,
                                   BelfryCredentials *credentials,
                                   GError **error);

  /*< private >*/
  gpointer padding[3]; /* (unowned): room for later functions */
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

/**
 * belfry_authorizer_is_prompt:
 * @self: an authorizer
 *
 * Returns: whether it says at once who somebody is
 */
BELFRY_API
gboolean belfry_authorizer_is_prompt (BelfryAuthorizer *self);

/**
 * belfry_authorizer_authenticate:
 * @self: an authorizer that is prompt
 * @credentials: what a client shows of itself
 * @error: where to put an error
 *
 * Asks who shows these credentials, and gets the answer.
 *
 * Returns: (transfer full) (nullable): the identity; %NULL without an error if it has nothing to
 *   say of such credentials
 */
BELFRY_API
BelfryIdentity *belfry_authorizer_authenticate (BelfryAuthorizer *self,
                                                BelfryCredentials *credentials,
                                                GError **error);

G_END_DECLS
