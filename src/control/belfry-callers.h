/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-hub-control.h"

G_BEGIN_DECLS

/* Where everything is. */
#define BELFRY_BUS_PATH "/org/belfry/Belfry1"

/**
 * BelfryCallersLimits:
 *
 * How much is remembered of callers; constants, but for tests.
 */
typedef struct
{
  guint max_callers; /* of whom something is remembered */
  guint max_calls;   /* of one caller that wait for the authority */
  guint max_watches; /* of one caller */
  guint max_all_watches;
  guint max_unread; /* signals sent to one caller and not read yet */
  gsize max_unread_bytes;
  int ping_timeout; /* milliseconds without an answer, after which a caller is forgotten */
} BelfryCallersLimits;

/**
 * BelfryCallers:
 *
 * Those on the bus of whom something must be remembered, until they leave it: calls under way, who
 * wants signals, who watches which topics. Main thread.
 */
typedef struct _BelfryCallers BelfryCallers;
typedef struct _BelfryCaller BelfryCaller;

BelfryCallers *belfry_callers_new (GDBusConnection *connection, BelfryHub *hub);

/* Forgets everybody. */
void belfry_callers_free (BelfryCallers *self);
BelfryCallersLimits *belfry_callers_get_limits (BelfryCallers *self);
guint belfry_callers_get_n_callers (const BelfryCallers *self);
guint belfry_callers_get_n_watches (const BelfryCallers *self);

/**
 * belfry_callers_begin_call:
 * @name: a unique name
 *
 * Returns: (transfer full) (nullable): the caller, to be given back with belfry_caller_end_call();
 * %BELFRY_ERROR_LIMIT_REACHED
 */
BelfryCaller *belfry_callers_begin_call (BelfryCallers *self, const char *name, GError **error);

/* @self: (transfer full). Also when it was forgotten meanwhile. */
void belfry_caller_end_call (BelfryCaller *self);

/* Returns: (transfer none): cancelled when the caller leaves the bus */
GCancellable *belfry_caller_get_gone (BelfryCaller *self);

/* The signals of belfry_callers_signal(), from now on and until then. */
gboolean belfry_callers_subscribe (BelfryCallers *self, const char *name, GError **error);
gboolean belfry_callers_unsubscribe (BelfryCallers *self, const char *name, GError **error);

/* @arguments: floating */
void belfry_callers_signal (BelfryCallers *self,
                            const char *interface,
                            const char *signal,
                            GVariant *arguments);

/**
 * belfry_callers_watch:
 * @invocation: (transfer full): answered when the topic is watched, or cannot be
 */
void belfry_callers_watch (BelfryCallers *self,
                           const char *name,
                           const char *topic,
                           GDBusMethodInvocation *invocation);
gboolean
belfry_callers_unwatch (BelfryCallers *self, const char *name, const char *topic, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCallers, belfry_callers_free)

G_END_DECLS
