/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-authority.h"
#include "belfry-callers.h"
#include "belfry-control-host.h"
#include "belfry-loader.h"

G_BEGIN_DECLS

/**
 * BelfryControl:
 *
 * What is on the bus: the four interfaces, the gate before them, and what callers asked to be told.
 * Main thread.
 */
#define BELFRY_TYPE_CONTROL (belfry_control_get_type ())
G_DECLARE_FINAL_TYPE (BelfryControl, belfry_control, BELFRY, CONTROL, GObject)

/**
 * BelfryControlParts:
 *
 * What it works on.
 */
typedef struct
{
  BelfryHub *hub;          /* (unowned): referenced */
  BelfryMetrics *metrics;  /* (unowned): referenced */
  BelfryLoader *loader;    /* (unowned) (nullable): referenced */
  BelfryControlHost *host; /* (unowned): outlives it */
} BelfryControlParts;

BelfryControl *belfry_control_new (const BelfryControlParts *parts);

/**
 * belfry_control_export:
 * @authority: (transfer none): whom to ask, on this connection
 *
 * Puts everything on a connection. It must not be on one.
 */
gboolean belfry_control_export (BelfryControl *self,
                                GDBusConnection *connection,
                                BelfryAuthority *authority,
                                GError **error);

/* Takes everything back, and forgets all callers. Does nothing if it is on none. */
void belfry_control_unexport (BelfryControl *self);
void belfry_control_set_authority (BelfryControl *self, BelfryAuthority *authority);

/* Returns: (transfer none) (nullable): those of the connection that it is on */
BelfryCallers *belfry_control_get_callers (BelfryControl *self);

/**
 * belfry_control_refresh:
 *
 * Brings the properties that are figures up to date; done once a second while it is on a
 * connection.
 */
void belfry_control_refresh (BelfryControl *self);

G_END_DECLS
