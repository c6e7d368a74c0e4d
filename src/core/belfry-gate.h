/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-clock.h"
#include "belfry-config.h"
#include "belfry-metrics.h"

G_BEGIN_DECLS

/**
 * BelfryGate:
 *
 * Who may come in and do what: asks the authorizers, the policies and the filters of the plugins in
 * their order, each with a deadline, and denies what nobody allows. Main thread.
 */
#define BELFRY_TYPE_GATE (belfry_gate_get_type ())
G_DECLARE_FINAL_TYPE (BelfryGate, belfry_gate, BELFRY, GATE, GObject)

/**
 * belfry_gate_new:
 * @required: whether clients must sign in; if not, everybody is let in and may do everything
 */
BelfryGate *belfry_gate_new (BelfryClock *clock, BelfryMetricsSlot *slot, gboolean required);

/* In the order in which they are asked. @name: the plugin's, for the log. */
void belfry_gate_add_authorizer (BelfryGate *self, const char *name, BelfryAuthorizer *authorizer);
void belfry_gate_add_policy (BelfryGate *self, const char *name, BelfryTopicPolicy *policy);
void belfry_gate_add_filter (BelfryGate *self, const char *name, BelfryMessageFilter *filter);
void belfry_gate_set_required (BelfryGate *self, gboolean required);
gboolean belfry_gate_is_required (BelfryGate *self);

/**
 * belfry_gate_authenticate_async:
 *
 * Ends with the identity that the first authorizer gives which neither abstains nor errs, or with
 * %BELFRY_ERROR_AUTHENTICATION_FAILED, %BELFRY_ERROR_TOKEN_EXPIRED, %BELFRY_ERROR_UNAVAILABLE if
 * none could be asked.
 */
void belfry_gate_authenticate_async (BelfryGate *self,
                                     BelfryCredentials *credentials,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
BelfryIdentity *
belfry_gate_authenticate_finish (BelfryGate *self, GAsyncResult *result, GError **error);

/**
 * belfry_gate_authorize_async:
 *
 * A grant in the identity allows; else the first policy that neither abstains nor errs decides.
 * Fails with %BELFRY_ERROR_FORBIDDEN, or %BELFRY_ERROR_UNAVAILABLE if a policy that might have
 * allowed it could not be asked.
 */
void belfry_gate_authorize_async (BelfryGate *self,
                                  BelfryIdentity *identity,
                                  BelfryTopicAction action,
                                  const char *topic,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean belfry_gate_authorize_finish (BelfryGate *self, GAsyncResult *result, GError **error);

/**
 * belfry_gate_try_authorize:
 * @allowed: (out): the decision
 *
 * Returns: whether it can be decided at once; if not, belfry_gate_authorize_async() must ask
 */
gboolean belfry_gate_try_authorize (BelfryGate *self,
                                    BelfryIdentity *identity,
                                    BelfryTopicAction action,
                                    const char *topic,
                                    gboolean *allowed);

gboolean belfry_gate_has_filters (BelfryGate *self);

/* Returns: (transfer full) (nullable): the payload to be published */
void belfry_gate_filter_async (BelfryGate *self,
                               BelfryIdentity *identity,
                               const char *topic,
                               GBytes *payload,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GBytes *belfry_gate_filter_finish (BelfryGate *self, GAsyncResult *result, GError **error);

G_END_DECLS
