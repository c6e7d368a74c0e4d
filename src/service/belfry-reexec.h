/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"
#include "belfry-notify.h"
#include "belfry-server.h"
#include "belfry-sockets.h"

G_BEGIN_DECLS

/**
 * BelfryReexec:
 *
 * Puts another image of the program in the place of this one, with all clients that can be taken
 * along. The composition root's, on the main thread.
 */
typedef struct _BelfryReexec BelfryReexec;

/**
 * belfry_reexec_new:
 * @argv: (array zero-terminated=1): how this image was called; must outlive it
 *
 * To be called as the first thing that the program does: what its own file is called is known only
 * until somebody replaces it.
 */
BelfryReexec *belfry_reexec_new (const char *const *argv);
void belfry_reexec_free (BelfryReexec *self);

/* All (transfer none): what is to be taken along; must outlive it, or be taken back with %NULLs */
void belfry_reexec_set_parts (BelfryReexec *self,
                              BelfryNotify *notify,
                              BelfrySockets *sockets,
                              BelfryHub *hub,
                              BelfryServer *server);

/* Returns: whether the file that we were started from is another one by now */
gboolean belfry_reexec_is_replaced (const BelfryReexec *self);

/**
 * belfry_reexec_run_async:
 * @cancellable: until the last step; who cancels it stops everything, so that nothing goes on again
 *
 * Tries the program, lets all come to rest, and calls it. If that succeeds nothing returns.
 */
void belfry_reexec_run_async (BelfryReexec *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/* Returns: %FALSE always: why this image goes on */
gboolean belfry_reexec_run_finish (GAsyncResult *result, GError **error);

/* The signals that ask something of us wait until there is somebody to take them. */
void belfry_reexec_hold_signals (gboolean hold);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryReexec, belfry_reexec_free)

G_END_DECLS
