/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-ctl.h"

G_BEGIN_DECLS

/**
 * belfry_ctl_connect:
 *
 * Returns: (transfer none) (nullable): the bus that the options name
 */
GDBusConnection *belfry_ctl_connect (BelfryCtl *self, GError **error);

/**
 * belfry_ctl_call:
 * @arguments: (transfer floating) (nullable)
 * @type: of the answer
 *
 * Calls a method of the service, and waits for it; whoever polkit wants to ask is asked.
 *
 * Returns: (transfer full) (nullable): the answer
 */
GVariant *belfry_ctl_call (BelfryCtl *self,
                           const char *interface,
                           const char *method,
                           GVariant *arguments,
                           const char *type,
                           GError **error);

/**
 * belfry_ctl_get_properties:
 *
 * Returns: (transfer full) (nullable): all properties of the manager
 */
GVariantDict *belfry_ctl_get_properties (BelfryCtl *self, GError **error);

/**
 * belfry_ctl_list:
 * @filter: (transfer floating): the first argument
 * @max: how many at most, or 0 for all
 *
 * Gets a list page by page.
 *
 * Returns: (transfer full) (nullable) (element-type GVariant): its dictionaries
 */
GPtrArray *belfry_ctl_list (BelfryCtl *self,
                            const char *interface,
                            GVariant *filter,
                            guint max,
                            GError **error);

/**
 * belfry_ctl_fail:
 *
 * Says what went wrong, and what to do about it.
 *
 * Returns: the exit status that fits
 */
int belfry_ctl_fail (BelfryCtl *self, const GError *error);

/* Like belfry_ctl_fail(), for wrong arguments. */
int belfry_ctl_misused (const char *format, ...) G_GNUC_PRINTF (1, 2);

/**
 * belfry_ctl_do:
 *
 * A call without an answer.
 *
 * Returns: the exit status
 */
int belfry_ctl_do (BelfryCtl *self, const char *interface, const char *method, GVariant *arguments);

G_END_DECLS
