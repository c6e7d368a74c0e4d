/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-clock.h"

G_BEGIN_DECLS

/**
 * BelfryLoaderService:
 * @publish: publishes as the service itself; takes over @task, which returns a boolean
 * @close_user: closes all sessions of a user
 *
 * What plugins ask of the service and the loader cannot do itself.
 */
typedef struct
{
  void (*publish) (const char *topic, GBytes *payload, GTask *task, gpointer user_data);
  void (*close_user) (const char *user, const char *reason, gpointer user_data);
} BelfryLoaderService;

/* How long one plugin may think about one member. */
#define BELFRY_LOADER_PATIENCE (5 * G_USEC_PER_SEC)

/* How many answers one plugin may owe: what an honest one has under way is far less. */
#define BELFRY_LOADER_MAX_CALLS 4096

/**
 * BelfryLoaderHost:
 *
 * What plugins see of the service. It asks the plugins that know memberships itself, one after the
 * other; all else it hands on. Main thread.
 */
#define BELFRY_TYPE_LOADER_HOST (belfry_loader_host_get_type ())
G_DECLARE_FINAL_TYPE (BelfryLoaderHost, belfry_loader_host, BELFRY, LOADER_HOST, GObject)

BelfryLoaderHost *belfry_loader_host_new (BelfryClock *clock);

/**
 * belfry_loader_host_set_service:
 * @service: (nullable): static; without one publishing fails and nobody is closed
 *
 * Says whom to ask. To be taken back before @user_data ends.
 */
void belfry_loader_host_set_service (BelfryLoaderHost *self,
                                     const BelfryLoaderService *service,
                                     gpointer user_data);

/**
 * belfry_loader_host_set_patience:
 * @patience: microseconds; %BELFRY_LOADER_PATIENCE until it is set
 */
void belfry_loader_host_set_patience (BelfryLoaderHost *self, gint64 patience);

/**
 * belfry_loader_host_set_max_calls:
 * @max_calls: %BELFRY_LOADER_MAX_CALLS until it is set
 */
void belfry_loader_host_set_max_calls (BelfryLoaderHost *self, guint max_calls);

/**
 * belfry_loader_host_add_membership:
 * @name: the plugin's, for the log
 *
 * Adds one to those that are asked, at the end.
 */
void belfry_loader_host_add_membership (BelfryLoaderHost *self,
                                        const char *name,
                                        BelfryMembership *membership);
void belfry_loader_host_remove_membership (BelfryLoaderHost *self, BelfryMembership *membership);

G_END_DECLS
