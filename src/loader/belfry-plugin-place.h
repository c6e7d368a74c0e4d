/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * BelfryPluginPlace:
 *
 * The folder that plugins come from, and whose word is good there besides root's.
 */
typedef struct
{
  char *folder;           /* (owned): absolute */
  gboolean has_subfolder; /* each file is in a folder of the plugin's name: a build tree's */
  uid_t owner;
} BelfryPluginPlace;

/**
 * belfry_plugin_place_init:
 * @environment: (nullable): where BELFRY_PLUGIN_DIR is looked for; only programs that run from a
 * build tree do
 *
 * Finds out where the running program's plugins are.
 */
void belfry_plugin_place_init (BelfryPluginPlace *self, const char *const *environment);
void belfry_plugin_place_clear (BelfryPluginPlace *self);

/**
 * belfry_plugin_place_find:
 * @name: what somebody configured
 * @error: set to %BELFRY_ERROR_INVALID_CONFIG if that is no name, %BELFRY_ERROR_NOT_FOUND if there
 * is no such file, %BELFRY_ERROR_NOT_PERMITTED if others than root and the owner could have put it
 * there
 *
 * Returns: (transfer full) (nullable): the plugin's file, an absolute path
 */
char *belfry_plugin_place_find (const BelfryPluginPlace *self, const char *name, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryPluginPlace, belfry_plugin_place_clear)

G_END_DECLS
