/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-visibility.h>

G_BEGIN_DECLS

/**
 * BelfryPluginSettings:
 *
 * A plugin's group of the configuration: [plugin NAME]. Immutable, atomically reference-counted.
 * Every getter takes note that its key is known; a key that nobody asked for is reported to the
 * administrator as unknown once the plugin has said yes to its settings.
 */
typedef struct _BelfryPluginSettings BelfryPluginSettings;

#define BELFRY_TYPE_PLUGIN_SETTINGS (belfry_plugin_settings_get_type ())
BELFRY_API
GType belfry_plugin_settings_get_type (void);
BELFRY_API
BelfryPluginSettings *belfry_plugin_settings_ref (BelfryPluginSettings *self);
BELFRY_API
void belfry_plugin_settings_unref (BelfryPluginSettings *self);

/* Returns: (transfer none) (nullable): the text as it is written; @fallback if it is not set */
BELFRY_API
const char *
belfry_plugin_settings_get_text (BelfryPluginSettings *self, const char *key, const char *fallback);

/* The following fail with %BELFRY_PLUGIN_ERROR_SETTING, naming file, line, key and what is
 * expected. What is not set is the fallback. Durations are microseconds, sizes bytes. */
BELFRY_API
gboolean belfry_plugin_settings_get_boolean (BelfryPluginSettings *self,
                                             const char *key,
                                             gboolean fallback,
                                             gboolean *value,
                                             GError **error);
BELFRY_API
gboolean belfry_plugin_settings_get_integer (BelfryPluginSettings *self,
                                             const char *key,
                                             gint64 minimum,
                                             gint64 maximum,
                                             gint64 fallback,
                                             gint64 *value,
                                             GError **error);
BELFRY_API
gboolean belfry_plugin_settings_get_duration (BelfryPluginSettings *self,
                                              const char *key,
                                              gint64 minimum,
                                              gint64 maximum,
                                              gint64 fallback,
                                              gint64 *value,
                                              GError **error);
BELFRY_API
gboolean belfry_plugin_settings_get_size (BelfryPluginSettings *self,
                                          const char *key,
                                          gint64 minimum,
                                          gint64 maximum,
                                          gint64 fallback,
                                          gint64 *value,
                                          GError **error);

/* Returns: (transfer full) (array zero-terminated=1): what is separated by commas or white space */
BELFRY_API
char **belfry_plugin_settings_get_list (BelfryPluginSettings *self, const char *key);

/* A secret that is written as KEY, or KEY-file, or (for "secret": credential; for other keys:
 * KEY-credential).
 * Returns: (transfer full) (nullable): its bytes, in memory that is wiped when it is freed; %NULL
 * without an error if none is set */
BELFRY_API
GBytes *
belfry_plugin_settings_get_secret (BelfryPluginSettings *self, const char *key, GError **error);

/* Sets %BELFRY_PLUGIN_ERROR_SETTING with file, line and key in front of the message. */
BELFRY_API
void belfry_plugin_settings_set_error (BelfryPluginSettings *self,
                                       GError **error,
                                       const char *key,
                                       const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryPluginSettings, belfry_plugin_settings_unref)

G_END_DECLS
