/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * belfry_plugin_module_open:
 * @path: a file that may be trusted
 * @name: the name that the plugin must have
 * @error: set to %BELFRY_ERROR_INVALID_CONFIG if the file is not that plugin, or not for us
 *
 * Opens a plugin's file for good, and looks at its descriptor before any function of it is called.
 *
 * Returns: (transfer none) (nullable): the descriptor
 */
const BelfryPluginDescriptor *
belfry_plugin_module_open (const char *path, const char *name, GError **error);

/**
 * belfry_plugin_module_create:
 *
 * Makes the plugin's object, which must be what the descriptor says: no less and no more.
 *
 * Returns: (transfer full) (nullable): the object
 */
BelfryPlugin *belfry_plugin_module_create (const BelfryPluginDescriptor *descriptor,
                                           GError **error);

/**
 * belfry_plugin_kinds_to_string:
 *
 * Returns: (transfer full): as in "authorizer, policy"
 */
char *belfry_plugin_kinds_to_string (guint32 kinds);

G_END_DECLS
