/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-clock.h"
#include "belfry-config.h"
#include "belfry-metrics.h"

G_BEGIN_DECLS

/* How long a plugin may take unless told otherwise. */
#define BELFRY_GATE_TIMEOUT (5 * G_USEC_PER_SEC)

/* How many answers a plugin may owe, late ones among them, before it is not asked any more. A few
 * megabytes, and more than can sign in while a plugin takes its time. */
#define BELFRY_GATE_MAX_CALLS 4096

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

/* Where all plugins that were added as @name came from, for the log. */
void belfry_gate_set_file (BelfryGate *self, const char *name, const char *file);
void belfry_gate_set_required (BelfryGate *self, gboolean required);
gboolean belfry_gate_is_required (BelfryGate *self);

/**
 * belfry_gate_set_timeout:
 * @timeout: microseconds that a plugin may take to answer. What it answers later is dropped
 */
void belfry_gate_set_timeout (BelfryGate *self, gint64 timeout);

/**
 * belfry_gate_authenticate_async:
 *
 * Ends with the identity that the first authorizer gives which neither abstains nor errs, or with
 * %BELFRY_ERROR_AUTHENTICATION_FAILED, %BELFRY_ERROR_TOKEN_EXPIRED, %BELFRY_ERROR_UNAVAILABLE if
 * one that might have known could not be asked. If clients need not sign in, failures are none: it
 * ends with %NULL and no error.
 */
void belfry_gate_authenticate_async (BelfryGate *self,
                                     BelfryCredentials *credentials,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* Returns: (transfer full) (nullable) */
BelfryIdentity *
belfry_gate_authenticate_finish (BelfryGate *self, GAsyncResult *result, GError **error);

/**
 * belfry_gate_authorize_async:
 * @identity: (nullable): who wants it
 * @topic: a topic, or a pattern to subscribe to, all of whose topics must be allowed
 *
 * A grant in the identity allows; else the first policy that does not abstain decides. Fails with
 * %BELFRY_ERROR_FORBIDDEN. A policy that fails or is late might have said no: those after it may
 * still forbid, but if they do not, it is %BELFRY_ERROR_UNAVAILABLE.
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

/**
 * BelfryGateObjection:
 *
 * Who said no, for the log; all %NULL if nobody did, and nobody said yes either.
 */
typedef struct
{
  const char *plugin; /* (unowned) (nullable): its name */
  const char *reason; /* (unowned) (nullable): in its words, which are not for clients */
} BelfryGateObjection;

/**
 * belfry_gate_get_objection:
 * @result: (nullable): of a call that failed, in its callback; %NULL for the last
 * belfry_gate_try_authorize() that did not allow
 * @objection: (out): stays while @result does, or until the gate is asked again
 */
void
belfry_gate_get_objection (BelfryGate *self, GAsyncResult *result, BelfryGateObjection *objection);

/**
 * belfry_gate_get_settings:
 * @topic: a topic, or a pattern
 *
 * Returns: (transfer full) (nullable): what the policies want of it, of two the one that is asked
 * first; %NULL if none of them ever wants anything
 */
BelfryTopicSettings *belfry_gate_get_settings (BelfryGate *self, const char *topic);
gboolean belfry_gate_has_filters (BelfryGate *self);

/**
 * belfry_gate_filter_async:
 * @identity: (nullable): who publishes; %NULL for the service itself
 *
 * Ends with the payload that is to be published, or fails with %BELFRY_ERROR_FORBIDDEN, or
 * %BELFRY_ERROR_UNAVAILABLE if a filter could not look at it.
 */
void belfry_gate_filter_async (BelfryGate *self,
                               BelfryIdentity *identity,
                               const char *topic,
                               GBytes *payload,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/* Returns: (transfer full) (nullable) */
GBytes *belfry_gate_filter_finish (BelfryGate *self, GAsyncResult *result, GError **error);

G_END_DECLS
