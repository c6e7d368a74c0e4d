/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfrySignals:
 *
 * Turns the signals that the process gets into requests, on the main loop. Signals that come before
 * the loop runs wait for it.
 */
typedef struct _BelfrySignals BelfrySignals;

/**
 * BelfrySignalRequests:
 * @stop: SIGTERM or SIGINT came for the first time
 * @stop_now: one of them came again: whoever sends it has waited for the first
 * @reload: SIGHUP came
 * @reexec: SIGUSR2 came
 */
typedef struct
{
  void (*stop) (gpointer user_data);
  void (*stop_now) (gpointer user_data);
  void (*reload) (gpointer user_data);
  void (*reexec) (gpointer user_data);
} BelfrySignalRequests;

BelfrySignals *belfry_signals_new (const BelfrySignalRequests *requests, gpointer user_data);
void belfry_signals_free (BelfrySignals *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfrySignals, belfry_signals_free)

G_END_DECLS
