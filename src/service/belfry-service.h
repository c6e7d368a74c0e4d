/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-config-load.h"
#include "belfry-notify.h"
#include "belfry-reexec.h"

G_BEGIN_DECLS

/**
 * BelfryServiceState:
 *
 * Where the service is in its life. A request that does not fit the state waits for one that it
 * fits, or is dropped with a line in the log.
 */
typedef enum
{
  BELFRY_SERVICE_IDLE,
  BELFRY_SERVICE_STARTING,
  BELFRY_SERVICE_RUNNING,
  BELFRY_SERVICE_RELOADING,
  BELFRY_SERVICE_HANDING_OVER,
  BELFRY_SERVICE_DRAINING,
  BELFRY_SERVICE_STOPPING,
  BELFRY_SERVICE_STOPPED,
} BelfryServiceState;

/**
 * BelfryService:
 *
 * The life of the service: starts its parts in order, reloads the configuration whole or not at
 * all, drains, and stops the parts in the reverse order, telling the service manager of each step.
 * On the main thread only.
 *
 * Emits `stopped` with the exit status, once, from the main loop, and `state-changed` for each
 * step.
 */
#define BELFRY_TYPE_SERVICE (belfry_service_get_type ())
G_DECLARE_FINAL_TYPE (BelfryService, belfry_service, BELFRY, SERVICE, GObject)

/**
 * belfry_service_new:
 * @notify: (transfer none): the way to the service manager; must outlive the service
 * @parts: (element-type BelfryPart) (transfer none): what it consists of, those first that others
 * need
 * @sources: (transfer none): where configuration comes from on a reload; must outlive the service
 */
BelfryService *
belfry_service_new (BelfryNotify *notify, GPtrArray *parts, const BelfryConfigSources *sources);

/* @reexec: (transfer none): the way to another image; must outlive the service */
void belfry_service_set_reexec (BelfryService *self, BelfryReexec *reexec);

/**
 * belfry_service_set_patience:
 * @microseconds: how long a part may take to stop before it is left behind
 */
void belfry_service_set_patience (BelfryService *self, gint64 microseconds);

/**
 * belfry_service_set_refresh_interval:
 * @microseconds: how often the status line is looked at again while running; in force from the
 * start
 */
void belfry_service_set_refresh_interval (BelfryService *self, gint64 microseconds);

/**
 * belfry_service_start:
 * @config: the configuration to start with
 *
 * To be called once.
 */
void belfry_service_start (BelfryService *self, BelfryConfig *config);

/**
 * belfry_service_reload:
 *
 * Reads the configuration anew. While starting, reloading or handing over, the request is kept,
 * once. If `reexec-on-reload` is set and the program was replaced, another image does it instead.
 */
void belfry_service_reload (BelfryService *self);

/**
 * belfry_service_reexec:
 * @error: %BELFRY_ERROR_UNAVAILABLE if it cannot be done in this state
 *
 * Hands over to another image of the program, if that can run.
 */
gboolean belfry_service_reexec (BelfryService *self, GError **error);

/**
 * belfry_service_stop:
 *
 * Drains and stops. While starting, the start is abandoned; while reloading, the reload is. Asking
 * again changes nothing.
 */
void belfry_service_stop (BelfryService *self);

/* Returns: how long a drain takes by the configuration in force, in microseconds */
gint64 belfry_service_get_drain_time (BelfryService *self);

/**
 * belfry_service_drain:
 * @duration: microseconds; 0 for what is configured
 *
 * As belfry_service_stop(), with another time to drain.
 */
void belfry_service_drain (BelfryService *self, gint64 duration);

/* Returns: whether every part could put @next in force; nothing changes */
gboolean belfry_service_would_accept (BelfryService *self, BelfryConfig *next, GError **error);

/* Returns: whether the last reload ended without a change */
gboolean belfry_service_was_reload_refused (BelfryService *self);

BelfryServiceState belfry_service_get_state (BelfryService *self);

/**
 * belfry_service_get_config:
 *
 * Returns: (transfer none) (nullable): the configuration in force
 */
BelfryConfig *belfry_service_get_config (BelfryService *self);

/**
 * belfry_service_state_name:
 *
 * Returns: (transfer none): `starting`, `running` and so on
 */
const char *belfry_service_state_name (BelfryServiceState state);

G_END_DECLS
