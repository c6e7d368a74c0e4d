/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-ctl.h"

G_BEGIN_DECLS

/**
 * BelfryCtlListener:
 *
 * Who hears the service's signals, until the user has enough or the service goes.
 */
typedef struct _BelfryCtlListener BelfryCtlListener;

/* A signal came. */
typedef void (*BelfryCtlHeard) (BelfryCtlListener *listener,
                                const char *interface,
                                const char *name,
                                GVariant *arguments,
                                gpointer user_data);

/**
 * belfry_ctl_listener_new:
 *
 * Listens from now on, so that nothing is missed of what is asked for next.
 *
 * Returns: (transfer full) (nullable)
 */
BelfryCtlListener *
belfry_ctl_listener_new (BelfryCtl *ctl, BelfryCtlHeard heard, gpointer user_data, GError **error);
void belfry_ctl_listener_free (BelfryCtlListener *self);

/**
 * belfry_ctl_listener_run:
 * @tick: (nullable): called at once, and then again every @interval milliseconds
 *
 * Returns: the exit status, when it is over
 */
int belfry_ctl_listener_run (BelfryCtlListener *self,
                             guint interval,
                             void (*tick) (BelfryCtlListener *listener, gpointer user_data));

/* Ends the run with this status. */
void belfry_ctl_listener_quit (BelfryCtlListener *self, int status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCtlListener, belfry_ctl_listener_free)

G_END_DECLS
