/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-handover.h"
#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfrySockets:
 *
 * The part that keeps the sockets that the service manager opened for us, and holds them against
 * the `listen` setting: what is configured must be there, and what is there should be configured.
 */
#define BELFRY_TYPE_SOCKETS (belfry_sockets_get_type ())
G_DECLARE_FINAL_TYPE (BelfrySockets, belfry_sockets, BELFRY, SOCKETS, GObject)

/**
 * belfry_sockets_new:
 * @activated: (element-type BelfryActivationSocket) (transfer full): what belfry_activation_take()
 * gave
 */
BelfryPart *belfry_sockets_new (GPtrArray *activated);

/**
 * belfry_sockets_get:
 *
 * Returns: (transfer none) (element-type BelfryActivationSocket): the sockets
 */
GPtrArray *belfry_sockets_get (BelfrySockets *self);

/* Writes down what the service manager has passed, for another image. */
void belfry_sockets_save (BelfrySockets *self, BelfryHandover *handover);

/**
 * belfry_sockets_restore:
 *
 * Returns: (transfer full) (element-type BelfryActivationSocket): the like of
 * belfry_activation_take()
 */
GPtrArray *belfry_sockets_restore (BelfryHandover *handover);

G_END_DECLS
